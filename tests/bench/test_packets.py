"""How the figures about packets come about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifyhub.bench.engine import fit_borders, packets
from classifyhub.bench.engine.corpus import LabelledPage
from classifyhub.bench.engine.packets import Told
from classifyhub.engine.packets.cues import AGAINST, FOR
from classifyhub.engine.packets.weights import BORDER_WEIGHTS
from tests.engine.documents import make_reading


def labelled(*pages):
    """A packet; for each page its right type and the number of its document."""
    return tuple(
        LabelledPage("packet/a.pdf", number, frozenset({name}), document)
        for number, (name, document) in enumerate(pages, start=1)
    )


def told(*pages):
    return {"packet/a.pdf": {number: Told(*page) for number, page in enumerate(pages, start=1)}}


def test_pages_and_borders_are_counted_over_all_packets(corpus):
    pages = labelled(("invoice", "1"), ("invoice", "1"), ("resume", "2"), ("menu", "3"))
    figures = packets.score(
        replace(corpus, packets=pages), told(("invoice", 1), ("resume", 2), ("resume", 3), ("invoice", 3))
    )
    assert figures["page accuracy"] == 0.5
    assert figures["border F1"] == 0.5  # one of the two found is right, one of the two wanted was found


def test_a_packet_nothing_is_said_of_is_wrong_in_everything(corpus):
    pages = labelled(("invoice", "1"), ("resume", "2"))
    figures = packets.score(replace(corpus, packets=pages), {})
    assert (figures["page accuracy"], figures["border F1"]) == (0, 0)


def test_borders_are_not_counted_where_documents_are_not_labelled(corpus):
    pages = labelled(("invoice", ""), ("resume", ""))
    figures = packets.score(replace(corpus, packets=pages), told(("invoice", 1), ("resume", 2)))
    assert (figures["page accuracy"], figures["border F1"]) == (1, None)


def test_no_source_of_a_packet_is_learned_from(corpus):
    page = labelled(("invoice", "1"))[0]
    taken = (replace(page, source="menu/south1.txt"), replace(page, source="north/elsewhere.pdf"))
    found = replace(corpus, packets=taken)
    assert packets.list_sources(found, page.file) == {"south/papers"}
    renamed = tuple(replace(document, source="papers/north") for document in corpus.documents[:1])
    assert packets.list_sources(replace(found, documents=renamed), page.file) == {"papers/north"}


@pytest.fixture(scope="module")
def profiles(corpus, readings):
    """Of the corpus' documents with a second page each."""
    longer = {}
    for document in corpus.documents:
        text = readings[document.path].pages[0].text
        longer[document.path] = make_reading(f"{text}\nPage 1 of 2", f"{text.splitlines()[-1]}\nand so on\nPage 2 of 2")
    return fit_borders.profile_all(corpus.documents, longer)


def test_packets_are_measured_on_any_corpus(corpus, readings):
    figures = packets.measure(corpus, readings)
    assert figures["pages"] == 2
    assert figures["single documents"] == len(corpus.documents)
    assert figures["of these split"] == 0


def test_what_is_fitted_speaks_only_for_what_it_is_meant_to(corpus, profiles):
    weights = fit_borders.fit(corpus.documents, profiles)
    assert weights.cues.keys() == {*FOR, *AGAINST}
    assert all(weights.cues[name] >= 0 for name in FOR)
    assert all(weights.cues[name] <= 0 for name in AGAINST)
    assert weights.cues["number goes on"] < 0 < weights.cues["starts"]
    assert weights == fit_borders.fit(corpus.documents, profiles)


def test_documents_that_teach_nothing_leave_the_engines_own_numbers(corpus, readings, profiles):
    assert fit_borders.fit(corpus.documents[:3], profiles) is BORDER_WEIGHTS
    of_one_page = fit_borders.profile_all(corpus.documents, readings)
    assert fit_borders.fit(corpus.documents, of_one_page) is BORDER_WEIGHTS

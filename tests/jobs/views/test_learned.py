"""Under the reasoning: how many decisions spoke, and the document that spoke loudest."""

from __future__ import annotations

import html
import re

import pytest

from jobs import erasure
from jobs.models import Result, ReviewItem
from tests.support.counterfoils import classify_counterfoil, decide
from tests.support.factories import a_project, a_version, an_item

pytestmark = pytest.mark.django_db

LINE = re.compile(r'<p [^>]*id="learned">(.*?)</p>', re.DOTALL)


@pytest.fixture
def version(project):
    return a_version(project, provider="local")


@pytest.fixture
def known(version, admin) -> ReviewItem:
    item = classify_counterfoil(version, "Abel", by=admin)
    decide(item, "Letter", by=admin)
    return item


@pytest.fixture
def item(version, admin, known) -> ReviewItem:
    return classify_counterfoil(version, "Dora", by=admin)


@pytest.fixture
def line(client, url):
    """The line on an item's page, as its markup and as its words; nothing where the page has none."""

    def read(item: ReviewItem) -> tuple[str, str]:
        found = LINE.search(client.get(url("job", item.job.uid)).content.decode())
        markup = found[1] if found else ""
        return markup, html.unescape(" ".join(re.sub(r"<[^>]+>", "", markup).split()))

    return read


def test_it_links_the_document_that_an_answer_leans_on(line, url, item, known):
    markup, words = line(item)
    assert words == "Learned from 1 decision. This answer leans on Abel.txt, decided as Letter."
    assert f'href="{url("job", known.job.uid)}"' in markup


def test_it_counts_the_decisions_that_were_asked_then(line, version, admin, known):
    decide(classify_counterfoil(version, "Boas", by=admin), "Letter", by=admin)
    item = classify_counterfoil(version, "Dora", by=admin)
    decide(classify_counterfoil(version, "Cora", by=admin), "Letter", by=admin)
    assert line(item)[1].startswith("Learned from 2 decisions. ")


def test_an_erased_document_is_neither_named_nor_linked(line, item, known, admin):
    erasure.erase_document(known.document, by=admin)
    markup, words = line(item)
    assert words == "Learned from 1 decision. This answer leans on a document since erased, decided as Letter."
    assert "href" not in markup


def test_a_document_decided_otherwise_than_answered_speaks_against_it(line, item, known, admin):
    Result.objects.filter(pk=item.current_result.pk).update(type="Invoice")
    assert line(item)[1] == "Learned from 1 decision. Against this answer speaks Abel.txt, decided as Letter."
    erasure.erase_document(known.document, by=admin)
    assert line(item)[1].endswith("Against this answer speaks a document since erased, decided as Letter.")


def test_a_decision_for_no_match_is_called_that(line, version, admin):
    decide(classify_counterfoil(version, "Abel", by=admin), None, by=admin)
    item = classify_counterfoil(version, "Dora", by=admin)
    assert line(item)[1].endswith("leans on Abel.txt, decided as no match.")


def test_names_are_text(line, item, known):
    type(known.document).objects.filter(pk=known.document.pk).update(name="<b onclick=x>.txt")
    markup, words = line(item)
    assert "<b onclick" not in markup
    assert "<b onclick=x>.txt" in words


def test_without_decisions_it_says_nothing(line, version, admin):
    assert line(classify_counterfoil(version, "Abel", by=admin)) == ("", "")


def test_an_answer_that_none_of_them_moved_says_nothing(line, item):
    Result.objects.filter(pk=item.current_result.pk).update(raw={"answer": {"leaning": {"decisions": 7}}})
    assert line(item) == ("", "")


def test_documents_of_other_projects_are_not_spoken_of(line, item, known):
    other = an_item(a_project())
    raw = {"answer": {"leaning": {"decisions": 1, "document": str(other.document.uid), "type": "Letter"}}}
    Result.objects.filter(pk=item.current_result.pk).update(raw=raw)
    assert line(item) == ("", "")


def test_what_another_provider_sent_under_that_name_is_not_taken_for_it(line, project, admin):
    item = an_item(project, by=admin)
    Result.objects.filter(pk=item.current_result_id).update(raw={"answer": "Invoice"})
    assert line(item) == ("", "")

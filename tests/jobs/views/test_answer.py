"""Why an answer came out as it did, as the page of a document and the review page show it."""

from __future__ import annotations

import html
import math
import re

import pytest

from jobs import pipeline, rendering, storage
from jobs.models import Document, PageResult, Result, ReviewItem
from tests.support.counterfoils import classify_counterfoil, decide
from tests.support.factories import a_document, a_run, a_version, an_item

pytestmark = pytest.mark.django_db

INVOICE = b"INVOICE\nInvoice number 77\nBill to: Hexwell\nTotal due 30 EUR\nPayment terms 30 days\n"


def words_of(markup: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", markup).split()))


def part(page: str, place: str) -> str:
    """The words of one section of the page; empty when it has none."""
    found = re.search(rf'<section [^>]*id="{place}".*?</section>', page, re.DOTALL)
    return words_of(found[0]) if found else ""


@pytest.fixture
def pages_item(project, admin):
    """A drawn document of four pages, answered by a provider that says nothing of pages."""
    document = a_document(project, name="bundle.pdf", media_type="application/pdf", page_count=4)
    return an_item(project, by=admin, document=document, type="Invoice", confidence=0.9)


def answer_pages(item, *answers: tuple[str | None, int | None, float | None]) -> None:
    PageResult.objects.bulk_create(
        PageResult(
            result=item.current_result, page=number, type=name, confidence=0.91, document=document, border=border
        )
        for number, (name, document, border) in enumerate(answers, start=1)
    )


def an_item_under(version, content: bytes, *, by):
    document = a_document(version.project, content=content)
    job = a_run(version.project, version=version, documents=[document], by=by).jobs.get()
    pipeline.run(job.pk)
    return ReviewItem.objects.select_related("document", "job", "current_result").get(document=document)


class TestWhatDecided:
    def test_the_numbers_for_and_against_and_their_sum_are_on_the_page(self, client, url, project, admin):
        version = a_version(project, provider="local")
        item = an_item_under(version, INVOICE, by=admin)
        said = part(client.get(url("job", item.job.uid)).content.decode(), "weighing")
        result = item.current_result
        log_odds = math.log(result.confidence / (1 - result.confidence))
        assert result.type == "Invoice"
        assert "Speaks for it Ahead of" in said
        assert "Speaks against it Nothing that was found." in said
        assert f"+{log_odds:.1f} = {result.confidence:.0%}" in said

    def test_what_speaks_against_it_has_hollow_bars_left_of_the_axis(self, client, url, pages_item):
        numbers = [{"name": "Title names the type", "value": 3.0}, {"name": "Behind Letter", "value": -1.0}]
        Result.objects.update(contributions=numbers)
        page = client.get(url("job", pages_item.job.uid)).content.decode()
        assert re.search(r'<rect class="against" x="0(\.0)?" y="3" width="28(\.0)?"', page)
        assert re.search(r'<rect x="28(\.0)?" y="3" width="84(\.0)?"', page)
        assert "Speaks against it Behind Letter −1.0" in part(page, "weighing")  # noqa: RUF001 - a minus is meant

    def test_a_provider_without_numbers_leaves_no_empty_section(self, client, url, pages_item):
        assert 'id="weighing"' not in client.get(url("job", pages_item.job.uid)).content.decode()

    def test_the_runner_up_stands_with_its_distance(self, client, url, pages_item):
        Result.objects.update(candidates=[{"type": "Invoice", "score": 0.9}, {"type": "Letter", "score": 0.25}])
        page = words_of(client.get(url("job", pages_item.job.uid)).content.decode())
        assert "Runner-up: Letter, 25%, 65 points behind." in page

    def test_a_known_type_is_called_what_the_language_of_the_preset_calls_it(self, client, url, project, admin):
        version = a_version(project, provider="local", lang="de")
        passport = b"PASSPORT\nPassport No. 123\nDate of expiry\nPlace of birth\nNationality\nSurname Given names\n"
        item = an_item_under(version, passport, by=admin)
        assert "“passport”" in item.current_result.reasoning
        for address in (url("job", item.job.uid), url("review_item", item.uid)):
            page = words_of(client.get(address).content.decode())
            assert "reads more like “Reisepass”" in page
            assert "“passport”" not in page


def test_how_it_was_read_is_said_in_words(client, url, project, admin):
    item = an_item_under(a_version(project, provider="local", lang="de"), INVOICE, by=admin)
    assert ", Fast, German." in words_of(client.get(url("job", item.job.uid)).content.decode())


class TestPages:
    def test_pages_that_agree_need_no_section(self, client, url, pages_item):
        answer_pages(pages_item, *[("Invoice", 1, None)] * 4)
        assert part(client.get(url("job", pages_item.job.uid)).content.decode(), "pages") == ""

    def test_pages_that_disagree_are_named_and_lead_to_their_image(self, client, url, pages_item):
        answer_pages(pages_item, *[("Invoice", None, None)] * 3, ("Letter", None, None))
        page = client.get(url("job", pages_item.job.uid)).content.decode()
        said = part(page, "pages")
        assert said.startswith("Pages Page 4 alone reads as Letter. Pages 1–3 IN Invoice at least 91%")
        assert re.search(r'class="stretch"\s+href="\?page=4"', page)

    def test_a_border_is_said_with_its_chance_in_the_list_and_between_the_thumbnails(self, client, url, pages_item):
        answer_pages(pages_item, ("Invoice", 1, None), ("Invoice", 1, 0.1), ("Letter", 2, 0.87), ("Letter", 2, 0.2))
        for address, at_least in ((url("job", pages_item.job.uid), 3), (url("review_item", pages_item.uid), 2)):
            page = client.get(address).content.decode()
            assert page.count("New document from page 3, 87%") == at_least
            assert "Holds 2 documents, the second from page 3 (87%)." in page


class TestPageImages:
    def images(self, page: str) -> list[str]:
        return re.findall(r'<img [^>]*src="([^"]*/pages?/[^"]*|[^"]*thumb[^"]*)"', page)

    @pytest.mark.parametrize(
        ("check", "words"),
        [
            ("encrypted", "Encrypted. Ask the sender for an open copy."),
            ("unreadable", "Unreadable. Ask for the file again, or decide it by hand."),
            ("empty", "Empty. Export it again where it came from."),
        ],
    )
    def test_none_is_asked_for_of_a_document_that_cannot_be_drawn_and_the_reason_stands_there(
        self, client, url, pages_item, check, words
    ):
        Document.objects.update(check_state=check)
        for address in (url("job", pages_item.job.uid), url("review_item", pages_item.uid)):
            page = client.get(address).content.decode()
            assert self.images(page) == []
            assert words in page

    def test_a_page_that_could_not_be_drawn_is_not_asked_for_again_but_the_others_are(self, client, url, pages_item):
        document = pages_item.document
        missing = storage.page_image_path(
            document.project.uid, document.blob.sha256, page=2, width=rendering.PAGE_WIDTH
        )
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.with_suffix(".failed").touch()
        page = client.get(url("job", pages_item.job.uid), {"page": 2}).content.decode()
        assert "This page cannot be drawn." in part(page, "viewer")
        assert len(self.images(page)) == 3  # the thumbnails of the others
        other = client.get(url("job", pages_item.job.uid), {"page": 1}).content.decode()
        assert len(self.images(other)) == 4

    def test_the_text_opens_at_the_page_that_was_looked_at(self, client, url, project):
        document = a_document(project, content=b"One\fTwo")
        page = client.get(url("job", an_item(project, document=document).job.uid)).content.decode()
        assert f'{url("document_text", document.uid)}?page=1"' in page


class TestDecisions:
    def test_review_says_that_an_answer_rests_mostly_on_decisions(self, client, url, project, admin):
        version = a_version(project, provider="local")
        for who in ("Abel", "Boas", "Cora"):
            decide(classify_counterfoil(version, who, by=admin), "Letter", by=admin)
        item = classify_counterfoil(version, "Dora", by=admin)
        assert item.current_result.type == "Letter"
        assert "Rests mostly on 3 decisions." in client.get(url("review_item", item.uid)).content.decode()

    def test_it_does_not_where_the_answer_would_stand_without_them(self, client, url, project, admin):
        version = a_version(project, provider="local")
        for who in ("Abel", "Boas", "Cora"):
            decide(classify_counterfoil(version, who, by=admin), "Letter", by=admin)
        item = an_item_under(version, INVOICE, by=admin)
        assert item.current_result.type == "Invoice"
        assert "Rests mostly" not in client.get(url("review_item", item.uid)).content.decode()

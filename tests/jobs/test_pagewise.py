"""Pages one by one: what reads alike stands together, and where a new document starts is said with its chance."""

from __future__ import annotations

import pytest

from jobs import pagewise
from jobs.models import PageResult, Result
from tests.support.factories import a_project, an_item


def page(number: int, type_name: str | None = "Invoice", confidence: float | None = 0.9, **fields) -> PageResult:
    return PageResult(page=number, type=type_name, confidence=confidence, **fields)


def stretches(*pages: PageResult) -> list[tuple[int, int, str | None]]:
    return [(found.first, found.last, found.type) for found in pagewise.find_stretches(pages, {})]


def test_neighbours_that_read_alike_are_one_stretch():
    assert stretches(page(1), page(2), page(3, "Letter")) == [(1, 2, "Invoice"), (3, 3, "Letter")]


def test_a_new_document_of_the_same_type_is_a_stretch_of_its_own():
    first, second = page(1, document=1), page(2, document=2, border=0.87)
    found = pagewise.find_stretches([first, second], {"Invoice": "IN"})
    assert [(stretch.first, stretch.starts_document, stretch.border) for stretch in found] == [
        (1, False, None),
        (2, True, 0.87),
    ]
    assert found[0].monogram == "IN"


def test_pages_that_were_left_out_part_those_around_them():
    assert stretches(page(1), page(3)) == [(1, 1, "Invoice"), (3, 3, "Invoice")]


def test_a_page_that_has_its_type_from_those_before_it_belongs_to_them():
    [found] = pagewise.find_stretches([page(1), page(2, confidence=None)], {})
    assert (found.last, found.least) == (2, 0.9)


def test_a_page_that_was_not_scored_is_not_one_that_matches_nothing():
    found = pagewise.find_stretches([page(1, None, 0.8), page(2, None, None)], {})
    assert [stretch.has_answer for stretch in found] == [True, False]


@pytest.mark.parametrize(
    ("pages", "shown"),
    [([page(1, confidence=0.83)], "83%"), ([page(1, confidence=0.91), page(2, confidence=0.83)], "at least 83%")],
)
def test_several_pages_are_as_sure_as_the_least_sure_of_them(pages, shown):
    [found] = pagewise.find_stretches(pages, {})
    assert found.confidence == shown


@pytest.mark.parametrize(
    ("second", "borders"),
    [
        (page(2, document=2, border=0.3), {2: 0.3}),  # the engine split here, however the single page looked
        (page(2, document=1, border=0.7), {}),
        (page(2, border=0.5), {2: 0.5}),
        (page(2, border=0.49), {}),
        (page(2), {}),
    ],
)
def test_documents_are_counted_as_the_engine_split_them_and_else_by_the_chance_of_a_border(second, borders):
    first = page(1, document=None if second.document is None else 1)
    assert pagewise.find_borders([first, second]) == borders


@pytest.mark.parametrize(
    ("answer", "pages", "said"),
    [
        ("Invoice", [page(1), page(2)], ""),
        ("Invoice", [page(1), page(2, "Letter")], "Page 2 alone reads as Letter."),
        ("Invoice", [page(1), page(2, "Letter"), page(3, "Letter")], "Pages 2–3 read as Letter."),
        ("Invoice", [page(1), page(2, None)], ""),
        (None, [page(1), page(2, "Letter")], ""),
        (
            "Invoice",
            [page(1, document=1), page(2, document=2, border=0.87)],
            "Holds 2 documents, the second from page 2 (87%).",
        ),
        ("Invoice", [page(1, document=1), page(2, document=2)], "Holds 2 documents, the second from page 2."),
    ],
)
def test_it_says_in_one_sentence_when_pages_disagree(answer, pages, said):
    assert pagewise.tell_pages(Result(type=answer), pages) == said


def test_without_an_answer_there_is_nothing_to_disagree_with():
    assert pagewise.tell_pages(None, []) == ""


@pytest.mark.django_db
def test_pages_come_in_order_whatever_order_they_were_stored_in(project_result):
    PageResult.objects.bulk_create(PageResult(result=project_result, page=number) for number in (3, 1, 2))
    assert [found.page for found in pagewise.pages_of(project_result)] == [1, 2, 3]
    assert pagewise.pages_of(None) == []


@pytest.fixture
def project_result(db) -> Result:
    return an_item(a_project()).current_result

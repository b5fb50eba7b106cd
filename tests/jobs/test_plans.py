"""What a version will do with documents, said before it does it."""

from __future__ import annotations

import pytest

from jobs import kinds
from jobs.plans import Plan
from rules.models import PresetVersion


def a_plan(provider: str = "local", **fields) -> Plan:
    return Plan(PresetVersion(provider=provider, rules=[], **fields))


@pytest.mark.parametrize(
    ("fields", "page_count", "read"),
    [
        ({}, 48, 48),
        ({"max_pages": 5}, 48, 5),
        ({"max_pages": 5}, 2, 2),
        ({"target_pages": "1,3,5-7"}, 48, 5),
        ({"target_pages": "1,3,5-7"}, 5, 3),
        ({"target_pages": "5-7"}, 4, 0),
        ({"target_pages": "1-10", "max_pages": 4}, 48, 4),
        ({"provider": "unsiloed"}, 48, 4),
        ({"provider": "unsiloed", "max_pages": 2}, 48, 2),
        ({"provider": "landingai", "target_pages": "1"}, 48, 48),
    ],
)
def test_pages_are_counted_as_the_provider_will_read_them(fields, page_count, read):
    assert a_plan(**fields).count_pages(page_count) == read


@pytest.mark.parametrize(
    ("provider", "name", "media_type", "size", "words"),
    [
        ("local", "a.pdf", "application/pdf", 1, ""),
        ("local", "a.xls", "application/vnd.ms-excel", 1, "No local reader for XLS."),
        ("local", "a.msg", "application/x-ole-storage", 1, "No local reader for MSG."),
        ("local", "film", "application/octet-stream", 1, "No local reader for this format."),
        ("landingai", "a.eml", "message/rfc822", 1, "LandingAI ADE takes no EML."),
        ("landingai", "a.pdf", "application/pdf", 60 * 2**20, "Over the 52.4 MB that LandingAI ADE takes."),
        ("llamacloud_v2", "a.msg", "application/vnd.ms-outlook", 1, ""),
    ],
)
def test_what_the_provider_will_not_take_is_said_with_its_cause(provider, name, media_type, size, words):
    assert a_plan(provider).refusal(name, media_type, size) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "All pages"),
        ({"max_pages": 1}, "First page of each document"),
        ({"max_pages": 5}, "First 5 pages of each document"),
        ({"target_pages": "1,3"}, "Pages 1,3 of each document"),
        ({"target_pages": "1-9", "max_pages": 3}, "Pages 1-9 of each document, 3 at most"),
    ],
)
def test_which_pages_are_read_is_said(fields, words):
    assert a_plan(**fields).words_for_pages() == words


def test_the_local_engine_costs_nothing_and_keeps_everything_here():
    plan = a_plan()
    assert (plan.estimate(116), plan.words_for_cost(116)) == ("No credits", "No credits, nothing leaves this machine")


def test_a_hosted_provider_is_estimated_by_the_page():
    plan = a_plan("llamacloud_v2")
    assert plan.estimate(116) == "about 116 credits"
    assert plan.words_for_cost(116) == "About 116 credits, 1 a page"


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("local", "Type, confidence, reasoning"),
        ("landingai", "Type, reasoning"),
        ("unsiloed", "Type, confidence"),
    ],
)
def test_what_comes_back_is_said(provider, words):
    assert a_plan(provider).words_for_answers() == words


@pytest.mark.parametrize(
    ("name", "media_type", "ending"),
    [
        ("fax.pdf", "image/tiff", ".pdf"),
        ("FAX.PDF", "image/tiff", ".pdf"),
        ("scan.tif", "image/tiff", ""),
        ("photo.jpeg", "image/jpeg", ""),
        ("letter.pdf", "text/plain", ".pdf"),
        ("letter", "application/pdf", ""),
        ("letter.xyz", "application/pdf", ""),
        ("table.csv", "text/plain", ""),
        ("old.doc", "application/x-ole-storage", ""),
        ("broken.png", "application/octet-stream", ""),
    ],
)
def test_an_ending_that_promises_another_format_is_found(name, media_type, ending):
    assert kinds.find_false_ending(name, media_type) == ending

"""What a version will do with documents, said before it does it."""

from __future__ import annotations

import pytest

from jobs import kinds
from jobs.plans import Plan
from jobs.providers import landingai
from rules.capabilities import capabilities_of
from rules.models import Connection, PresetVersion


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
        ({"provider": "landingai", "target_pages": "1"}, 48, 1),
        ({"target_pages": "nobody can read this"}, 48, 48),
    ],
)
def test_pages_are_counted_as_the_provider_will_read_them(fields, page_count, read):
    assert a_plan(**fields).count_pages(page_count) == read


def test_what_cannot_be_cut_goes_whole_to_a_provider_without_a_choice_of_pages():
    assert a_plan("landingai", target_pages="1", max_pages=2).count_pages(9, media_type="image/tiff") == 9
    assert a_plan("unsiloed", target_pages="1").count_pages(9, media_type="image/tiff") == 4
    assert a_plan("llamacloud_v2", target_pages="1").count_pages(9, media_type="image/tiff") == 1


def test_multimodal_costs_more_where_it_is_offered():
    assert a_plan("llamacloud_v1", mode="MULTIMODAL").estimate(10) == "about 20 credits"
    assert a_plan("llamacloud_v1", mode="MULTIMODAL").words_for_cost(10) == "About 20 credits, 2 a page"
    assert a_plan("llamacloud_v1").estimate(10) == "about 10 credits"
    assert a_plan("llamacloud_v2", mode="MULTIMODAL").estimate(10) == "about 10 credits"


def test_a_fallback_is_planned_by_its_own_provider():
    plan = Plan(PresetVersion(provider="llamacloud_v2", rules=[]), "local")
    assert (plan.estimate(10), plan.provider.label) == ("No credits", "Local engine")


@pytest.mark.parametrize(
    ("provider", "fields", "losses"),
    [
        ("local", {"lang": "de", "mode": "MULTIMODAL", "target_pages": "1"}, []),
        ("llamacloud_v2", {"mode": "MULTIMODAL"}, ["Has no Multimodal: reads as in Fast."]),
        ("llamacloud_v1", {"lang": "fi"}, ["Does not know the language."]),
        (
            "landingai",
            {"lang": "de", "max_pages": 3},
            [
                "Takes no language.",
                "Takes no choice of pages: a PDF is cut before it is sent, anything else goes whole.",
                "Gives no confidence: every document waits.",
            ],
        ),
        ("unsiloed", {}, ["Ignores descriptions.", "Reads the first 4 pages."]),
    ],
)
def test_what_a_provider_ignores_or_cuts_is_said_before_the_launch(provider, fields, losses):
    assert a_plan(provider, **fields).words_for_losses() == losses


@pytest.mark.parametrize(
    ("provider", "name", "media_type", "size", "words"),
    [
        ("local", "a.pdf", "application/pdf", 1, ""),
        ("local", "a.xls", "application/vnd.ms-excel", 1, "No local reader for XLS."),
        ("local", "a.msg", "application/x-ole-storage", 1, "No local reader for MSG."),
        ("local", "film", "application/octet-stream", 1, "No local reader for this format."),
        ("landingai", "a.eml", "message/rfc822", 1, "LandingAI ADE takes no EML."),
        ("landingai", "a.pdf", "application/pdf", 60 * 2**20, ""),
        ("landingai", "a.pdf", "application/pdf", 200_000_001, "Over the 200 MB that LandingAI ADE takes."),
        ("llamacloud_v2", "a.msg", "application/vnd.ms-outlook", 1, ""),
    ],
)
def test_what_the_provider_will_not_take_is_said_with_its_cause(provider, name, media_type, size, words):
    assert a_plan(provider).refusal(name, media_type, size) == words


@pytest.mark.parametrize(
    ("fields", "is_taken"),
    [
        ({"options": {"host": "va"}}, True),
        ({"options": {"host": "ade"}}, False),
        ({"options": {"host": "ade"}, "base_url": "https://proxy.example"}, True),
    ],
)
def test_hosts_of_one_vendor_take_documents_of_different_size(fields, is_taken):
    connection = Connection(provider="landingai", **fields)
    for plan in (
        Plan(PresetVersion(provider="landingai", connection=connection)),
        Plan(PresetVersion(provider="local", fallback_connection=connection), "landingai"),
    ):
        said = plan.refusal("a.pdf", "application/pdf", 60 * 2**20)
        assert said == ("" if is_taken else "Over the 50 MB that LandingAI ADE takes.")


def test_the_limits_are_those_that_the_provider_holds_to():
    record = capabilities_of("landingai")
    assert {"va": record.max_bytes, **record.max_bytes_at} == landingai.LARGEST


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
    assert plan.words_for_cost(0) == "No credits"


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

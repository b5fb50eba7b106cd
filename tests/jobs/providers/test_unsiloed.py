"""Unsiloed Classify, payloads as its contract writes them (section numbers of the vendor's contract)."""

from __future__ import annotations

import json

import pytest

from classifyhub.engine import read
from classifyhub.engine.model import Candidate, PageAnswer, Rule
from jobs.providers import unsiloed
from jobs.providers.base import (
    Accepted,
    Access,
    ContractBrokenError,
    MisconfiguredError,
    RejectedError,
    Reply,
    StillWaiting,
    UnavailableError,
    WrongAddressError,
)
from jobs.providers.unsiloed import Unsiloed
from tests.engine.documents import draw_text_pdf, save
from tests.support.provider_requests import a_pending, a_request
from tests.support.scripted_vendor import form_of, parts_of, wire_to
from tests.support.vendor_server import Says

PDF = "application/pdf"
STARTED = {"job_id": "u-1", "status": "processing", "message": "Classification started", "quota_remaining": 41}  # §4


@pytest.fixture
def pdf(tmp_path):
    return save(tmp_path, "scan.pdf", draw_text_pdf(*"ABCDEFGH"))[0]


@pytest.fixture
def service(vendor, sandbox, tmp_path):
    access = Access(base_url=vendor.url, secret="unsiloed_key", deadline=20)
    with wire_to(vendor, unsiloed, access) as wire:
        yield Unsiloed(wire, access, sandbox=sandbox, readings=tmp_path / "readings")


def a_page(number, said="Invoice", confidence=0.9, **fields):
    """§5, one of ``page_results``."""
    page = {"page": number, "success": True, "classification": said, "confidence": confidence, "raw_result": said}
    return {**page, **fields}


def a_failed_page(number):
    """§5, trap 2: it carries the first category all the same."""
    return {"page": number, "success": False, "classification": "Invoice", "confidence": 0.0, "error": "blank page"}


def a_result(*pages, said="Invoice", confidence=0.8, **fields):
    """§5, the result of a PDF."""
    result = {
        "success": True,
        "classification": said,
        "confidence": confidence,
        "total_pages": len(pages),
        "processed_pages": len(pages),
        "page_results": list(pages),
    }
    return {**result, **fields}


def an_image_result(said="Letter"):
    """§5, trap 1."""
    return {"success": True, "classification": said, "confidence": 0.7, "raw_result": said, "total_pages": 1}


def a_status(status="completed", result=None, error=None):
    """§5."""
    return {"job_id": "u-1", "status": status, "progress": "page 1 of 2", "error": error, "result": result}


def outcome_of(service, vendor, body, status=200, **fields):
    vendor.say(body, status)
    pending = a_pending("u-1", **fields)
    return service.poll([pending])[pending.request.idempotency_key]


def answer_of(service, vendor, result, **fields):
    reply = outcome_of(service, vendor, a_status(result=result), **fields)
    assert isinstance(reply, Reply), reply
    return reply.answer


# What is sent (§1, §3)


def test_there_is_one_host_unless_another_was_entered():
    assert unsiloed.base_url(Access()) == "https://prod.visionapi.unsiloed.ai"
    assert unsiloed.base_url(Access(base_url="http://here")) == "http://here"


def test_the_document_goes_with_its_categories_and_one_more_for_the_rest(service, vendor, pdf):
    vendor.say(STARTED, 202)
    rules = (Rule("Rechnung", "Für Öl."), Rule("Letter"))
    assert service.submit(a_request(pdf, rules=rules)) == Accepted(remote_id="u-1", quota_left=41)
    (asked,) = vendor.asked
    assert (asked.method, asked.path, asked.headers["api-key"]) == ("POST", "/classify", "unsiloed_key")
    assert json.loads(form_of(asked)["categories"]) == [
        {"name": "Rechnung", "description": "Für Öl."},
        {"name": "Letter"},
        {"name": "none of these", "description": "Anything else."},
    ]
    document = next(part for part in parts_of(asked) if part.get_filename())
    assert (document.get_filename(), document.get_content_type()) == ("scan.pdf", PDF)
    assert form_of(asked)["pdf_file"] == pdf.read_bytes()


@pytest.mark.parametrize(
    "fields",
    [{"options": {"adds_none": False}}, {"rules": (Rule("Invoice"), Rule("Letter"), Rule("None of  these"))}],
    ids=["not wanted", "a rule has that name"],
)
def test_no_category_is_added_where_none_is_wanted_or_a_rule_has_its_name(service, vendor, pdf, fields):
    vendor.say(STARTED, 202)
    service.submit(a_request(pdf, **fields))
    names = [category["name"] for category in json.loads(form_of(vendor.asked[0])["categories"])]
    assert "none of these" not in names


@pytest.mark.parametrize(("said", "left"), [(41, 41), (0, 0), (None, None), ("41", None), (True, None), (1e9, None)])
def test_what_is_left_of_the_quota_is_kept_where_it_is_a_number(service, vendor, pdf, said, left):
    vendor.say({**STARTED, "quota_remaining": said}, 202)
    assert service.submit(a_request(pdf)).quota_left == left


def test_an_address_goes_as_a_plain_form(service, vendor, pdf):
    vendor.say(STARTED, 202)
    service.submit(a_request(pdf, source_url="https://files.example/a.pdf", options={"send_url": True}))
    assert vendor.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert form_of(vendor.asked[0])["file_url"] == b"https://files.example/a.pdf"


def test_of_the_chosen_pages_no_more_are_sent_than_are_classified(service, vendor, pdf, tmp_path):
    vendor.say(STARTED, 202)
    service.submit(a_request(pdf, target_pages="2-8", page_count=8))
    (tmp_path / "sent.pdf").write_bytes(form_of(vendor.asked[0])["pdf_file"])
    assert [page.text for page in read(tmp_path / "sent.pdf", media_type=PDF).pages] == ["B", "C", "D", "E"]


def test_a_document_above_the_limit_is_refused_here(service, vendor, tmp_path):
    big = tmp_path / "big.png"
    with big.open("wb") as file:
        file.truncate(500_000_000 + 1)
    with pytest.raises(RejectedError) as caught:
        service.submit(a_request(big, media_type="image/png"))
    assert caught.value.reason == "too_large"
    assert vendor.asked == []


@pytest.mark.parametrize("body", [[], {}, {"job_id": None}, {"job_id": 7}])
def test_an_acceptance_without_an_id_may_have_been_billed_all_the_same(service, vendor, pdf, body):
    vendor.say(body, 202)
    with pytest.raises(ContractBrokenError) as caught:
        service.submit(a_request(pdf))
    assert caught.value.was_sent is None


# Asking (§5, §6)


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_what_is_under_way_waits(service, vendor, status):
    assert outcome_of(service, vendor, a_status(status)) == StillWaiting()
    assert vendor.asked[0].path == "/classify/u-1"


def test_what_failed_says_why(service, vendor):
    outcome = outcome_of(service, vendor, a_status("failed", error="corrupt PDF"))
    assert (type(outcome), str(outcome), outcome.reason) == (RejectedError, "corrupt PDF", "rejected")


@pytest.mark.parametrize(
    "body",
    [
        a_status("done"),
        a_status("COMPLETED", result=a_result(a_page(1))),
        a_status(),
        a_status(result=[]),
        a_status(result={}),
        a_status(result=a_result(said=None)),
        a_status(result=a_result()),
        a_status(result=a_result("page")),
        a_status(result=a_result(a_page("1"))),
        a_status(result=a_result(a_page(1), confidence="high")),
        a_status(result=a_result(a_page(1), said=None)),
        [],
    ],
    ids=lambda body: json.dumps(body)[:70],
)
def test_an_answer_that_nobody_understands_breaks_the_contract(service, vendor, body):
    outcome = outcome_of(service, vendor, body)
    assert (type(outcome), outcome.reason) == (ContractBrokenError, "contract_broken")


def test_a_job_that_is_no_longer_known_is_not_waited_for(service, vendor):
    outcome = outcome_of(service, vendor, {"detail": "Job not found"}, 404)
    assert isinstance(outcome, RejectedError)
    assert "no longer knows" in str(outcome)


def test_many_are_asked_for_and_each_gets_its_own_answer(service, vendor):
    said = {"a": a_status("queued"), "b": a_status("failed", error="no"), "c": a_status(result=an_image_result())}
    vendor.script = lambda seen: Says(said[seen.path.rsplit("/", 1)[1]])
    outcomes = service.poll([a_pending(name) for name in said])
    kinds = {key: type(outcome) for key, outcome in outcomes.items()}
    assert kinds == {"key of a": StillWaiting, "key of b": RejectedError, "key of c": Reply}


# The answer (§5)


def test_the_document_and_its_pages_carry_what_the_vendor_said(service, vendor):
    result = a_result(a_page(1, confidence=0.6), a_page(2, "Letter", 0.7))
    reply = outcome_of(service, vendor, a_status(result=result), page_count=2)
    assert (reply.answer.type, reply.answer.confidence, reply.answer.reasoning) == ("Invoice", 0.8, "")
    assert reply.answer.pages == (PageAnswer(1, "Invoice", 0.6), PageAnswer(2, "Letter", 0.7))
    assert (reply.is_derived, reply.pages_read, reply.credits) == (False, 2, None)
    assert reply.raw == result
    assert reply.answer.engine == "unsiloed"


def test_an_image_has_one_page_which_is_the_document(service, vendor):
    answer = answer_of(service, vendor, an_image_result(), media_type="image/png", page_count=1)
    assert answer.pages == (PageAnswer(1, "Letter", 0.7),)
    assert (answer.type, answer.pages_not_read) == ("Letter", ())


def test_the_category_for_the_rest_is_no_match(service, vendor):
    result = a_result(a_page(1, "none of these"), a_page(2), said="None of these")
    answer = answer_of(service, vendor, result)
    assert answer.type is None
    assert [page.type for page in answer.pages] == [None, "Invoice"]


def test_a_rule_of_that_name_is_the_rule(service, vendor):
    rules = (Rule("Invoice"), Rule("None of these"))
    answer = answer_of(service, vendor, a_result(a_page(1), said="none of these"), rules=rules)
    assert answer.type == "None of these"


def test_a_failed_page_gives_no_answer_and_says_so(service, vendor):
    answer = answer_of(service, vendor, a_result(a_failed_page(1), a_page(2, "Letter"), said="Letter"), page_count=2)
    assert answer.pages[0] == PageAnswer(1, None, None, error="blank page")
    assert (answer.type, answer.pages_not_read) == ("Letter", (1,))


@pytest.mark.parametrize(
    "result", [a_result(a_failed_page(1), a_failed_page(2)), a_result(a_page(1), success=False)], ids=["pages", "all"]
)
def test_where_every_page_failed_the_first_category_is_not_taken_for_an_answer(service, vendor, result):
    outcome = outcome_of(service, vendor, a_status(result=result))
    assert isinstance(outcome, RejectedError)
    assert "none of its pages" in str(outcome)


def test_the_pages_behind_the_fourth_are_said_not_to_be_read(service, vendor):
    pages = [a_page(number) for number in range(1, 5)]
    assert answer_of(service, vendor, a_result(*pages), page_count=6).pages_not_read == (5, 6)


def test_the_pages_of_a_cut_document_are_the_files_own(service, vendor):
    result = a_result(a_page(1), a_page(2, "Letter"))
    answer = answer_of(service, vendor, result, target_pages="3,7", page_count=8)
    assert [page.page for page in answer.pages] == [3, 7]
    assert answer.pages_not_read == (1, 2, 4, 5, 6, 8)


def test_a_page_that_was_not_sent_breaks_the_contract(service, vendor):
    outcome = outcome_of(service, vendor, a_status(result=a_result(a_page(3))), target_pages="3,7", page_count=8)
    assert isinstance(outcome, ContractBrokenError)


def test_candidates_are_what_the_vendor_saw_and_nothing_made_up(service, vendor):
    seen = [
        {"category": "Invoice", "pages": [1, 2], "page_count": 2, "confidence": 0.8},
        {"category": "none of these", "pages": [3], "page_count": 1, "confidence": 0.5},
        {"category": "Letter", "pages": [4], "page_count": 1, "confidence": None},
    ]
    assert answer_of(service, vendor, a_result(a_page(1), categories=seen)).candidates == (Candidate("Invoice", 0.8),)
    assert answer_of(service, vendor, a_result(a_page(1))).candidates == ()


# Errors (§7)


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason", "was_sent"),
    [
        (400, {"detail": "bad categories"}, RejectedError, "rejected", False),
        (401, {"detail": "no key"}, MisconfiguredError, "bad_credentials", False),
        (413, {}, RejectedError, "too_large", False),
        (
            422,
            {"detail": [{"loc": ["body", "categories"], "msg": "missing", "type": "x"}]},
            RejectedError,
            "rejected",
            False,
        ),
        (500, {"detail": "fault"}, UnavailableError, "unavailable", None),
    ],
)
def test_each_refusal_says_what_it_means(service, vendor, pdf, *, status, body, kind, reason, was_sent):
    vendor.say(body, status)
    with pytest.raises(kind) as caught:
        service.submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == (reason, was_sent)


def test_a_used_up_quota_is_told_from_its_nested_body(service, vendor, pdf):
    quota = {"current": 100, "limit": 100, "remaining": 0}
    vendor.say({"detail": {"message": "Quota exceeded", "status": "QUOTA_EXCEEDED", "quota_data": quota}}, 402)
    with pytest.raises(MisconfiguredError, match="Quota exceeded") as caught:
        service.submit(a_request(pdf))
    assert caught.value.reason == "out_of_credit"


def test_a_rate_limit_is_understood_as_plain_text_too(service, vendor, pdf):
    vendor.say("Rate limit exceeded", 429, content_type="text/plain")
    with pytest.raises(UnavailableError, match="Rate limit exceeded") as caught:
        service.submit(a_request(pdf))
    assert caught.value.reason == "rate_limited"


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "9"}, 9), ({}, 30)])
def test_a_full_queue_says_in_header_or_body_when_to_come_back(service, vendor, pdf, headers, seconds):
    details = {"reason": "queue_full", "retry_after": 30}
    vendor.say({"error": {"code": "busy", "message": "Busy", "details": details}}, 503, headers=headers)
    with pytest.raises(UnavailableError, match="Busy") as caught:
        service.submit(a_request(pdf))
    assert (caught.value.retry_after, caught.value.was_sent) == (seconds, False)


def test_there_is_nothing_to_look_up_and_nothing_to_remove(service, vendor):
    assert service.find("job-1") is None
    service.cancel("x")
    service.forget(remote_id="x", uploaded="y")
    assert vendor.asked == []


# The test of a connection


def test_a_good_key_is_known_by_a_job_that_cannot_exist(service, vendor):
    vendor.say({"detail": "Job not found"}, 404)
    assert "nothing was billed" in service.test().said
    assert vendor.asked[0].method == "GET"


def test_a_bad_key_is_known_as_one(service, vendor):
    vendor.say({"detail": "Missing or wrong key"}, 401)
    with pytest.raises(MisconfiguredError) as caught:
        service.test()
    assert caught.value.reason == "bad_credentials"


@pytest.mark.parametrize(("body", "status"), [("<h1>Not found</h1>", 404), ({"detail": "Not Found"}, 404), ({}, 200)])
def test_another_server_is_not_taken_for_the_vendor(service, vendor, body, status):
    vendor.say(body, status)
    with pytest.raises(WrongAddressError, match="base URL"):
        service.test()

"""LandingAI ADE Classify, payloads as its contract writes them (section numbers of the vendor's contract)."""

from __future__ import annotations

import json

import pytest

from classifyhub.engine import read
from classifyhub.engine.model import PageAnswer, Rule
from jobs.providers import landingai
from jobs.providers.base import (
    Access,
    ContractBrokenError,
    MisconfiguredError,
    RejectedError,
    UnavailableError,
    WrongAddressError,
)
from jobs.providers.landingai import LandingAI, derive_type
from tests.engine.documents import draw_text_pdf, save
from tests.hostile_files import make_password_rc4
from tests.support.provider_requests import a_request
from tests.support.scripted_vendor import form_of, parts_of, wire_to

PDF = "application/pdf"


@pytest.fixture
def pdf(tmp_path):
    return save(tmp_path, "scan.pdf", draw_text_pdf("One", "Two", "Three"))[0]


@pytest.fixture
def landing(vendor, sandbox, tmp_path):
    access = Access(base_url=vendor.url, secret="va-key", deadline=20)
    with wire_to(vendor, landingai, access) as wire:
        yield LandingAI(wire, access, sandbox=sandbox, readings=tmp_path / "readings")


def a_page(number, said="Invoice", **fields):
    """§4, one of ``classification``."""
    return {"class": said, "page": number, "reason": "", "suggested_class": None, **fields}


def an_answer(*pages, **metadata):
    """§4, the whole of it."""
    said = {
        "filename": "scan.pdf",
        "page_count": len(pages),
        "duration_ms": 1200,
        "credit_usage": 1.5,
        "job_id": "ade-7",
        "org_id": None,
        "version": "classify-20260420",
    }
    return {"classification": list(pages), "metadata": {**said, **metadata}}


# What is sent (§1, §3)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "https://api.va.landing.ai"),
        ({"region": "eu"}, "https://api.va.eu-west-1.landing.ai"),
        ({"host": "ade"}, "https://api.ade.landing.ai"),
        ({"host": "ade", "region": "eu"}, "https://api.ade.eu-west-1.landing.ai"),
    ],
)
def test_there_are_two_hosts_in_two_regions(options, url):
    assert landingai.base_url(Access(options=options)) == url


def test_an_address_that_was_entered_holds_and_an_unknown_region_is_named():
    assert landingai.base_url(Access(base_url="http://here", options={"region": "moon"})) == "http://here"
    with pytest.raises(MisconfiguredError, match="moon"):
        landingai.base_url(Access(options={"region": "moon"}))


def test_the_classes_go_as_one_json_text_beside_the_document(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0)))
    landing.submit(a_request(pdf, rules=(Rule("Rechnung für Öl", "A bill."), Rule("Letter"))))
    (asked,) = vendor.asked
    assert (asked.method, asked.path) == ("POST", "/v1/ade/classify")
    assert asked.headers["authorization"] == "Bearer va-key"
    assert set(form_of(asked)) == {"classes", "document"}
    assert json.loads(form_of(asked)["classes"]) == [
        {"class": "Rechnung für Öl", "description": "A bill."},
        {"class": "Letter"},
    ]
    assert form_of(asked)["document"] == pdf.read_bytes()
    document = next(part for part in parts_of(asked) if part.get_filename())
    assert (document.get_filename(), document.get_content_type()) == ("scan.pdf", PDF)


def test_a_name_cannot_break_out_of_its_place_in_the_form(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0)))
    landing.submit(a_request(pdf, name='März";\r\nX-Evil: 1\r\n\r\n.pdf'))
    assert len(parts_of(vendor.asked[0])) == 2
    assert not any("X-Evil" in part for part in parts_of(vendor.asked[0]))
    assert form_of(vendor.asked[0])["document"] == pdf.read_bytes()


def test_the_model_is_sent_where_the_version_names_one(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0)))
    landing.submit(a_request(pdf, options={"model": "classify-20260420"}))
    assert form_of(vendor.asked[0])["model"] == b"classify-20260420"


def test_an_address_goes_in_place_of_the_document_still_as_a_multipart_form(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0)))
    landing.submit(a_request(pdf, source_url="https://files.example/a.pdf", options={"send_url": True}))
    assert set(form_of(vendor.asked[0])) == {"classes", "document_url"}
    assert vendor.asked[0].headers["content-type"].startswith("multipart/form-data")


def test_a_rule_named_like_the_reserved_word_is_refused_before_anything_is_sent(landing, vendor, pdf):
    with pytest.raises(RejectedError, match="Rename"):
        landing.submit(a_request(pdf, rules=(Rule(" UnKnown "),)))
    assert vendor.asked == []


@pytest.mark.parametrize(("host", "limit"), [("va", 200), ("ade", 50)])
def test_each_host_has_a_limit_of_its_own_which_is_kept_here(vendor, sandbox, tmp_path, host, limit):
    big = tmp_path / "big.pdf"
    with big.open("wb") as file:
        file.truncate(limit * 1_000_000 + 1)
    access = Access(options={"host": host})
    refused = pytest.raises(RejectedError, match=f"no more than {limit} MB")
    with wire_to(vendor, landingai, access) as wire, refused as caught:
        LandingAI(wire, access, sandbox=sandbox, readings=tmp_path).submit(a_request(big))
    assert caught.value.reason == "too_large"
    assert vendor.asked == []


# Choosing pages, by cutting (§4: the vendor reads all pages and has no choice)


def test_the_chosen_pages_alone_are_sent_and_their_numbers_read_back(landing, vendor, pdf, tmp_path):
    vendor.say(an_answer(a_page(0, "Letter"), a_page(1)))
    reply = landing.submit(a_request(pdf, target_pages="1,3", page_count=3))
    (tmp_path / "sent.pdf").write_bytes(form_of(vendor.asked[0])["document"])
    assert [page.text for page in read(tmp_path / "sent.pdf", media_type=PDF).pages] == ["One", "Three"]
    assert [(page.page, page.type) for page in reply.answer.pages] == [(1, "Letter"), (3, "Invoice")]
    assert reply.answer.pages_not_read == (2,)
    assert list((tmp_path / "readings").iterdir()) == []


def test_a_choice_that_leaves_nothing_out_sends_the_document_as_it_is(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0), a_page(1), a_page(2)))
    reply = landing.submit(a_request(pdf, target_pages="1-9", max_pages=50, page_count=3))
    assert form_of(vendor.asked[0])["document"] == pdf.read_bytes()
    assert reply.answer.pages_not_read == ()


def test_pages_are_cut_out_of_a_document_that_could_be_fetched_otherwise(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0)))
    options = {"send_url": True}
    landing.submit(a_request(pdf, max_pages=1, page_count=3, source_url="https://files.example/a", options=options))
    assert set(form_of(vendor.asked[0])) == {"classes", "document"}


@pytest.mark.parametrize(("fields", "reason"), [({"page_count": 3}, "rejected"), ({"page_count": None}, "unreadable")])
def test_where_no_chosen_page_is_there_nothing_is_sent(landing, vendor, pdf, fields, reason):
    with pytest.raises(RejectedError) as caught:
        landing.submit(a_request(pdf, target_pages="7-9", **fields))
    assert caught.value.reason == reason
    assert vendor.asked == []


def test_a_pdf_that_cannot_be_cut_is_said_to_be_what_it_is(landing, vendor, tmp_path):
    locked = save(tmp_path, "locked.pdf", make_password_rc4())[0]
    with pytest.raises(RejectedError) as caught:
        landing.submit(a_request(locked, max_pages=1, page_count=2))
    assert caught.value.reason == "encrypted"
    assert vendor.asked == []


def test_what_is_no_pdf_goes_whole_whatever_pages_were_chosen(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0), a_page(1)))
    reply = landing.submit(a_request(pdf, media_type="image/tiff", max_pages=1, page_count=2))
    assert [page.page for page in reply.answer.pages] == [1, 2]


# What comes back (§4)


def test_pages_are_numbered_from_one_and_the_document_is_derived_from_them(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0, reason="A total is due."), a_page(1, "Letter"), a_page(2, reason="Bank details.")))
    reply = landing.submit(a_request(pdf, page_count=3))
    assert [page.page for page in reply.answer.pages] == [1, 2, 3]
    assert (reply.answer.type, reply.is_derived) == ("Invoice", True)
    assert reply.answer.reasoning == "Page 1: A total is due.\nPage 3: Bank details."
    assert reply.answer.confidence is None
    assert all(page.confidence is None for page in reply.answer.pages)
    assert (reply.pages_read, reply.credits, reply.vendor_request_id) == (3, 1.5, "ade-7")
    assert reply.answer.engine == "landingai/classify-20260420"


def test_unknown_is_no_match_and_what_would_have_fitted_is_kept_beside_it(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0, "unknown", suggested_class="Delivery note", reason="No rule fits.")))
    reply = landing.submit(a_request(pdf))
    assert reply.answer.type is None
    assert reply.answer.pages == (PageAnswer(1, None, None, suggested="Delivery note", reasoning="No rule fits."),)


def test_what_nobody_said_stays_empty(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0, reason=None), version=None, job_id="", credit_usage=None))
    reply = landing.submit(a_request(pdf))
    assert (reply.answer.reasoning, reply.answer.pages[0].reasoning, reply.answer.pages[0].suggested) == ("", "", "")
    assert (reply.answer.engine, reply.credits) == ("landingai", None)


def test_a_partial_answer_counts_and_the_missing_pages_are_said(landing, vendor, pdf):
    vendor.say(an_answer(a_page(2)), status=206)
    reply = landing.submit(a_request(pdf, page_count=3))
    assert (reply.answer.type, reply.answer.pages_not_read, reply.pages_read) == ("Invoice", (1, 2), 1)


def test_a_class_outside_the_rules_is_handed_on_as_it_is_to_be_refused(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0, "Spaceship"), a_page(1, " invoice")))
    reply = landing.submit(a_request(pdf))
    assert [page.type for page in reply.answer.pages] == ["Spaceship", "Invoice"]


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        (["A", "B", "B"], "B"),
        (["A", "B"], "A"),
        (["B", "A", "A", "B"], "B"),
        (["A", None], "A"),
        (["A", None, None], None),
        ([None], None),
    ],
)
def test_most_pages_decide_and_of_equals_the_first(types, chosen):
    assert derive_type([PageAnswer(number, type, None) for number, type in enumerate(types, 1)]) == chosen


def test_a_page_that_could_not_be_read_has_no_vote():
    pages = [
        PageAnswer(1, None, None, error="blank"),
        PageAnswer(2, None, None, error="blank"),
        PageAnswer(3, "A", None),
    ]
    assert derive_type(pages) == "A"
    assert derive_type(pages[:2]) is None


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"classification": [a_page(0)]},
        {"metadata": {}},
        {"classification": [], "metadata": {}},
        {"classification": ["Invoice"], "metadata": {}},
        an_answer({"class": "Invoice"}),
        an_answer({"page": 0}),
        an_answer(a_page("0")),
        an_answer(a_page(True)),
        an_answer(a_page(0, suggested_class=None, reason=["why"])),
        an_answer(a_page(0), credit_usage="much"),
        an_answer(a_page(0), version=3),
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_an_answer_that_nobody_understands_may_have_been_billed_all_the_same(landing, vendor, pdf, body):
    vendor.say(body)
    with pytest.raises(ContractBrokenError) as caught:
        landing.submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == ("contract_broken", None)


def test_a_page_that_was_not_sent_breaks_the_contract(landing, vendor, pdf):
    vendor.say(an_answer(a_page(0), a_page(2)))
    with pytest.raises(ContractBrokenError, match="page 2"):
        landing.submit(a_request(pdf, target_pages="1,3", page_count=3))


# Errors (§5)


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason", "was_sent"),
    [
        (400, {"detail": "unknown model version; valid: classify-20260420"}, RejectedError, "rejected", False),
        (401, {"detail": "bad key"}, MisconfiguredError, "bad_credentials", False),
        (402, {"message": "no credits"}, MisconfiguredError, "out_of_credit", False),
        (403, {"code": "forbidden", "message": "not in plan"}, MisconfiguredError, "bad_credentials", False),
        (413, {"detail": "over 200 MB"}, RejectedError, "too_large", False),
        (415, {"detail": "not convertible"}, RejectedError, "rejected", False),
        (422, {"detail": [{"loc": ["body", "classes"], "msg": "bad", "type": "x"}]}, RejectedError, "rejected", False),
        (429, {"detail": "slow down"}, UnavailableError, "rate_limited", False),
        (500, {"detail": "fault"}, UnavailableError, "unavailable", None),
        (502, "<html>", UnavailableError, "unavailable", None),
        (504, {"detail": "took too long"}, UnavailableError, "unavailable", None),
    ],
)
def test_each_refusal_says_what_it_means(landing, vendor, pdf, *, status, body, kind, reason, was_sent):
    vendor.say(body, status)
    with pytest.raises(kind) as caught:
        landing.submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == (reason, was_sent)
    assert len(vendor.asked) == 1


def test_there_is_nothing_to_ask_later_and_nothing_to_remove(landing, vendor):
    assert landing.poll([]) == {}
    assert landing.find("job-1") is None
    landing.cancel("x")
    landing.forget(remote_id="x", uploaded="y")
    assert vendor.asked == []


# The test of a connection: §5 and our assumption that the key is looked at first


def test_a_good_key_is_known_by_the_refusal_of_a_call_without_classes(landing, vendor):
    vendor.say({"detail": [{"loc": ["body", "classes"], "msg": "at least one", "type": "x"}]}, 422)
    assert "nothing was billed" in landing.test().said
    assert form_of(vendor.asked[0]) == {"classes": b"[]"}


def test_a_bad_key_is_known_as_one(landing, vendor):
    vendor.say({"detail": "bad key"}, 401)
    with pytest.raises(MisconfiguredError) as caught:
        landing.test()
    assert caught.value.reason == "bad_credentials"


def test_another_server_that_refuses_too_is_not_taken_for_the_vendor(landing, vendor):
    vendor.say("<html>Bad request</html>", 400)
    with pytest.raises(WrongAddressError, match="base URL"):
        landing.test()

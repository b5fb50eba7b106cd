"""A model behind a chat completions endpoint: what it is shown, what is taken from it, and how endpoints differ."""

from __future__ import annotations

import base64
import io
import time
from contextlib import contextmanager

import httpx
import pytest
from PIL import Image

from classifyhub.engine.model import Rule
from jobs.providers import openai_compatible
from jobs.providers.base import (
    Access,
    ContractBrokenError,
    HeldBackError,
    MisconfiguredError,
    RejectedError,
    UnavailableError,
    WrongAddressError,
)
from jobs.providers.models import chat
from jobs.providers.openai_compatible import OpenAICompatible
from jobs.providers.wire import Wire
from tests.engine.documents import INVOICE, draw_text_pdf, save
from tests.hostile_files import make_password_rc4, picture
from tests.support.provider_requests import a_request
from tests.support.scripted_vendor import wire_to
from tests.support.talking_model import a_completion, an_answer, boundary_in, document_in, system_message_in
from tests.support.vendor_server import NO_TLS, Says

PDF = "application/pdf"
TOO_LONG = {
    "error": {"message": "This model's maximum context length is 4096 tokens.", "type": "invalid_request_error"}
}


@pytest.fixture(autouse=True)
def _strangers():
    """Every endpoint is a new one, also where the system gives it the port of an old one."""
    chat._HABITS.clear()


@pytest.fixture
def pdf(tmp_path):
    return save(tmp_path, "scan.pdf", draw_text_pdf(INVOICE, "Terms of payment\nThirty days"))[0]


@pytest.fixture
def access(vendor):
    return Access(base_url=vendor.url, secret="sk-1", options={"model": "small"}, deadline=20)


@pytest.fixture
def model(vendor, access, sandbox, tmp_path):
    with wire_to(vendor, openai_compatible, access) as wire:
        yield OpenAICompatible(wire, access, sandbox=sandbox, readings=tmp_path / "readings")


def told(vendor, number=-1):
    return vendor.asked[number].json()


# What is sent


def test_the_usual_endpoint_is_the_vendors_and_a_server_at_home_needs_no_key():
    assert openai_compatible.base_url(Access()) == "https://api.openai.com/v1"
    assert openai_compatible.base_url(Access(base_url="http://here/v1")) == "http://here/v1"
    assert openai_compatible.headers(Access(secret="k")) == {"Authorization": "Bearer k"}
    assert openai_compatible.headers(Access()) == {}


def test_the_rules_stand_in_the_system_message_and_the_document_between_its_lines(model, vendor, pdf):
    vendor.say(a_completion(an_answer(type="Letter")))
    model.submit(a_request(pdf, rules=(Rule("Rechnung", "Für Öl."), Rule("Letter"))))
    (asked,) = vendor.asked
    assert (asked.method, asked.path) == ("POST", "/chat/completions")
    assert '{"type": "Rechnung", "description": "Für Öl."}\n{"type": "Letter"}\n{"type": "none"' in system_message_in(
        asked
    )
    boundary, text = boundary_in(asked), document_in(asked)
    assert text.index("the document begins") < text.index("INVOICE") < text.index("Thirty days")
    assert text.index("Thirty days") < text.index(f"<<<{boundary} the document ends>>>")
    assert f"<<<{boundary} page 2>>>\nTerms of payment" in text


def test_the_number_between_the_lines_is_another_for_each_request(model, vendor, pdf):
    vendor.script = lambda _seen: Says(a_completion(an_answer()))
    model.submit(a_request(pdf))
    model.submit(a_request(pdf))
    assert boundary_in(vendor.asked[0]) != boundary_in(vendor.asked[1])


def test_the_answer_is_asked_for_as_a_strict_schema_without_streaming(model, vendor, pdf):
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf))
    body = told(vendor)
    assert (body["model"], body["stream"], body["temperature"]) == ("small", False, 0)
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"]["properties"]["type"]["enum"] == [
        "Invoice",
        "Letter",
        "none",
    ]


def test_a_version_may_name_another_model_than_the_connection(model, vendor, pdf):
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf, options={"model": "large"}))
    assert told(vendor)["model"] == "large"


def test_without_a_model_nothing_is_sent(vendor, sandbox, tmp_path, pdf):
    access = Access(base_url=vendor.url)
    with wire_to(vendor, openai_compatible, access) as wire, pytest.raises(MisconfiguredError, match="No model"):
        OpenAICompatible(wire, access, sandbox=sandbox, readings=tmp_path).submit(a_request(pdf))
    assert vendor.asked == []


def test_the_document_is_read_once_and_its_reading_kept(model, vendor, pdf, tmp_path):
    vendor.script = lambda _seen: Says(a_completion(an_answer()))
    model.submit(a_request(pdf))
    (kept,) = (tmp_path / "readings").iterdir()
    written = kept.stat().st_mtime_ns
    model.submit(a_request(pdf))
    assert kept.stat().st_mtime_ns == written


def test_only_the_pages_asked_for_are_shown(model, vendor, pdf):
    vendor.say(a_completion(an_answer()))
    reply = model.submit(a_request(pdf, target_pages="2"))
    assert "INVOICE" not in document_in(vendor.asked[0])
    assert (reply.answer.pages_not_read, reply.pages_read) == ((1,), 1)


def test_a_document_that_cannot_be_read_is_refused_here(model, vendor, tmp_path):
    locked = save(tmp_path, "locked.pdf", make_password_rc4())[0]
    with pytest.raises(RejectedError) as caught:
        model.submit(a_request(locked))
    assert caught.value.reason == "encrypted"
    assert vendor.asked == []


def test_a_document_without_text_costs_nothing_and_waits_for_a_person(model, vendor, tmp_path):
    blank = save(tmp_path, "blank.pdf", draw_text_pdf(""))[0]
    reply = model.submit(a_request(blank))
    assert (reply.answer.type, reply.answer.confidence, reply.answer.has_text) == (None, None, False)
    assert vendor.asked == []


# Pictures


def test_in_multimodal_the_first_pages_are_shown_as_pictures_too(model, vendor, pdf, tmp_path):
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf, mode="MULTIMODAL"))
    parts = told(vendor)["messages"][1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert len(urls) == 2
    for url in urls:
        with Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/jpeg;base64,")))) as image:
            assert (image.format, image.width) == ("JPEG", 1024)
    assert not list((tmp_path / "readings").glob("picture-*"))


def test_no_more_than_six_pictures_are_shown(model, vendor, tmp_path):
    long = save(tmp_path, "long.pdf", draw_text_pdf(*["Page"] * 9))[0]
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(long, mode="MULTIMODAL"))
    assert sum(part["type"] == "image_url" for part in told(vendor)["messages"][1]["content"]) == 6


def test_a_picture_without_a_word_is_looked_at_in_multimodal_only(model, vendor, tmp_path):
    photo = save(tmp_path, "a.png", picture("PNG"))[0]
    assert model.submit(a_request(photo, media_type="image/png")).answer.type is None
    vendor.say(a_completion(an_answer()))
    reply = model.submit(a_request(photo, media_type="image/png", mode="MULTIMODAL"))
    assert reply.answer.type == "Invoice"
    assert reply.answer.has_text is False  # so that nobody takes it for read


def test_in_fast_mode_and_for_formats_without_pages_there_are_no_pictures(model, vendor, pdf, tmp_path):
    vendor.script = lambda _seen: Says(a_completion(an_answer()))
    letter = save(tmp_path, "a.txt", b"Dear Mrs Brown")[0]
    model.submit(a_request(pdf))
    model.submit(a_request(letter, media_type="text/plain", mode="MULTIMODAL"))
    assert all(isinstance(seen.json()["messages"][1]["content"], str) for seen in vendor.asked)


# The answer


def test_the_answer_says_what_the_model_said_and_no_more(model, vendor, pdf):
    quotes = [{"page": 1, "text": "Amount due: 119.00"}, {"page": 2, "text": "Terms of payment"}]
    vendor.say(a_completion(an_answer(quotes=quotes)))
    reply = model.submit(a_request(pdf))
    answer = reply.answer
    assert (answer.type, answer.confidence, answer.reasoning) == ("Invoice", 0.83, "It asks for money.")
    assert [(candidate.type, candidate.score) for candidate in answer.candidates] == [("Invoice", 0.83)]
    assert [(evidence.page, evidence.quote) for evidence in answer.evidence] == [
        (1, "Amount due: 119.00"),
        (2, "Terms of payment"),
    ]
    assert all(evidence.boxes for evidence in answer.evidence)
    assert (answer.engine, answer.pages, answer.contributions) == ("openai_compatible/small-1.2", (), ())
    assert (reply.credits, reply.is_derived, reply.pages_read) == (None, False, 2)
    assert (reply.vendor_request_id, reply.raw["calls"][0]["usage"]["total_tokens"]) == ("chatcmpl-1", 960)


def test_none_is_no_match_with_the_models_confidence_in_that(model, vendor, pdf):
    vendor.say(a_completion(an_answer(type="none", confidence=70)))
    answer = model.submit(a_request(pdf)).answer
    assert (answer.type, answer.confidence, answer.candidates) == (None, 0.7, ())


def test_invented_quotes_are_dropped_and_said(model, vendor, pdf):
    quotes = [{"page": 1, "text": "Amount due"}, {"page": 2, "text": "Amount due"}, {"page": 1, "text": "Paid in full"}]
    vendor.say(a_completion(an_answer(quotes=quotes)))
    answer = model.submit(a_request(pdf)).answer
    assert [evidence.quote for evidence in answer.evidence] == ["Amount due"]
    assert "2 quotes of the model's do not stand" in answer.reasoning


def test_content_in_parts_is_read_as_one(model, vendor, pdf):
    half = len(an_answer()) // 2
    parts = [{"type": "text", "text": an_answer()[:half]}, {"type": "text", "text": an_answer()[half:]}]
    vendor.say(a_completion(parts))
    assert model.submit(a_request(pdf)).answer.type == "Invoice"


def test_an_answer_that_cannot_be_used_is_repaired_once(model, vendor, pdf):
    vendor.say(a_completion(an_answer(type="Recipe")))
    vendor.say(a_completion(an_answer()))
    reply = model.submit(a_request(pdf))
    assert reply.answer.type == "Invoice"
    assert len(reply.raw["calls"]) == 2
    first, second = (seen.json()["messages"] for seen in vendor.asked)
    assert second[:2] == first
    assert [message["role"] for message in second[2:]] == ["assistant", "user"]
    assert '"Invoice", "Letter", "none"' in second[3]["content"]


@pytest.mark.parametrize("content", [an_answer(type="Recipe"), an_answer(confidence=900), "I cannot say.", None, ""])
def test_an_answer_that_cannot_be_used_twice_is_a_broken_contract(model, vendor, pdf, content):
    vendor.say(a_completion(content))
    vendor.say(a_completion(content))
    with pytest.raises(ContractBrokenError) as caught:
        model.submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == ("contract_broken", False)
    assert len(vendor.asked) == 2


def test_an_answer_that_was_cut_off_is_asked_for_again_more_briefly(model, vendor, pdf):
    vendor.say(a_completion(an_answer()[:40], finish="length"))
    vendor.say(a_completion(an_answer()))
    assert model.submit(a_request(pdf)).answer.type == "Invoice"
    assert "Be brief" in told(vendor)["messages"][-1]["content"]


@pytest.mark.parametrize("said", [a_completion(None, refusal="I cannot."), a_completion("", finish="content_filter")])
def test_a_refusal_is_a_rejection_and_not_repeated(model, vendor, pdf, said):
    vendor.say(said)
    with pytest.raises(RejectedError, match="refuses") as caught:
        model.submit(a_request(pdf))
    assert "I cannot" not in str(caught.value)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "body", [[], {}, {"choices": []}, {"choices": [{}]}, {"choices": ["x"]}, {"error": {"message": "busy"}}]
)
def test_a_completion_without_a_message_may_have_been_billed_all_the_same(model, vendor, pdf, body):
    vendor.say(body)
    with pytest.raises(ContractBrokenError) as caught:
        model.submit(a_request(pdf))
    assert caught.value.was_sent is None


# How endpoints differ


@pytest.mark.parametrize(
    ("complaint", "name"),
    [
        ("'response_format.type' must be 'json_schema' or 'text'", "response_format"),
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("Bad request", "response_format"),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_what_an_endpoint_refuses_is_left_out_and_not_sent_to_it_again(model, vendor, pdf, *, status, complaint, name):
    vendor.say({"error": {"message": complaint}}, status)
    vendor.say(a_completion(an_answer()))
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf))
    model.submit(a_request(pdf))
    assert [name in seen.json() for seen in vendor.asked] == [True, False, False]


def test_an_endpoint_that_refuses_one_thing_after_the_other_gets_the_bare_question(model, vendor, pdf):
    for complaint in ("max_tokens", "temperature", "json_schema"):
        vendor.say({"error": {"message": f"no {complaint} here"}}, 400)
    vendor.say(a_completion(an_answer()))
    assert model.submit(a_request(pdf)).answer.type == "Invoice"
    assert set(told(vendor)) == {"model", "messages", "stream"}
    assert '"enum": ["Invoice", "Letter", "none"]' in system_message_in(vendor.asked[-1])  # told where it is not held
    assert '"enum"' not in system_message_in(vendor.asked[0])


def test_what_was_refused_for_another_reason_is_sent_again_the_next_time(model, vendor, pdf):
    for _time in range(2):
        vendor.say({"error": {"message": "this model cannot see pictures"}}, 400)
    with pytest.raises(RejectedError, match="cannot see"):
        model.submit(a_request(pdf))
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf))
    assert "response_format" in told(vendor)


@pytest.mark.parametrize(
    ("complaint", "status"),
    [
        ("This model's maximum context length is 4096 tokens.", 400),
        ("the request exceeds the available context size, try increasing it", 400),
        ("Trying to keep the first 9000 tokens when context the overflows.", 400),
        ("Prompt is too long", 422),
        ("Payload too large", 413),
    ],
)
def test_a_document_that_is_too_long_is_shown_by_head_and_tail(model, vendor, tmp_path, *, complaint, status):
    pages = [f"Page {number} " + "words " * 60 for number in range(1, 41)]
    long = save(tmp_path, "a.pdf", draw_text_pdf(*pages))[0]
    access = Access(base_url=model._access.base_url, options={"model": "small", "context_tokens": 5_000}, deadline=20)
    model._access = access
    vendor.say({"error": {"message": complaint}}, status)
    vendor.say(a_completion(an_answer()))
    reply = model.submit(a_request(long))
    before, after = map(document_in, vendor.asked)
    assert len(after) < len(before)
    assert "Page 1 " in after
    assert "Page 40 " in after
    assert "Page 20 " not in after
    assert 20 in reply.answer.pages_not_read
    assert f"Not shown to the model: pages {reply.answer.pages_not_read[0]}–" in reply.answer.reasoning
    assert reply.pages_read == 40 - len(reply.answer.pages_not_read)


def test_how_much_an_endpoint_takes_is_remembered(model, vendor, tmp_path):
    long = save(tmp_path, "a.txt", b"words upon words " * 6_000)[0]
    vendor.say(TOO_LONG, 400)
    vendor.say(a_completion(an_answer()))
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(long, media_type="text/plain"))
    model.submit(a_request(long, media_type="text/plain"))
    first, second, third = (len(document_in(seen)) for seen in vendor.asked)
    assert third == second < first


def test_a_document_that_is_too_long_in_every_length_is_rejected_as_that(model, vendor, pdf):
    vendor.script = lambda _seen: Says(TOO_LONG, 400)
    with pytest.raises(RejectedError) as caught:
        model.submit(a_request(pdf))
    assert (caught.value.reason, len(vendor.asked)) == ("too_large", 4)


def test_pictures_that_make_it_too_long_are_halved_and_then_left_out(model, vendor, pdf):
    for _time in range(2):
        vendor.say(TOO_LONG, 400)
    vendor.say(a_completion(an_answer()))
    model.submit(a_request(pdf, mode="MULTIMODAL"))
    contents = [seen.json()["messages"][1]["content"] for seen in vendor.asked]
    assert [sum(part["type"] == "image_url" for part in content) for content in contents[:2]] == [2, 1]
    assert isinstance(contents[2], str)


# Errors


@pytest.mark.parametrize(
    ("status", "kind", "reason", "was_sent"),
    [
        (401, MisconfiguredError, "bad_credentials", False),
        (402, MisconfiguredError, "out_of_credit", False),
        (404, WrongAddressError, "unavailable", False),
        (429, UnavailableError, "rate_limited", False),
        (500, UnavailableError, "unavailable", None),
        (503, UnavailableError, "unavailable", False),
    ],
)
def test_each_refusal_says_what_it_means(model, vendor, pdf, *, status, kind, reason, was_sent):
    vendor.say({"error": {"message": "not today"}}, status)
    with pytest.raises(kind, match="not today") as caught:
        model.submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == (reason, was_sent)
    assert len(vendor.asked) == 1


def test_a_model_that_is_not_there_is_told_from_a_wrong_address(model, vendor, pdf):
    vendor.say({"error": {"message": "model “huge” not found, try pulling it first"}}, 404)
    with pytest.raises(MisconfiguredError, match="Is the model's name right") as caught:
        model.submit(a_request(pdf))
    assert caught.value.reason == "bad_credentials"


def test_the_deadline_holds_for_all_calls_together(vendor, sandbox, tmp_path, pdf):
    access = Access(base_url=vendor.url, options={"model": "slow"}, deadline=2.5)

    def think(_seen):
        time.sleep(1.8)
        return Says(a_completion("hm"))

    vendor.script = think
    with wire_to(vendor, openai_compatible, access) as wire, pytest.raises(UnavailableError) as caught:
        OpenAICompatible(wire, access, sandbox=sandbox, readings=tmp_path).submit(a_request(pdf))
    assert (caught.value.reason, caught.value.was_sent) == ("timed_out", False)  # the second was never sent
    assert len(vendor.asked) == 1


def test_an_answer_may_take_as_long_as_the_document_has_left(vendor, access, sandbox, tmp_path, pdf):
    def think(_seen):
        time.sleep(0.6)
        return Says(a_completion(an_answer()))

    vendor.script = think
    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        wire = Wire(client, base_url=vendor.url, headers={}, deadline=0.3)
        provider = OpenAICompatible(wire, access, sandbox=sandbox, readings=tmp_path)
        assert provider.submit(a_request(pdf)).answer.type == "Invoice"


def test_a_limit_of_our_own_costs_an_attempt_only_once_something_was_asked(vendor, access, sandbox, tmp_path, pdf):
    """Else a model that never makes sense at first would be asked, and billed, for ever."""
    allowed = []

    @contextmanager
    def gate():
        if not allowed:
            raise HeldBackError("at most once a minute", reason="rate_limited", retry_after=9)
        allowed.pop()
        yield

    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        wire = Wire(client, base_url=vendor.url, headers={}, gate=gate)
        provider = OpenAICompatible(wire, access, sandbox=sandbox, readings=tmp_path)
        with pytest.raises(HeldBackError):
            provider.submit(a_request(pdf))
        allowed.append("one call")
        vendor.say(a_completion("hm"))
        with pytest.raises(UnavailableError) as caught:
            provider.submit(a_request(pdf))
    assert not isinstance(caught.value, HeldBackError)
    assert (caught.value.reason, caught.value.retry_after, caught.value.was_sent) == ("rate_limited", 9, False)


def test_there_is_nothing_to_ask_later_and_nothing_to_remove(model, vendor):
    assert model.poll([]) == {}
    assert model.find("job-1") is None
    model.cancel("x")
    model.forget(remote_id="x", uploaded="y")
    assert vendor.asked == []


# The test of a connection


def a_list(*names):
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["tiny", "small"], "It answers, and small is there."),
        (["tiny", "large"], "It answers, but has no model small. There are: tiny, large."),
        ([], "It answers, but has no model small. There are: none."),
        (list("abcdefghij"), "It answers, but has no model small. There are: a, b, c, d, e, f, g, h and more."),
    ],
)
def test_the_models_are_listed_and_the_chosen_one_looked_for(model, vendor, names, said):
    vendor.say(a_list(*names))
    assert model.test().said == said
    assert [(seen.method, seen.path) for seen in vendor.asked] == [("GET", "/models")]


def test_an_endpoint_without_a_list_is_asked_for_one_word(model, vendor):
    vendor.say({"detail": "Not Found"}, 404)
    vendor.say(a_completion("Yes", finish="length"))
    assert model.test().said == "The model small answers. The endpoint does not list its models."
    assert told(vendor)["max_tokens"] == 1


@pytest.mark.parametrize("answers", [[({}, 404), ({}, 404)], [({}, 404), ({"ok": True}, 200)], [({"ok": True}, 200)]])
def test_another_server_is_not_taken_for_an_endpoint(model, vendor, answers):
    for body, status in answers:
        vendor.say(body, status)
    with pytest.raises((WrongAddressError, ContractBrokenError), match="base URL"):
        model.test()


def test_a_bad_key_is_known_as_one(model, vendor):
    vendor.say({"error": {"message": "Incorrect API key provided"}}, 401)
    with pytest.raises(MisconfiguredError) as caught:
        model.test()
    assert caught.value.reason == "bad_credentials"

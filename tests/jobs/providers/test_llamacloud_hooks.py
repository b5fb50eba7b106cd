"""Reports of LlamaCloud. Written from the wire contract: LlamaCloud Classify, API v2, section 10."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.providers.llamacloud_hooks import RefusedHookError, parse, verify

SECRET = "a secret between two"
EVENT = {
    "event_id": "evt-1",
    "event_type": "classify.success",
    "timestamp": 1_790_000_000.5,
    "data": {"id": "job-1", "status": "COMPLETED"},
}
RAW = json.dumps(EVENT).encode()


def sign(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def test_a_report_that_was_signed_with_the_secret_is_genuine():
    assert verify(RAW, sign(RAW), SECRET)
    assert verify(RAW, sign(RAW).upper().replace("SHA256=", "sha256="), SECRET)


@pytest.mark.parametrize(
    ("raw", "header", "secret"),
    [
        (RAW + b" ", sign(RAW), SECRET),
        (RAW, sign(RAW, "another"), SECRET),
        (RAW, sign(RAW, ""), ""),
        (RAW, "", SECRET),
        (RAW, sign(RAW).removeprefix("sha256="), SECRET),
        (RAW, "sha1=" + sign(RAW)[7:], SECRET),
        (RAW, "sha256=", SECRET),
        (RAW, "sha256=ümläut", SECRET),
        (RAW, "sha256=\ud800", SECRET),
        (RAW, sign(RAW)[:-1], SECRET),
    ],
    ids=[
        "changed",
        "another secret",
        "no secret",
        "no header",
        "no algorithm",
        "another algorithm",
        "no digest",
        "letters of other alphabets",
        "half a letter",
        "cut",
    ],
)
def test_anything_else_is_not(raw, header, secret):
    assert not verify(raw, header, secret)


@pytest.mark.parametrize(
    "raw",
    [
        RAW,
        json.dumps(RAW.decode()).encode(),
        json.dumps({**EVENT, "data": json.dumps(EVENT["data"])}).encode(),
        json.dumps({**EVENT, "data": {"job_id": "job-1", "id": "row-7"}}).encode(),
        json.dumps({**EVENT, "data": {"job": {"id": "job-1"}, "id": "row-7"}}).encode(),
        json.dumps({**EVENT, "data": None, "job_id": "job-1"}).encode(),
        json.dumps({**EVENT, "extra": [1, 2]}).encode(),
    ],
    ids=["an object", "a text", "data as text", "a job id of its own", "a job inside", "beside the event", "more"],
)
def test_event_and_job_are_found_in_every_shape_that_was_seen(raw):
    report = parse(raw)
    assert (report.event_id, report.event_type, report.job_id) == ("evt-1", "classify.success", "job-1")
    assert report.is_final


def test_a_report_without_an_id_is_known_by_its_bytes():
    raw = json.dumps({"event_type": "classify.running", "data": {"id": "job-1"}}).encode()
    assert parse(raw).event_id == parse(raw).event_id != parse(raw + b" ").event_id
    assert not parse(raw).is_final


NAMING_NO_JOB = {
    "nothing": b"",
    "no text": b"\xff",
    "a list": b"[]",
    "a number": b"7",
    "a word": b'"text"',
    "empty": b"{}",
    "no job": b'{"id": "evt-1", "data": {}}',
    "a number for a job": b'{"data": {"id": 7}}',
    "an empty job": b'{"data": {"id": ""}}',
    "too deep": b"[" * 30_000,
    "too long": b'{"data": {"id": "job-1"}, "more": "' + b"x" * 70_000 + b'"}',
}


@pytest.mark.parametrize("raw", NAMING_NO_JOB.values(), ids=NAMING_NO_JOB.keys())
def test_what_names_no_job_is_refused_in_words(raw):
    with pytest.raises(RefusedHookError, match=r"\.$"):
        parse(raw)


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text(), st.lists).map(lambda it: json.dumps(it).encode()))
def test_nothing_that_is_sent_does_more_than_be_refused(raw):
    try:
        report = parse(raw)
    except RefusedHookError:
        return
    assert report.job_id


def test_what_no_database_would_store_is_replaced():
    report = parse(b'{"event_id": "a\\u0000b", "data": {"id": "job\\ud800"}}')
    assert (report.event_id, report.job_id) == ("a\ufffdb", "job\ufffd")

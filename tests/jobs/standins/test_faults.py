"""What goes wrong goes wrong as the table says, in the order of the script, and as often as the dice say."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from jobs.standins import Random
from jobs.standins.faults import TABLE, TRANSIENT, Faults

RULES = [{"type": "invoice", "description": "A bill that asks for payment"}]
JOBS = "/api/v2/classify"
STATUSES = {name: fault.status for name, fault in TABLE.items() if fault.status and not fault.vendors}
BROKEN_CONNECTIONS = {
    "reset_before": httpx.ReadError,
    "reset_after": httpx.ReadError,
    "truncated": httpx.RemoteProtocolError,
}


@pytest.fixture
def job(start):
    """A finished job, as (stand-in, client, path)."""
    standin, client = start("llamacloud")
    return standin, client, f"{JOBS}/{submit(client)}"


def submit(client: httpx.Client, **fields) -> str:
    file = client.post("/api/v1/beta/files", data={"purpose": "classify"}, files={"file": ("a.txt", b"An invoice.")})
    body = {"file_input": file.json()["id"], "configuration": {"rules": RULES}, **fields}
    return client.post(JOBS, json=body).json()["id"]


def read_when_done(client: httpx.Client, path: str) -> dict:
    while (found := client.get(path).json())["status"] in {"PENDING", "RUNNING"}:
        pass
    return found


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_status_is_said_once_and_then_all_is_well(job, name, status):
    standin, client, path = job
    standin.faults.next(name)
    assert client.get(path).status_code == status
    assert client.get(path).status_code == 200


def test_429_and_503_say_when_to_come_back_unless_told_not_to(job):
    standin, client, path = job
    for name, wanted in (("429", "7"), ("503", "7"), ("429_bare", None)):
        standin.faults.next(name, retry_after=7)
        assert client.get(path).headers.get("Retry-After") == wanted


@pytest.mark.parametrize(("name", "error"), BROKEN_CONNECTIONS.items())
def test_a_connection_is_reset_or_ends_before_the_body_does(job, name, error):
    standin, client, path = job
    standin.faults.next(name)
    with pytest.raises(error):
        client.get(path)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(("name", "accepted"), [("reset_before", 0), ("500", 0), ("reset_after", 1), ("502_after", 1)])
def test_what_breaks_before_accepts_nothing_and_what_breaks_after_accepts_it(start, name, accepted):
    standin, client = start("llamacloud")
    standin.faults.next(name, on="submit")
    with pytest.raises((httpx.HTTPError, KeyError, ValueError)):
        submit(client)
    assert len(standin.accepted) == accepted


def test_an_answer_comes_late_or_in_drops(job):
    standin, client, path = job
    whole = read_when_done(client, path)
    for name in ("slow_headers", "slow_body"):
        standin.faults.next(name, seconds=0.3)
        response = client.get(path)
        assert response.elapsed.total_seconds() >= 0.3
        assert response.json() == whole


@pytest.mark.parametrize(("name", "content_type"), [("malformed", "application/json"), ("web_page", "text/html")])
def test_a_body_is_no_json(job, name, content_type):
    standin, client, path = job
    standin.faults.next(name)
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        response.json()


def test_the_right_json_is_called_something_else(job):
    standin, client, path = job
    standin.faults.next("wrong_type")
    response = client.get(path)
    assert response.headers["Content-Type"] == "text/html"
    assert response.json()["id"] in path


def test_fields_are_missing_or_new_in_a_job_and_in_each_of_a_list(job):
    standin, client, path = job
    whole = read_when_done(client, path)
    for place, pick in ((path, lambda body: body), (JOBS, lambda body: body["items"][0])):
        standin.faults.next("missing_fields")
        assert set(whole) - set(pick(client.get(place).json())) == {"status", "result"}
        standin.faults.next("extra_fields")
        assert set(whole) < set(pick(client.get(place).json()))


def test_a_status_nobody_knows(job):
    standin, client, path = job
    standin.faults.next("unknown_status")
    assert client.get(path).json()["status"] == "PAUSED"


def test_the_clock_is_off_in_body_and_header(job):
    standin, client, path = job
    before = read_when_done(client, path)
    standin.faults.next("clock_skew", seconds=-7_200)
    response = client.get(path)
    times = [datetime.fromisoformat(body["created_at"]) for body in (before, response.json())]
    assert (times[0] - times[1]).total_seconds() == 7_200
    assert response.json()["result"] == before["result"]


def test_a_job_is_forgotten_for_good(job):
    standin, client, path = job
    standin.faults.next("gone")
    assert [client.get(path).status_code for _turn in range(2)] == [404, 404]


def test_a_result_is_no_longer_kept(job):
    standin, client, path = job
    read_when_done(client, path)
    standin.faults.next("expired")
    found = client.get(path).json()
    assert (found["status"], found["result"]) == ("COMPLETED", None)


def test_an_empty_page_points_to_where_the_walk_goes_on(job):
    standin, client, path = job
    standin.faults.next("empty_page")
    page = client.get(JOBS).json()
    assert page["items"] == []
    assert page["next_page_token"]
    following = client.get(JOBS, params={"page_token": page["next_page_token"]}).json()
    assert [one["id"] for one in following["items"]] == [path.rpartition("/")[2]]


def test_a_fault_waits_for_the_kind_of_request_it_is_for(job):
    standin, client, path = job
    standin.faults.next("500", on="list")
    assert client.get(path).status_code == 200
    assert client.get(JOBS).status_code == 500


def test_faults_strike_as_often_as_said_and_are_counted(job):
    standin, client, path = job
    standin.faults.next("500", count=2)
    standin.faults.next("503")
    assert [client.get(path).status_code for _turn in range(4)] == [500, 500, 503, 200]
    assert standin.faults.counts == {"500": 2, "503": 1}


def test_a_fault_that_a_vendor_cannot_have_is_refused():
    with pytest.raises(ValueError, match="landingai knows no fault webhook_twice"):
        Faults("landingai").next("webhook_twice")
    with pytest.raises(KeyError):
        Faults("landingai").next("no such fault")


def test_a_seed_gives_the_same_faults_each_time_and_the_share_asked_for():
    def roll(seed: int) -> list[str]:
        faults = Faults("llamacloud", Random(seed, share=0.3))
        return [struck.name if (struck := faults.pick("poll")) else "" for _turn in range(2_000)]

    assert roll(7) == roll(7) != roll(8)
    found = Counter(roll(7))
    assert 0.65 < found.pop("") / 2_000 < 0.75
    assert set(found) == {name for name in TRANSIENT if TABLE[name].when != "webhook"} - {"empty_page"}


def test_dice_can_be_stopped_and_taken_up_again():
    faults = Faults("llamacloud", Random(7, share=1))
    assert faults.pick("poll")
    faults.next("500", count=5)
    faults.stop()
    assert not any(faults.pick("poll") for _turn in range(50))
    faults.start(Random(7, share=1, names=("500",)))
    assert {faults.pick("poll").name for _turn in range(5)} == {"500"}


REQUESTS = {
    "llamacloud": ("POST", JOBS, {"json": {"file_input": "dfl-unknown", "configuration": {"rules": RULES}}}),
    "landingai": (
        "POST",
        "/v1/ade/classify",
        {"data": {"classes": '[{"class": "a"}]'}, "files": {"document": b"%PDF"}},
    ),
    "unsiloed": ("POST", "/classify", {"data": {"categories": '["a"]'}, "files": {"pdf_file": b"%PDF %%EOF"}}),
    "openai": ("POST", "/v1/chat/completions", {"json": {"model": "m", "messages": [{"content": "Hello"}]}}),
}


@pytest.mark.parametrize("vendor", REQUESTS)
def test_every_fault_a_vendor_can_have_strikes_without_harm_to_the_stand_in(start, vendor, capfd):
    method, path, content = REQUESTS[vendor]
    names = [name for name, fault in TABLE.items() if vendor in (fault.vendors or {vendor}) and fault.when != "webhook"]
    standin, client = start(vendor)
    for name in names:
        standin.faults.next(name, on="submit", seconds=0.01)
        try:
            client.request(method, path, **content)
        except httpx.HTTPError:
            continue
    assert set(names) - set(standin.faults.counts) <= {"gone"}  # which is about a job, and none is asked for
    assert client.request(method, path, **content).status_code < 500
    assert capfd.readouterr().err == ""


def test_the_documentation_lists_every_fault():
    text = (Path(__file__).parents[3] / "docs" / "standins.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", text, flags=re.MULTILINE)) == {
        name: fault.does for name, fault in TABLE.items()
    }

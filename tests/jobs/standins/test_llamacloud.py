"""LlamaCloud, where the vendor's SDK does not look: races, webhooks, the older paths. The rest is in tests/sdks."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs.standins import Verdict

RULES = [{"type": "invoice", "description": "A bill that asks for payment"}]
JOBS, FILES, V1 = "/api/v2/classify", "/api/v1/beta/files", "/api/v1/classifier/jobs"


@dataclass
class Receiver:
    """What came to ``url``, as (event, job, whether the signature is good). The first ``refuses`` are answered 500."""

    url: str = ""
    refuses: int = 0
    got: list[tuple[str, str, bool]] = field(default_factory=list)

    def take(self, body: bytes, signature: str) -> int:
        event = json.loads(body)
        wanted = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        self.got.append((event["event_type"].removeprefix("classify."), event["data"]["id"], signature == wanted))
        self.refuses -= 1
        return 500 if self.refuses >= 0 else 200

    def wait_for(self, count: int) -> list[tuple[str, str, bool]]:
        ends_at = time.monotonic() + 10
        while len(self.got) < count and time.monotonic() < ends_at:
            time.sleep(0.01)
        return self.got


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(body, self.headers.get("LC-Signature", "")))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


def upload(client, content: bytes = b"An invoice.", name: str = "a.txt") -> str:
    files = {"file": (name, content)}
    return client.post(FILES, data={"purpose": "classify"}, files=files).json()["id"]


def submit(client, **fields):
    body = {"file_input": upload(client), "configuration": {"rules": RULES}, **fields}
    return client.post(JOBS, json=body)


def hook_to(receiver: Receiver, **fields) -> dict:
    secret = {"webhook_signing_secret": "secret", "webhook_output_format": "json"}
    return {"webhook_configurations": [{"webhook_url": receiver.url, **secret, **fields}]}


def test_a_submission_repeated_at_the_same_moment_makes_one_job(start):
    standin, client = start("llamacloud")
    rules = [{**RULES[0], "type": f"invoice {number}"} for number in range(1_000)]  # takes a while to look through
    body = {"file_input": upload(client), "configuration": {"rules": rules}}
    for key in ("once", "again", "and again", "a fourth time", "for luck"):
        standin.accepted.clear()
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(
                lambda _turn, key=key: client.post(JOBS, json={**body, "transaction_id": key}), range(16)
            )
        made = {answer.json()["id"] for answer in answers}
        assert len(made) == 1
        assert [(taken.job, taken.key, taken.name) for taken in standin.accepted] == [(made.pop(), key, "a.txt")]


def test_a_submission_says_nothing_of_the_answer_however_quick_it_comes(start):
    _standin, client = start("llamacloud")
    found = [submit(client).json() for _turn in range(10)]
    assert {(job["status"], job["result"]) for job in found} == {("PENDING", None)}


def test_answers_may_come_from_the_test_itself_null_confidence_included(start):
    _standin, client = start("llamacloud", answers=lambda document, question: Verdict(type="poem", confidence=None))
    path = f"{JOBS}/{submit(client).json()['id']}"
    while client.get(path).json()["status"] != "COMPLETED":
        pass
    assert client.get(path).json()["result"] == {"type": "poem", "confidence": None, "reasoning": ""}


def test_a_job_whose_answer_cannot_be_made_fails(start):
    def stumble(document, question):
        raise RuntimeError("stumbled")

    _standin, client = start("llamacloud", answers=stumble)
    path = f"{JOBS}/{submit(client).json()['id']}"
    while client.get(path).json()["status"] in {"PENDING", "RUNNING"}:
        pass
    assert "stumbled" in client.get(path).json()["error_message"]


def test_thousands_of_jobs_think_at_the_same_time(start):
    _standin, client = start("llamacloud", thinks=1)
    file_id, started = upload(client), time.monotonic()
    body = {"file_input": file_id, "configuration": {"rules": RULES}}
    ids = [client.post(JOBS, json=body).json()["id"] for _number in range(100)]
    while any(
        job["status"] != "COMPLETED"
        for job in client.get(JOBS, params={"job_ids": ids, "page_size": 100}).json()["items"]
    ):
        time.sleep(0.05)
    assert time.monotonic() - started < 20  # one behind the other would take 100


def test_webhooks_report_each_move_in_order_and_signed(start, receiver):
    _standin, client = start("llamacloud")
    job_id = submit(client, **hook_to(receiver)).json()["id"]
    assert receiver.wait_for(3) == [(event, job_id, True) for event in ("pending", "running", "success")]


def test_a_webhook_reports_only_what_was_asked_for(start, receiver):
    _standin, client = start("llamacloud")
    hook = hook_to(receiver, webhook_events=["classify.success"])
    job_id = submit(client, **hook).json()["id"]
    assert receiver.wait_for(1) == [("success", job_id, True)]


def test_a_webhook_is_repeated_until_it_is_taken(start, receiver):
    _standin, client = start("llamacloud")
    receiver.refuses = 2
    submit(client, **hook_to(receiver, webhook_events=["classify.success"]))
    assert [event for event, _job, _good in receiver.wait_for(3)] == ["success"] * 3


def test_webhooks_come_twice_late_lost_forged_and_about_strangers(start, receiver):
    standin, client = start("llamacloud")
    hook = hook_to(receiver, webhook_events=["classify.success"])

    def suffer(name: str, count: int) -> list[tuple[str, bool]]:
        receiver.got.clear()
        standin.faults.next(name)
        job_id = submit(client, **hook).json()["id"]
        return [(job == job_id, good) for _event, job, good in receiver.wait_for(count)]

    assert suffer("webhook_twice", 2) == [(True, True)] * 2
    assert suffer("webhook_forged", 1) == [(True, False)]
    assert suffer("webhook_stranger", 1) == [(False, True)]
    standin.faults.next("webhook_lost")
    submit(client, **hook)
    assert suffer("webhook_late", 1) == [(True, True)]
    assert standin.faults.counts["webhook_lost"] == 1


def test_a_late_webhook_is_overtaken(start, receiver):
    standin, client = start("llamacloud")
    standin.faults.next("webhook_late", seconds=0.5)
    submit(client, **hook_to(receiver))
    assert [event for event, _job, _good in receiver.wait_for(3)] == ["running", "success", "pending"]


def test_saved_webhooks_are_used_by_their_id_and_never_show_their_secret(start, receiver):
    _standin, client = start("llamacloud")
    base = "/api/v1/beta/webhook-configs"
    hook = {"webhook_url": receiver.url, "webhook_signing_secret": "secret", "webhook_output_format": "json"}
    saved = client.post(base, json={**hook, "webhook_events": ["classify.success"]}).json()
    assert saved["has_secret"] is True
    assert "secret" not in str(client.get(base).json()).replace("has_secret", "")
    job_id = submit(client, webhook_configuration_ids=[saved["id"]]).json()["id"]
    assert receiver.wait_for(1) == [("success", job_id, True)]
    changed = client.put(f"{base}/{saved['id']}", json={"webhook_events": None}).json()
    assert (changed["webhook_events"], changed["has_secret"]) == (None, True)
    assert client.get("/api/v2/webhook-configs", params={"include_total": "true"}).json()["total_size"] == 1
    assert client.post(base, json={**hook, "webhook_events": []}).status_code == 422
    assert client.delete(f"{base}/{saved['id']}").status_code == 204


def test_v1_has_no_running_and_reports_none(start, receiver):
    _standin, client = start("llamacloud")
    body = {"file_ids": [upload(client), upload(client, b"")], "rules": RULES, **hook_to(receiver)}
    job_id = client.post(V1, json=body).json()["id"]
    assert receiver.wait_for(2) == [("pending", job_id, True), ("partial_success", job_id, True)]


def test_v1_counts_every_file_as_accepted_under_its_one_job(start):
    standin, client = start("llamacloud")
    ids = [upload(client, name=name) for name in ("a.txt", "b.txt")]
    job_id = client.post(V1, json={"file_ids": ids, "rules": RULES}).json()["id"]
    assert [(taken.job, taken.name) for taken in standin.accepted] == [(job_id, "a.txt"), (job_id, "b.txt")]


def test_the_older_paths_for_files_still_work(start):
    _standin, client = start("llamacloud")
    made = client.post("/api/v1/files", files={"upload_file": ("a.txt", b"words")}).json()
    link = client.get(f"/api/v1/files/{made['id']}/content").json()["url"]
    assert client.get(link, headers={"Authorization": ""}).content == b"words"
    assert client.post(f"{FILES}/query", json={"filter": {"file_name": "a.txt"}}).json()["items"][0]["id"] == made["id"]


def test_another_project_is_out_of_reach(start):
    _standin, client = start("llamacloud")
    assert client.get(JOBS, params={"project_id": "00000000-0000-4000-8000-000000000000"}).status_code == 403
    own = client.get("/api/v1/projects").json()[0]
    scope = {"project_id": own["id"], "organization_id": own["organization_id"]}
    assert client.get(JOBS, params=scope).status_code == 200


def test_a_walk_is_not_disturbed_by_what_is_added_meanwhile(start):
    _standin, client = start("llamacloud")
    first = [submit(client).json()["id"] for _number in range(3)]
    page = client.get(JOBS, params={"page_size": 2}).json()
    submit(client)
    rest = client.get(JOBS, params={"page_size": 2, "page_token": page["next_page_token"]}).json()
    assert [job["id"] for job in (*page["items"], *rest["items"])] == first[::-1]
    assert client.get(JOBS, params={"page_token": "nonsense"}).status_code == 422


def test_a_conflict_tells_the_sdk_not_to_try_again(start):
    _standin, client = start("llamacloud", thinks=5)
    refused = client.delete(f"{JOBS}/{submit(client).json()['id']}")
    assert (refused.status_code, refused.headers["x-should-retry"]) == (409, "false")

"""The wire: connections kept open, many at once, and answers sent badly on purpose."""

from __future__ import annotations

import socket
import threading
import time

import httpx

PROJECTS = "/api/v1/projects"


def test_a_connection_is_kept_open_for_the_next_request(start):
    standin, _client = start("llamacloud")
    with socket.create_connection(("127.0.0.1", int(standin.url.rpartition(":")[2]))) as connection:
        request = f"GET {PROJECTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {standin.key}\r\n\r\n".encode()
        for _turn in range(3):
            connection.sendall(request)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert standin.requests == [("GET", PROJECTS)] * 3


def test_hundreds_of_requests_over_many_connections_are_all_answered(start):
    standin, _client = start("llamacloud")
    headers = {"Authorization": f"Bearer {standin.key}"}
    statuses = []

    def ask() -> None:
        with httpx.Client(base_url=standin.url, headers=headers, trust_env=False) as client:
            statuses.extend(client.get(PROJECTS).status_code for _turn in range(25))

    threads = [threading.Thread(target=ask) for _number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 400
    assert len(standin.requests) == 400


def test_a_body_in_chunks_is_read(start):
    _standin, client = start("openai")
    content = (piece for piece in (b'{"model": "m", ', b'"messages": [{"role": "user", "content": "Hello"}]}'))
    response = client.post("/v1/chat/completions", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert response.json()["choices"][0]["finish_reason"] == "stop"


def test_latency_passes_before_every_answer(start):
    _standin, client = start("llamacloud", latency=0.2)
    started = time.monotonic()
    client.get(PROJECTS)
    assert time.monotonic() - started >= 0.2


def test_what_is_unknown_is_said_in_the_vendors_words(start):
    _standin, client = start("unsiloed")
    assert client.get("/nowhere").json() == {"detail": "Not Found"}
    refused = client.delete("/classify")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_a_stand_in_ends_while_clients_hold_their_connections_and_wait(start):
    standin, client = start("llamacloud")
    standin.faults.next("slow_headers", seconds=60)
    waiting = threading.Thread(target=lambda: ignore_errors(client))
    waiting.start()
    while not standin.requests:
        time.sleep(0.01)
    started = time.monotonic()
    standin._server.shutdown()
    standin._server.server_close()
    waiting.join()
    assert time.monotonic() - started < 5


def ignore_errors(client: httpx.Client) -> None:
    try:
        client.get(PROJECTS)
    except httpx.HTTPError:
        pass


def test_forgetting_leaves_nothing(start):
    standin, client = start("llamacloud")
    made = client.post("/api/v1/beta/files", data={"purpose": "classify"}, files={"file": ("a.txt", b"words")}).json()
    standin.forget()
    assert client.get(f"/api/v1/beta/files/{made['id']}").status_code == 404
    assert (standin.accepted, len(standin.requests)) == ([], 1)

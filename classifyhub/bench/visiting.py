"""One person at the desk, over HTTP as a browser speaks it: log in, drop files, launch."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

AT_ONCE = 4  # as many files as the page sends at the same time
TIMEOUT = 120.0  # seconds; a busy machine is slow, not broken


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in; ``home`` is the address of their project, with its slash."""

    client: httpx.Client
    home: str

    def announce(self, expected: int) -> str:
        """Open a drop of ``expected`` files; the address of its batch."""
        answer = self.post("intake/", drop=str(uuid.uuid4()), expected=str(expected))
        return str(answer.json()["batch"])

    def send(self, batch: str, files: Iterable[bytes]) -> None:
        """Upload files, text or PDF, four at once. Raises ``httpx.HTTPStatusError`` for the first that is refused."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for sent in [threads.submit(self._send_one, batch, content) for content in files]:
                sent.result()

    def totals(self, batch: str) -> dict[str, Any]:
        """What the server says of the batch, as the tray asks for it."""
        return dict(self.client.get(batch).raise_for_status().json())

    def launch(self, batch: str, version: str) -> str:
        """Launch the batch under a version; the address of its run."""
        answer = self.post("upload/launch/", batch=batch.rstrip("/").rpartition("/")[2], version=version)
        return str(answer.headers["Location"])

    def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of the project, sent as a script of the page sends it."""
        return _checked(self.client.post(self.home + path, data=fields, headers=self._token()))

    def _send_one(self, batch: str, content: bytes) -> None:
        key = uuid.uuid4()
        ending, kind = ("pdf", "application/pdf") if content.startswith(b"%PDF") else ("txt", "text/plain")
        headers = self._token() | {"X-File-Name": f"{key.hex}.{ending}", "Content-Type": kind}
        self.client.put(f"{batch}files/{key}/", content=content, headers=headers).raise_for_status()

    def _token(self) -> dict[str, str]:
        return {"X-CSRFToken": self.client.cookies["classifyhub_csrf"]}


@contextmanager
def visiting(address: str, *, email: str, password: str) -> Iterator[Visitor]:
    """A person who has logged in through the page and is in their first project."""
    with httpx.Client(base_url=address, timeout=TIMEOUT, trust_env=False) as client:
        login = client.get("/login/").raise_for_status().request.url
        token = {"X-CSRFToken": client.cookies["classifyhub_csrf"]}
        _checked(client.post(login, data={"email": email, "password": password}, headers=token))
        home = client.get("/", follow_redirects=True).raise_for_status().url.path
        yield Visitor(client, home)


def write_letters(count: int) -> Iterator[bytes]:
    """Short letters, no two alike in the life of a desk."""
    for number in range(count):
        yield f"Dear Sir,\n\nthis is letter {number} of {time.monotonic_ns()}.\n".encode()


def wait_for(condition: Callable[[], bool], *, what: str, seconds: float = 600, every: float = 0.05) -> None:
    """Look until ``condition`` holds. Raises ``TimeoutError`` saying ``what`` did not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer to a form, which may be a redirect, unless it is an error."""
    return answer if answer.is_redirect else answer.raise_for_status()

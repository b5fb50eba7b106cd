"""A vendor on loopback that gives one answer after the other as the test wrote them down, and what it was asked."""

from __future__ import annotations

import email
import email.policy
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs

import httpx

from jobs.providers.wire import Wire
from tests.support.vendor_server import NO_TLS, Says, Seen, VendorServer, running_vendor


class ScriptedVendor:
    """``say`` puts answers in a row; ``script`` answers when none is left."""

    def __init__(self, server: VendorServer) -> None:
        self.url, self.asked = server.url, server.seen
        self.script: Callable[[Seen], Says] = lambda _seen: Says({"detail": "nothing was written down"}, 500)
        self._next: deque[Says] = deque()
        server.answer = self._answer

    def say(self, body: Any = None, status: int = 200, **fields: Any) -> None:
        raw = {"raw": body.encode()} if isinstance(body, str) else {"body": body}
        self._next.append(Says(status=status, **raw, **fields))

    def _answer(self, seen: Seen) -> Says:
        return self._next.popleft() if self._next else self.script(seen)


@contextmanager
def running_script() -> Iterator[ScriptedVendor]:
    with running_vendor() as server:
        yield ScriptedVendor(server)


@contextmanager
def wire_to(vendor: ScriptedVendor, module: Any, access: Any, *, path: str = "") -> Iterator[Wire]:
    """A wire as the desk makes one for the provider in ``module``."""
    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        yield Wire(client, base_url=vendor.url + path, headers=module.headers(access), deadline=access.deadline)


def form_of(seen: Seen) -> dict[str, bytes]:
    """The fields of a form, of either encoding."""
    if seen.headers["content-type"] == "application/x-www-form-urlencoded":
        return {name: values[0].encode() for name, values in parse_qs(seen.body.decode()).items()}
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts_of(seen)
    }


def parts_of(seen: Seen) -> list[EmailMessage]:
    """The parts of a multipart form."""
    assert seen.headers["content-type"].startswith("multipart/form-data"), seen.headers["content-type"]
    head = f"Content-Type: {seen.headers['content-type']}\r\n\r\n".encode()
    return list(email.message_from_bytes(head + seen.body, policy=email.policy.HTTP).iter_parts())

"""A vendor on loopback that says what a test wants: well, wrongly, half, or not at all."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.loopback import running_server

# Nothing on loopback is encrypted, and loading all certificates takes longer than most of these tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Seen:
    """One request as it came in: ``path`` without its query."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)

    def asked_for(self, name: str) -> list[str]:
        """All values of one name in the query."""
        return [value for key, value in self.query if key == name]


@dataclass
class Says:
    """One answer: ``body`` as JSON, or ``raw`` as it is. ``cut`` bytes of it are never sent; with ``resets`` the
    connection breaks instead, "before" anything was taken or "after"."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"
    cut: int = 0
    resets: str = ""

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


def nowhere(seen: Seen) -> Says:
    return Says({"detail": f"nothing answers {seen.method} {seen.path}"}, status=404)


@dataclass
class VendorServer:
    """``answer`` is the vendor in good health, ``seen`` every request. While there is a ``fault`` it is said in place
    of the answer to every request that ``strikes``."""

    port: int
    answer: Callable[[Seen], Says] = nowhere
    seen: list[Seen] = field(default_factory=list)
    fault: Says | None = None
    strikes: Callable[[Seen], bool] = lambda _seen: True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, fault: Says, *, on: Callable[[Seen], bool]) -> None:
        self.fault, self.strikes = fault, on

    def heal(self) -> None:
        self.fault = None

    def calls(self, of: Callable[[Seen], bool]) -> list[Seen]:
        return [seen for seen in self.seen if of(seen)]

    def reply_to(self, seen: Seen) -> Says:
        self.seen.append(seen)
        struck = self.fault if self.fault is not None and self.strikes(seen) else None
        if struck is None:
            return self.answer(seen)
        if struck.resets == "after":
            self.answer(seen)
        return struck


@contextmanager
def running_vendor() -> Iterator[VendorServer]:
    """A server of its own, gone afterwards."""
    with running_server(Handler) as server:
        server.vendor = VendorServer(server.server_port)  # type: ignore[attr-defined]
        yield server.vendor  # type: ignore[attr-defined]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def do_DELETE(self) -> None:
        self.answer()

    def answer(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if self.has_size() else self.chunks()
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, unquote(address.path), parse_qsl(address.query), headers, body)
        self.say(self.server.vendor.reply_to(seen))  # type: ignore[attr-defined]

    def has_size(self) -> bool:
        return self.headers.get("Transfer-Encoding", "") != "chunked"

    def chunks(self) -> bytes:
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def say(self, says: Says) -> None:
        if says.resets:
            # Closed with a reset instead of a good-bye.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        content = says.content()
        self.send_response(says.status)
        for name, value in says.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", says.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - says.cut])

    def log_message(self, *args: object) -> None:
        """Say nothing."""

"""The wire: HTTP/1.1 on loopback with the connection kept open, and the power to send an answer badly.

The standard library's server is used because it hands over the socket: only there can a connection be reset, or a body
be cut in the middle. An answer goes out in one piece unless a fault says otherwise.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from django.http import QueryDict

from jobs.standins.exchange import Asked, RefusedError, Said

IDLE_SECONDS = 120
LONGEST_BODY = 600 * 1024 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, no seconds: closing sends RST


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer goes out: ``said`` null is a reset. ``wait`` seconds pass before the first byte and ``drip``
    seconds between pieces of the body, of which the last share ``cut`` (0 to 1) is announced and never sent. The date
    is ``skew`` seconds off."""

    said: Said | None
    wait: float = 0
    drip: float = 0
    cut: float = 0
    skew: float = 0


class Server(ThreadingHTTPServer):
    """``answer`` decides what is said to a request; it is called from many threads at once."""

    allow_reuse_address = True
    daemon_threads = False  # so that closing waits for every thread
    request_queue_size = 1024

    def __init__(self, port: int, *, answer: Callable[[Asked], Delivery], host: str = "127.0.0.1") -> None:
        self.answer = answer
        self.is_closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((host, port), Handler)  # closes itself where the port is taken

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_port}"

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the server stands."""
        if seconds > 0:
            self.is_closing.wait(seconds)

    def note(self, connection: socket.socket, *, is_open: bool) -> None:
        """Keep an eye on a connection, to end it when the server closes: clients like to leave theirs open."""
        with self._lock:
            (self._open.add if is_open else self._open.discard)(connection)

    def server_close(self) -> None:
        self.is_closing.set()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is everyday life here; anything else is a mistake of ours and is shown."""
        import sys  # noqa: PLC0415 - looked at here only

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.note(self.connection, is_open=True)

    def finish(self) -> None:
        self.server.note(self.connection, is_open=False)
        super().finish()

    def serve(self) -> None:
        """Read one request, have it answered, send the answer."""
        asked = self._read_request()
        if asked is not None:
            self._deliver(self.server.answer(asked))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - the base class looks for these names

    def _read_request(self) -> Asked | None:
        parts = urlsplit(self.path)
        try:
            body = self._read_body()
        except RefusedError as error:
            self.close_connection = True
            self._deliver(Delivery(Said(error.status, {"detail": error.detail})))
            return None
        origin = f"http://{self.headers.get('Host', '')}"
        return Asked(self.command, parts.path, QueryDict(parts.query, encoding="utf-8"), self.headers, body, origin)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        announced = self.headers.get("Content-Length", "0")
        if not announced.isascii() or not announced.isdigit():
            raise RefusedError(400, "Content-Length is no number.")
        if int(announced) > LONGEST_BODY:
            raise RefusedError(413, "Request Entity Too Large")
        return self.rfile.read(int(announced))

    def _read_chunks(self) -> bytes:
        pieces, size = [], 0
        while length := self._read_chunk_length():
            size += length
            if size > LONGEST_BODY:
                raise RefusedError(413, "Request Entity Too Large")
            pieces.append(self.rfile.read(length))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(pieces)

    def _read_chunk_length(self) -> int:
        try:
            return int(self.rfile.readline().split(b";")[0], 16)
        except ValueError:
            raise RefusedError(400, "A chunk has no length.") from None

    def _deliver(self, delivery: Delivery) -> None:
        self.server.pause(delivery.wait)
        if delivery.said is None:
            self._reset()
            return
        body = delivery.said.to_bytes()
        sent = body[: len(body) - round(len(body) * delivery.cut)]
        head = self._head(delivery.said, len(body), skew=delivery.skew)
        if delivery.drip:
            self._drip(head, sent, delivery.drip)
        else:
            self.wfile.write(head + sent)
        if len(sent) < len(body):
            self.close_connection = True

    def _head(self, said: Said, length: int, *, skew: float) -> bytes:
        lines = [
            f"HTTP/1.1 {said.status} {_phrase(said.status)}",
            f"Date: {formatdate(time.time() + skew, usegmt=True)}",
        ]
        if said.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {length}")
        if length:
            lines.append(f"Content-Type: {said.content_type}")
        if self.close_connection:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in said.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _drip(self, head: bytes, body: bytes, pause: float) -> None:
        self.wfile.write(head)
        step = max(1, len(body) // 8)
        for start in range(0, len(body), step):
            self.server.pause(pause)
            self.wfile.write(body[start : start + step])

    def _reset(self) -> None:
        """End the connection with RST at once. The descriptor is closed by hand, for the streams around the socket
        would keep it open until they are collected."""
        self.close_connection = True
        self.server.note(self.connection, is_open=False)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(self.connection.detach())

    def log_message(self, *args: object) -> None:
        """Say nothing: ``Standin`` tells who wants to know."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""

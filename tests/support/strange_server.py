"""A web server on loopback that answers as servers out there do: well, badly, slowly, or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.support.loopback import running_server


@dataclass
class Page:
    """One answer. ``cut`` bytes of the announced body are never sent; ``drip`` seconds pass between its bytes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    drip: float = 0
    is_silent_about_size: bool = False


@dataclass
class StrangeServer:
    """``pages`` by path with its query; ``asked`` is every request, its path and headers."""

    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: bytes = b"", **fields) -> str:
        self.pages[path] = Page(body, **fields)
        return self.url(path)


@contextmanager
def running_strange_server() -> Iterator[StrangeServer]:
    """A server of its own, gone afterwards."""
    with running_server(Handler) as server:
        server.strange = StrangeServer(server.server_port)  # type: ignore[attr-defined]
        yield server.strange  # type: ignore[attr-defined]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        strange = self.server.strange  # type: ignore[attr-defined]
        strange.asked.append((self.path, dict(self.headers)))
        page = strange.pages.get(self.path, Page(status=404))
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if not page.is_silent_about_size:
            self.send_header("Content-Length", str(len(page.body) + page.cut))
        self.end_headers()
        self.send(page)

    def send(self, page: Page) -> None:
        try:
            for start in range(0, len(page.body), 1 if page.drip else 65_536):
                self.wfile.write(page.body[start : start + (1 if page.drip else 65_536)])
                time.sleep(page.drip)
        except OSError:
            return  # whoever asked has gone

    def log_message(self, *args: object) -> None:
        """Say nothing."""

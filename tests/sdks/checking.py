"""The frame in which a vendor's own SDK is put to work against a server that speaks, or should speak, its contract.

This file and the ``checks.py`` of each line run in that line's environment, where nothing of ClassifyHub is installed.
A check is written once and run with the synchronous client and with the asynchronous one. One JSON line is printed for
each: ``{"check": name, "outcome": "passed" | "failed" | "skipped", "said": text}``. What a check needs to have done at
the stand-in (a fault, a look at the requests) it asks for with a line of its own and reads the answer from stdin.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Check = Callable[["Bench"], Awaitable[None]]
CHECKS: list[tuple[str, Check]] = []

RULES = [
    {"type": "invoice", "description": "A bill that asks for payment of goods or services, with a total amount due"},
    {"type": "lease", "description": "A contract between landlord and tenant about renting premises"},
]
TYPES = [rule["type"] for rule in RULES]


class Skipped(Exception):  # noqa: N818 - names the condition
    """The check says nothing here; the text says why."""


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under a sentence of its own."""

    def register(function: Check) -> Check:
        CHECKS.append((name, function))
        return function

    return register


class Bench:
    """What checks work with: ``make_client(key=..., **options)``, the ``files`` folder, and whoever runs the server."""

    def __init__(self, make_client: Callable[..., Any], *, is_async: bool) -> None:
        self.is_async = is_async
        self.is_live = os.environ["CHECK_LIVE"] == "1"
        self.url = os.environ["CHECK_URL"]
        self.key = os.environ["CHECK_KEY"]
        self.other_key = os.environ.get("CHECK_OTHER_KEY", "")
        self.files = Path(os.environ["CHECK_FILES"])
        self.make_client = make_client
        self.client = make_client(self)

    def file(self, name: str) -> Path:
        """One of the sample documents."""
        return self.files / name

    def new_name(self, stem: str) -> str:
        """A name nobody has used, for a real account is not empty."""
        return f"{stem} {uuid.uuid4().hex[:12]}"

    async def call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call a method of either client."""
        result = method(*args, **options)
        return await result if inspect.isawaitable(result) else result

    async def walk(self, pages: Any) -> list[Any]:
        """All items of a list call of either client, from page to page."""
        if hasattr(pages, "__aiter__"):
            return [item async for item in pages]
        return list(pages)

    async def fails(self, kind: type[BaseException], method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """The error that a call must end with."""
        try:
            result = await self.call(method, *args, **options)
        except kind as error:
            return error
        raise AssertionError(f"{kind.__name__} expected, got {result!r}")

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Have something done at the stand-in. Raises ``Skipped`` where a real service answers."""
        if self.is_live:
            raise Skipped(f"Only a stand-in can be asked for this: {verb}.")
        print(json.dumps({"ask": verb, **arguments}), flush=True)
        return json.loads(sys.stdin.readline())

    def expect(self, fault: str, count: int = 1, **options: Any) -> None:
        """Let the next requests suffer ``fault``."""
        self.ask("fault", name=fault, count=count, options=options)

    def requests(self) -> list[tuple[str, str]]:
        """Method and path of every request so far."""
        return [tuple(request) for request in self.ask("requests")]


def expect(truth: Any, said: Any = "") -> None:
    """An assertion that is there under ``-O`` too and shows what it saw."""
    if not truth:
        raise AssertionError(str(said) or "not so")


def equal(found: Any, wanted: Any) -> None:
    """Both are the same."""
    expect(found == wanted, f"{found!r} is not {wanted!r}")


def main(make_client: Callable[..., Any]) -> None:
    """Run all checks with the client that CHECK_MODE names: "sync" or "async"."""
    is_async = os.environ["CHECK_MODE"] == "async"
    asyncio.run(_run_all(make_client, is_async=is_async))


async def _run_all(make_client: Callable[..., Any], *, is_async: bool) -> None:
    bench = Bench(make_client, is_async=is_async)
    for name, function in CHECKS:
        started = time.monotonic()
        outcome, said = await _run_one(function, bench)
        seconds = round(time.monotonic() - started, 2)
        print(json.dumps({"check": name, "outcome": outcome, "said": said, "seconds": seconds}), flush=True)
    await bench.call(bench.client.close)


async def _run_one(function: Check, bench: Bench) -> tuple[str, str]:
    try:
        await function(bench)
    except Skipped as reason:
        return "skipped", str(reason)
    except Exception:  # noqa: BLE001 - whatever an SDK raises is what this is here to find
        return "failed", traceback.format_exc(limit=-4)
    return "passed", ""

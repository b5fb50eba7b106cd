"""A stand-in as a whole: one vendor's contract, its state, its faults, on a port of loopback."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from jobs.standins.answering import Answering, Answers
from jobs.standins.exchange import Asked, RefusedError, Said, Verb
from jobs.standins.faults import Faults, Random
from jobs.standins.mishaps import deliver, refuse_by
from jobs.standins.serving import Delivery, Server
from jobs.standins.store import Store, Taken
from jobs.standins.vendor import Vendor
from jobs.standins.vendors import VENDORS
from jobs.standins.working import Work

_LAST_ASKED, _LARGEST_KEPT = 1_000, 65_536


class Standin:
    """A running stand-in. ``requests`` is every request so far as (method, path), ``asked`` the last of them
    with all but large bodies, ``accepted`` every document that was accepted, ``faults`` what goes wrong."""

    def __init__(self, vendor: Vendor, server: Server, faults: Faults, *, key: str, latency: float) -> None:
        self.vendor = vendor
        self.faults = faults
        self.key = key
        self.latency = latency
        self.requests: list[tuple[str, str]] = []
        self.asked: deque[Asked] = deque(maxlen=_LAST_ASKED)
        self._server = server
        server.answer = self._answer

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """What a connection or an SDK is given."""
        return self.url + self.vendor.base_path

    @property
    def store(self) -> Store:
        """What it knows."""
        return self.vendor.store

    @property
    def accepted(self) -> list[Taken]:
        """Every document that was accepted to be classified, in order; a repeat under a known key is none."""
        return self.store.accepted

    def forget(self) -> None:
        """Everything: jobs, documents, what was asked and accepted."""
        self.vendor.forget()
        self.requests.clear()
        self.asked.clear()

    def _answer(self, asked: Asked) -> Delivery:
        self.requests.append((asked.method, asked.path))
        self.asked.append(asked)
        delivery = self._decide(asked)
        if len(asked.body) > _LARGEST_KEPT:
            asked.body = b""
        return replace(delivery, skew=delivery.skew + self.store.skew)

    def _decide(self, asked: Asked) -> Delivery:
        try:
            asked.kind, verb, parts = self.vendor.routes.find(asked.method, asked.path)
        except RefusedError as error:
            return Delivery(self.vendor.say_error(error))
        asked.mishap = struck = self.faults.pick(asked.kind)
        if struck is not None and struck.fault.when == "before":
            return refuse_by(struck, asked, self.vendor, wait=self.latency)
        return deliver(self._run(verb, asked, parts), struck, self.vendor, wait=self.latency)

    def _run(self, verb: Verb, asked: Asked, parts: dict[str, str]) -> Said:
        try:
            self.vendor.let_in(asked)
            return verb(asked, **parts)
        except RefusedError as error:
            return self.vendor.say_error(error)
        except Exception:  # noqa: BLE001 - ours, not the client's: shown here, and to the client what a vendor says then
            traceback.print_exc()
            return self.vendor.say_error(RefusedError(500, "Internal Server Error"))


@contextmanager
def running_standin(
    name: str,
    *,
    answers: Answers = "engine",
    faults: Random | None = None,
    key: str = "",
    other_keys: Sequence[str] = (),
    host: str = "127.0.0.1",
    port: int = 0,
    latency: float = 0,
    thinks: float = 0,
    skew: float = 0,
    **settings: Any,
) -> Iterator[Standin]:
    """A stand-in for the vendor ``name`` (one of ``VENDORS``), gone afterwards.

    ``answers`` come from the engine, from the quick rule, or from a callable. Every answer over the wire takes
    ``latency`` seconds and every job ``thinks`` seconds; the vendor's clock is ``skew`` seconds off. ``other_keys`` are
    good too, each for a project of its own; ``settings`` are the vendor's (see its class)."""
    kind = VENDORS[name]
    with ExitStack() as stack:
        server = Server(port, answer=_say_nothing, host=host)
        stack.callback(server.server_close)
        store = Store(skew=skew)
        stack.callback(store.close)
        work = Work(store, Answering(answers), thinks=thinks)
        stack.callback(work.close)
        troubles = Faults(name, faults)
        keys = (key or kind.usual_key, *other_keys)
        vendor = kind(keys=keys, store=store, work=work, faults=troubles, **settings)
        stack.callback(vendor.close)
        standin = Standin(vendor, server, troubles, key=keys[0], latency=latency)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"standin-{name}")
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield standin


def _say_nothing(_asked: Asked) -> Delivery:
    return Delivery(None)

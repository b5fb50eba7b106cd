"""Everything that can go wrong at a vendor, by name: scripted one by one, or at random from a seed.

``TABLE`` is the list; ``manage.py standin`` prints it. A fault strikes before the vendor's own verb runs, so that
nothing was accepted; or after it, so that the answer alone suffers; or when a webhook is sent.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after", "webhook"]
ANY: frozenset[str] = frozenset()
_JOB = frozenset({"poll", "list", "submit"})


@dataclass(frozen=True, slots=True)
class Fault:
    """``does`` in words; ``on`` the kinds of request it can strike (empty: all); ``vendors`` likewise. A client in good
    health gets over a ``is_transient`` one without losing a document or paying twice."""

    does: str
    when: When
    is_transient: bool = False
    status: int = 0
    on: frozenset[str] = ANY
    vendors: frozenset[str] = ANY


def _says(status: int, does: str, *, is_transient: bool = False) -> Fault:
    return Fault(f"answers {status}: {does}", "before", is_transient, status)


_OPENAI = frozenset({"openai"})
_LLAMA = frozenset({"llamacloud"})
_SUBMIT = frozenset({"submit"})

TABLE: Mapping[str, Fault] = {
    "400": _says(400, "refused as malformed"),
    "401": _says(401, "the key is unknown"),
    "402": _says(402, "the credit is used up"),
    "403": _says(403, "the key may not do this"),
    "404": _says(404, "not found, this once"),
    "408": _says(408, "the request took too long to come in", is_transient=True),
    "409": _says(409, "in conflict with something else", is_transient=True),
    "413": _says(413, "too large"),
    "422": _says(422, "a field is refused"),
    "429": _says(429, "too many requests, with Retry-After (option retry_after, 1 s)", is_transient=True),
    "429_bare": _says(429, "too many requests, without Retry-After", is_transient=True),
    "500": _says(500, "a fault", is_transient=True),
    "502": _says(502, "a gateway found nobody behind it; HTML", is_transient=True),
    "503": _says(503, "busy, with Retry-After (option retry_after, 1 s)", is_transient=True),
    "502_after": Fault("takes the request, then a gateway answers 502 in its place", "after", True, 502),
    "slow_headers": Fault("waits before the first byte (option seconds, 1)", "after", True),
    "slow_body": Fault("sends the body in pieces with pauses (option seconds, 1, in all)", "after", True),
    "reset_before": Fault("resets the connection; nothing was accepted", "before", True),
    "reset_after": Fault("takes the request, then resets the connection", "after", True),
    "truncated": Fault("announces the whole body and sends half of it", "after", True),
    "malformed": Fault("sends half of the JSON as if it were all", "after", True),
    "wrong_type": Fault("sends the right JSON as text/html", "after", True),
    "web_page": Fault("sends a web page with status 200 in place of the answer", "after", True),
    "extra_fields": Fault("adds fields that nobody knows", "after", True),
    "missing_fields": Fault("leaves fields out (option fields; else status and result)", "after"),
    "unknown_status": Fault("names a status that is in no documentation", "after", on=_JOB),
    "clock_skew": Fault("is off by some time in every date (option seconds, a day)", "after", True),
    "gone": Fault("forgets the job that is asked for: 404 from now on", "before", on=frozenset({"poll", "results"})),
    "expired": Fault("says the job is through, without the result", "after", on=frozenset({"poll", "list", "results"})),
    "empty_page": Fault("gives a page without items that points to the next", "after", True, on=frozenset({"list"})),
    "webhook_lost": Fault("does not send the webhook", "webhook", True, vendors=_LLAMA),
    "webhook_twice": Fault("sends the webhook twice", "webhook", True, vendors=_LLAMA),
    "webhook_late": Fault("sends the webhook after the next one", "webhook", True, vendors=_LLAMA),
    "webhook_forged": Fault("signs the webhook with another secret", "webhook", vendors=_LLAMA),
    "webhook_stranger": Fault("reports on a job that nobody knows", "webhook", vendors=_LLAMA),
    "no_schema": Fault("answers 400 when a schema is asked for", "before", status=400, on=_SUBMIT, vendors=_OPENAI),
    "too_long": Fault(
        "answers 400: longer than the model's context", "before", status=400, on=_SUBMIT, vendors=_OPENAI
    ),
    "fenced": Fault("thinks aloud, then puts the JSON in a code fence", "after", on=_SUBMIT, vendors=_OPENAI),
    "cut_short": Fault("stops in the middle: finish_reason length", "after", on=_SUBMIT, vendors=_OPENAI),
    "silent": Fault("says nothing: empty content, finish_reason length", "after", on=_SUBMIT, vendors=_OPENAI),
    "outside_rules": Fault("answers with a type that is no rule's", "after", on=_SUBMIT, vendors=_OPENAI),
    "invented_quote": Fault("quotes what does not stand in the document", "after", on=_SUBMIT, vendors=_OPENAI),
    "says": Fault("answers with the text given as option content", "after", on=_SUBMIT, vendors=_OPENAI),
}
TRANSIENT = tuple(name for name, fault in TABLE.items() if fault.is_transient)


@dataclass(frozen=True, slots=True)
class Random:
    """Faults at random: ``share`` of the requests (and webhooks) suffer one of ``names``, as ``seed`` has it."""

    seed: int
    share: float = 0.3
    names: tuple[str, ...] = TRANSIENT


@dataclass(slots=True)
class Struck:
    """A fault at work, with the options it was called with."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fault(self) -> Fault:
        """What it is."""
        return TABLE[self.name]


@dataclass(slots=True)
class _Scripted:
    name: str
    left: int
    on: frozenset[str]
    options: Mapping[str, Any]


class Faults:
    """What will go wrong with one stand-in, and in ``counts`` what has. Scripted faults come first, in their order;
    each waits for the first request that it fits."""

    def __init__(self, vendor: str, dice: Random | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.requests = 0
        self._vendor = vendor
        self._script: deque[_Scripted] = deque()
        self._lock = threading.Lock()
        self._share = 0.0
        if dice is not None:
            self.start(dice)

    def next(self, name: str, count: int = 1, *, on: str | Iterable[str] = (), **options: Any) -> None:
        """Let the next ``count`` requests suffer ``name``; of the kinds ``on`` alone, where given."""
        fault = TABLE[name]
        if fault.vendors and self._vendor not in fault.vendors:
            raise ValueError(f"{self._vendor} knows no fault {name}.")
        kinds = frozenset({on} if isinstance(on, str) else on) or fault.on
        with self._lock:
            self._script.append(_Scripted(name, count, kinds, options))

    def start(self, dice: Random) -> None:
        """Let things go wrong at random from now on."""
        with self._lock:
            self._random, self._names, self._share = random.Random(dice.seed), dice.names, dice.share  # noqa: S311 - dice

    def stop(self) -> None:
        """Let all go well from now on, whatever was planned."""
        with self._lock:
            self._script.clear()
            self._share = 0.0

    def pick(self, kind: str, *, webhook: bool = False) -> Struck | None:
        """What this request of ``kind`` (or this webhook) suffers, if anything."""
        with self._lock:
            self.requests += not webhook
            struck = self._pick_scripted(kind, webhook=webhook) or self._pick_random(kind, webhook=webhook)
            if struck is not None:
                self.counts[struck.name] += 1
            return struck

    def _pick_scripted(self, kind: str, *, webhook: bool) -> Struck | None:
        for scripted in self._script:
            if self._fits(scripted.name, scripted.on, kind, webhook=webhook):
                scripted.left -= 1
                if not scripted.left:
                    self._script.remove(scripted)
                return Struck(scripted.name, scripted.options)
        return None

    def _pick_random(self, kind: str, *, webhook: bool) -> Struck | None:
        if not self._share or self._random.random() >= self._share:
            return None
        fitting = [name for name in self._names if self._fits(name, TABLE[name].on, kind, webhook=webhook)]
        return Struck(self._random.choice(fitting)) if fitting else None

    def _fits(self, name: str, on: frozenset[str], kind: str, *, webhook: bool) -> bool:
        fault = TABLE[name]
        is_ours = not fault.vendors or self._vendor in fault.vendors
        return is_ours and webhook == (fault.when == "webhook") and (webhook or not on or kind in on)

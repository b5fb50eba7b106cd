"""A provider that answers what it is told to, from this process: for tests and benchmarks, never offered to people.

Options: ``type`` (default: the first rule's), ``confidence`` (default 0.9), ``waits`` (polls before the answer; without
it the answer comes in ``submit``), ``error`` (a ``Reason``) with ``transient``. What is accepted is kept in a folder of
its own, one file per idempotency key, so that several worker processes see one provider.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from classifyhub.engine.model import Answer, Candidate
from jobs.providers.base import (
    Accepted,
    Outcome,
    Pending,
    RejectedError,
    Reply,
    Request,
    StillWaiting,
    UnavailableError,
)


class EchoProvider:
    """Idempotent by key; ``folder`` is its memory."""

    def __init__(self, *, folder: Path) -> None:
        self.folder = folder

    def submit(self, request: Request) -> Accepted | Reply:
        options = dict(request.options)
        self._fail_if_told(options)
        reply = _answer(options, request)
        if not options.get("waits"):
            return Reply(answer=reply, pages_read=1, raw={"echo": True})
        remote_id = sha256(request.idempotency_key.encode()).hexdigest()[:32]
        self._accept(remote_id, {"answer": reply.to_json(), "waits": int(options["waits"])})
        return Accepted(remote_id=remote_id)

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        return {one.request.idempotency_key: self._look(one.remote_id) for one in pending}

    def find(self, idempotency_key: str) -> Accepted | None:
        remote_id = sha256(idempotency_key.encode()).hexdigest()[:32]
        return Accepted(remote_id=remote_id) if (self.folder / remote_id).exists() else None

    def cancel(self, remote_id: str) -> None:
        (self.folder / remote_id).unlink(missing_ok=True)

    def _fail_if_told(self, options: Mapping[str, Any]) -> None:
        if not options.get("error"):
            return
        kind = UnavailableError if options.get("transient") else RejectedError
        raise kind("told to fail", reason=options["error"], retry_after=options.get("retry_after"))

    def _accept(self, remote_id: str, record: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(self.folder / remote_id, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return  # the same key again: the first acceptance stands
        with os.fdopen(descriptor, "w") as file:
            json.dump(record, file)

    def _look(self, remote_id: str) -> Outcome:
        path = self.folder / remote_id
        if not path.exists():
            return RejectedError("unknown remote id", reason="rejected")
        record = json.loads(path.read_text())
        if record["waits"] > 1:
            path.write_text(json.dumps({**record, "waits": record["waits"] - 1}))
            return StillWaiting()
        return Reply(answer=Answer.from_json(record["answer"]), pages_read=1, raw={"echo": True})


def _answer(options: Mapping[str, Any], request: Request) -> Answer:
    type_name = options.get("type", request.rules[0].type if request.rules else None)
    confidence = options.get("confidence", 0.9)
    candidates = tuple(
        Candidate(rule.type, confidence if rule.type == type_name else 0.05) for rule in request.rules[:20]
    )
    return Answer(type=type_name, confidence=confidence, reasoning="Echo.", candidates=candidates, engine="echo/1")

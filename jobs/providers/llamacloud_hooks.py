"""Reading what LlamaCloud reports about its jobs. A report only says "look at this job now": the answer itself is
always fetched with our own key, so nobody can slip one in.

Header ``LC-Signature: sha256=<hex>``, HMAC-SHA256 over the raw body. The payload has no published schema, and comes as
an object or as a text that holds one; so it is read with patience.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from classifyhub.text import clean_line, clean_text

SIGNATURE_HEADER = "LC-Signature"
LONGEST_BODY = 64 * 1024
# Events after which a job changes no more.
FINAL_EVENTS = frozenset({"classify.success", "classify.partial_success", "classify.error", "classify.cancelled"})
_PREFIX = "sha256="
_DEEPEST = 3  # texts within texts
_JOB_KEYS = ("job_id", "classify_job_id", "id")


class RefusedHookError(ValueError):
    """A body that reports nothing; the text says why, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a vendor reports: ``event_id`` is the same each time the same report is sent; ``job_id`` is the vendor's."""

    event_id: str
    event_type: str
    job_id: str

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self.event_type in FINAL_EVENTS


def verify(raw: bytes, header: str, secret: str) -> bool:
    """Whether ``raw`` was signed with ``secret``, compared in constant time. Without a secret nothing is genuine."""
    if not secret or not header.startswith(_PREFIX):
        return False
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    given = header.removeprefix(_PREFIX).strip().lower()
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def parse(raw: bytes) -> Report:
    """The report in a body whose signature is right. Raises ``RefusedHookError``."""
    event = _read(raw)
    job_id = next(_job_ids(event), "")
    if not job_id:
        raise RefusedHookError("The report names no job.")
    event_type = event.get("event_type") or event.get("type") or event.get("event")
    given = event.get("event_id")
    return Report(
        # One that carries no id of its own is known by its bytes, which a repetition repeats.
        event_id=clean_line(str(given), max_length=200) if given else f"sha256:{hashlib.sha256(raw).hexdigest()}",
        event_type=clean_line(str(event_type or ""), max_length=100),
        job_id=job_id,
    )


def _read(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > LONGEST_BODY:
        raise RefusedHookError("The report is too long.")
    found: Any = raw
    for _layer in range(_DEEPEST):
        if not isinstance(found, (str, bytes)):
            break
        try:
            found = json.loads(found)
        except (ValueError, RecursionError) as error:
            raise RefusedHookError("The report is no JSON.") from error
    if not isinstance(found, dict):
        raise RefusedHookError("The report is not an object.")
    return found


def _job_ids(event: Mapping[str, Any]) -> Iterator[str]:
    """What may be the job's id: in ``data``, in a ``job`` inside it, or beside the event's own fields. A bare ``id`` at
    the top is the event's."""
    data = _object(event.get("data"))
    places = (
        (_object(data.get("job")), _JOB_KEYS),
        (data, _JOB_KEYS),
        (_object(event.get("job")), _JOB_KEYS),
        (event, _JOB_KEYS[:2]),
    )
    for place, keys in places:
        for key in keys:
            value = place.get(key)
            if isinstance(value, str) and 0 < len(value) <= 200:
                yield clean_text(value)


def _object(value: Any) -> Mapping[str, Any]:
    """``data`` may itself be a text that holds an object."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}

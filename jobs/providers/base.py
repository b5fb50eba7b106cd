"""What every provider takes and gives, and how it fails.

::

    ProviderError
    ├── UnavailableError        transient: down, rate limited, timed out; may carry Retry-After
    ├── RejectedError           this document: encrypted, unreadable, too large, a format it does not take
    ├── MisconfiguredError      our key, credit or settings; every other document would fail alike
    └── ContractBrokenError     a reply nobody understands

Each error keeps the vendor's request id where one came back. A provider makes one call and never retries: when to try
again is decided in ``jobs.pipeline`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from classifyhub.engine.model import Answer, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One document to be classified. ``path`` holds its bytes; ``idempotency_key`` is job uid + submission number."""

    idempotency_key: str
    path: Path
    name: str
    media_type: str
    sha256: str
    rules: tuple[Rule, ...]
    mode: str = "FAST"
    lang: str = "en"
    max_pages: int | None = None
    target_pages: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the document and thinks about it; ask again with ``remote_id``."""

    remote_id: str
    vendor_request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A final answer. ``credits`` null: the vendor did not say. ``is_derived``: the document's answer was made by us
    from its pages' answers. ``raw`` is what came over the wire, JSON. ``lesson`` is what the engine on this machine is
    to remember once a person decides, JSON; nobody else gives one."""

    answer: Answer
    pages_read: int | None = None
    credits: float | None = None
    vendor_request_id: str = ""
    is_derived: bool = False
    raw: Mapping[str, Any] | None = None
    lesson: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWaiting:
    """Not decided yet; ``retry_after`` seconds where the vendor asks for it."""

    retry_after: float | None = None


class ProviderError(Exception):
    """A call that gave no answer. ``reason`` is one of ``jobs.models.Reason``; the text says what was found.

    ``was_sent`` is null when nobody knows whether the provider took the document: the connection broke after the
    request went out and before an answer came."""

    is_transient = False

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        retry_after: float | None = None,
        vendor_request_id: str = "",
        was_sent: bool | None = False,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        self.vendor_request_id = vendor_request_id
        self.was_sent = was_sent


class UnavailableError(ProviderError):
    """Try again later."""

    is_transient = True


class RejectedError(ProviderError):
    """This document will not be classified, however often it is sent."""


class MisconfiguredError(ProviderError):
    """The connection must be mended first."""


class ContractBrokenError(ProviderError):
    """The reply does not fit the contract."""


Outcome = Reply | StillWaiting | ProviderError


class Provider(Protocol):
    """One classify API. Synchronous ones answer in ``submit`` and are never polled."""

    def submit(self, request: Request) -> Accepted | Reply:
        """Send one document. Raises ``ProviderError``."""

    def poll(self, remote_ids: Sequence[str]) -> Mapping[str, Outcome]:
        """Ask for up to 100 at once; every id asked for has an outcome. Raises ``ProviderError`` when the call as a
        whole failed."""

    def find(self, idempotency_key: str) -> Accepted | None:
        """What was accepted under this key, where the API can say so; none when it was not, or cannot."""

    def cancel(self, remote_id: str) -> None:
        """Stop it where the API can; does nothing where it cannot."""

"""What every provider takes and gives, and how it fails.

::

    ProviderError
    ├── UnavailableError        transient: down, rate limited, timed out; may carry Retry-After
    │   ├── HeldBackError       not even asked: our own limit or an open circuit; costs no attempt
    │   └── WrongAddressError   something else answers there: a matter of the connection, not of any document
    ├── RejectedError           this document: encrypted, unreadable, too large, a format it does not take
    ├── MisconfiguredError      our key, credit or settings; every other document would fail alike
    └── ContractBrokenError     a reply nobody understands

Each error keeps the vendor's request id where one came back. A provider makes one call and never retries: when to try
again is decided in ``jobs.pipeline`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from classifyhub.engine.model import Answer, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One document to be classified. ``path`` holds its bytes; ``idempotency_key`` is job uid + submission number.

    ``page_count`` is null where nobody counted. ``target_pages`` and all page numbers are the file's own, 1-based.
    ``source_url`` is where the document was fetched from, for vendors that fetch by themselves when ``options`` say so.
    ``uploaded`` is the vendor's id of a copy that an earlier attempt sent; who sends one says so through
    ``note_upload`` at once, so that a crash afterwards leaves no copy that nobody knows of. ``saved_preset`` is the
    vendor's id of these rules, where they are kept there; ``note_preset_lost`` is told where they no longer are."""

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
    page_count: int | None = None
    source_url: str = ""
    uploaded: str = ""
    note_upload: Callable[[str], None] = field(default=lambda _remote_id: None, repr=False, compare=False)
    saved_preset: str = ""
    note_preset_lost: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A document that a provider has accepted under ``remote_id``, as it was asked for. Several may share one id."""

    remote_id: str
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the document and thinks about it; ask again with ``remote_id``. ``refused`` are the documents
    of a group that it did not take, by idempotency key. ``quota_left`` is what the account may still use, in the
    vendor's own units, where it says so."""

    remote_id: str
    vendor_request_id: str = ""
    refused: Mapping[str, ProviderError] = field(default_factory=dict)
    quota_left: int | None = None


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
    request went out and before an answer came. ``status`` is what the vendor answered over HTTP, null where it did
    not."""

    is_transient = False

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        retry_after: float | None = None,
        vendor_request_id: str = "",
        was_sent: bool | None = False,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        self.vendor_request_id = vendor_request_id
        self.was_sent = was_sent
        self.status = status


class UnavailableError(ProviderError):
    """Try again later."""

    is_transient = True


class HeldBackError(UnavailableError):
    """Nothing was sent: this connection's own limits say to wait ``retry_after`` seconds."""


class WrongAddressError(UnavailableError):
    """What answers at the connection's address is not this API. ``status`` below 300 where it is a web page."""


class RejectedError(ProviderError):
    """This document will not be classified, however often it is sent."""


class MisconfiguredError(ProviderError):
    """The connection must be mended first."""


class ContractBrokenError(ProviderError):
    """The reply does not fit the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What lies at a vendor under a key of ours: its ids of files and of jobs."""

    files: Sequence[str] = ()
    jobs: Sequence[str] = ()


Span = tuple[datetime, datetime]
Outcome = Reply | StillWaiting | ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What a test of a connection found: ``said`` in a few words for people, ``credits`` left where the vendor says."""

    said: str
    credits: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where a vendor may report that a job has ended, and the secret it signs the report with."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach one vendor: ``base_url`` empty for its usual host, ``options`` as a connection keeps them, ``hook``
    null where the desk cannot be reached from outside. ``deadline`` is how long one answer may take, in seconds."""

    base_url: str = ""
    secret: str = field(default="", repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    deadline: float = 300
    hook: Hook | None = None


class Provider(Protocol):
    """One classify API. Synchronous ones answer in ``submit`` and are never polled."""

    def submit(self, request: Request) -> Accepted | Reply:
        """Send one document. Raises ``ProviderError``."""

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        """Ask for up to 100 at once; outcomes by the request's idempotency key, one for every document asked for.
        Raises ``ProviderError`` when the call as a whole failed."""

    def find(self, idempotency_key: str) -> Accepted | None:
        """What was accepted under this key, where the API can say so; none when it was not, or cannot."""

    def cancel(self, remote_id: str) -> None:
        """Stop it where the API can; does nothing where it cannot."""


class RemoteProvider(Provider, Protocol):
    """What a provider on the other side of a wire can do beside. Each verb does nothing where the API has none."""

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        """Remove the vendor's job and its copy of the document; either may be empty. Gone already is well."""

    def test(self) -> Checkup:
        """The cheapest call that proves address, key and credit. Raises ``ProviderError``."""


class ListingProvider(RemoteProvider, Protocol):
    """An API that can be asked what it has under a key of ours (``Capabilities.lists_by_key``)."""

    def find_left(self, idempotency_key: str, *, between: Span | None) -> Left:
        """What came there under this key, also where no answer to it came back; jobs, where the API can delete any,
        among those made ``between`` two moments, none without these. Raises ``ProviderError``, also where not all of
        them could be looked through."""


class GroupProvider(RemoteProvider, Protocol):
    """An API that takes many documents in one call (``Capabilities.group_size``)."""

    def submit_group(self, requests: Sequence[Request]) -> Accepted:
        """Send documents that share rules and options as one job. Raises ``ProviderError`` when none was taken."""


class SavingProvider(RemoteProvider, Protocol):
    """An API that keeps rules under a name (``Capabilities.saves_presets``)."""

    def save_preset(self, name: str, request: Request) -> str:
        """Keep the rules and options of ``request`` under ``name``, in place of what was there; the vendor's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as it went, for health and metrics. ``reason`` is empty when the vendor answered as it should."""

    verb: str
    seconds: float
    status: int | None = None
    reason: str = ""
    said: str = ""
    retry_after: float | None = None

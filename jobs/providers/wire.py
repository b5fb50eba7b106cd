"""One HTTP call to a vendor: sent once, timed, and every way it can fail put into words.

What matters most about a failure is whether the vendor may have taken the document. It has not where no connection came
about or the vendor said no; nobody knows where the connection broke after the request went out, or where a gateway
spoke in the vendor's place.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import httpx

from classifyhub.text import clean_line
from jobs.providers.base import (
    Call,
    ContractBrokenError,
    MisconfiguredError,
    ProviderError,
    RejectedError,
    UnavailableError,
    WrongAddressError,
)
from jobs.providers.concurrent import at_home, held_at_home

CONNECT_SECONDS = 5
CALL_SECONDS = 60
LONGEST_BODY = 32 * 1024 * 1024
LONGEST_WAIT = 3_600  # seconds; whoever asks for more is asked again after an hour
SHORTEST_KEY = 8  # what is shorter may be a word of the text that it would be cut out of
_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")
_NOT_THIS_API = frozenset({300, 301, 302, 303, 307, 308, 405})
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html)\b", re.IGNORECASE)
# Said before anything was taken. Any other fault may come from whoever stands in between, with the document taken.
_NOTHING_TAKEN = frozenset({408, 409, 425, 429, 503})
_MEANINGS: Mapping[int, tuple[type[ProviderError], str]] = {
    401: (MisconfiguredError, "bad_credentials"),
    402: (MisconfiguredError, "out_of_credit"),
    403: (MisconfiguredError, "bad_credentials"),
    408: (UnavailableError, "unavailable"),
    409: (UnavailableError, "unavailable"),
    413: (RejectedError, "too_large"),
    425: (UnavailableError, "unavailable"),
    429: (UnavailableError, "rate_limited"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A 2xx reply. ``body`` is the JSON, null where there was none."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def request_id(self) -> str:
        """What the vendor calls this call, to be quoted to its support; empty where it does not say."""
        return next((self.headers[name][:200] for name in _REQUEST_IDS if name in self.headers), "")

    def object(self) -> dict[str, Any]:
        """The body as an object. Raises ``ContractBrokenError``."""
        if not isinstance(self.body, dict):
            raise ContractBrokenError("The answer is not an object.", reason="contract_broken")
        return self.body


class Gate(Protocol):
    """Lets calls through as a connection's limits allow. Raises ``HeldBackError`` on entry."""

    def __call__(self) -> AbstractContextManager[None]: ...


def _open() -> AbstractContextManager[None]:
    return nullcontext()


class Wire:
    """Calls to one base URL with one key. Safe to use from several threads; redirects are not followed, for they would
    take the key elsewhere."""

    def __init__(
        self,
        client: httpx.Client,
        *,
        base_url: str,
        headers: Mapping[str, str],
        gate: Gate = _open,
        note: Callable[[Call], None] = lambda _call: None,
        deadline: float = CALL_SECONDS,
        patience: float | None = None,
        label: str = "the provider",
    ) -> None:
        """``patience`` is how many seconds all calls together may take from now on, where a person waits for them."""
        self._client = client
        self._base = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "ClassifyHub", **headers}
        self._auth = [key for value in headers.values() if len(key := value.split(" ")[-1]) >= SHORTEST_KEY]
        self._gate = gate
        self._note = note
        self._deadline = deadline
        self._ends_at = math.inf if patience is None else time.monotonic() + patience
        self._label = label

    def get(self, path: str, *, params: Sequence[tuple[str, str]] = (), is_fixed: bool = False) -> Answered:
        """Read something. Raises ``ProviderError``."""
        return self.call("GET", path, params=list(params), is_fixed=is_fixed)

    def delete(self, path: str, *, params: Sequence[tuple[str, str]] = ()) -> None:
        """Remove something; gone already is well. Raises ``ProviderError``."""
        self.call("DELETE", path, params=list(params), ignores=(404,))

    def call(
        self,
        method: str,
        path: str,
        *,
        takes_document: bool = False,
        is_fixed: bool = False,
        ignores: Sequence[int] = (),
        seconds: float | None = None,
        **content: Any,
    ) -> Answered:
        """One call, never repeated. ``takes_document``: it is the one that may be billed, so a failure says whether it
        may have arrived. ``is_fixed``: every server of this API has that path, so 404 means that this is none.
        ``ignores`` are statuses taken for an empty answer; ``seconds`` is the deadline of this call where it is another
        than the wire's; ``content`` goes to httpx (``params`` as pairs, ``json``, ``data``,
        ``files``). Raises ``ProviderError``."""
        url, deadline = self._base + path, self._time_left(seconds or self._deadline)
        with held_at_home(self._gate()):
            started = time.monotonic()
            try:
                timeout = httpx.Timeout(deadline, connect=min(deadline, CONNECT_SECONDS))
                request = self._client.build_request(method, url, headers=self._headers, timeout=timeout, **content)
                response, raw = self._send(request, unknown=None if takes_document else False, deadline=deadline)
                answered = self._understand(
                    response, raw, takes_document=takes_document, is_fixed=is_fixed, ignores=ignores
                )
            except ProviderError as error:
                error.args = (self._hide_key(str(error)),)
                self._report(_failed(method, time.monotonic() - started, error))
                raise
            self._report(Call(verb=method, seconds=time.monotonic() - started, status=answered.status))
            return answered

    def _time_left(self, deadline: float) -> float:
        left = min(deadline, self._ends_at - time.monotonic())
        if left <= 0:
            raise UnavailableError("The provider did not answer in time.", reason="timed_out", was_sent=False)
        return left

    def _understand(
        self, response: httpx.Response, raw: bytes, *, takes_document: bool, is_fixed: bool, ignores: Sequence[int]
    ) -> Answered:
        headers = {name.lower(): value for name, value in response.headers.items()}
        answered = Answered(response.status_code, _parse(raw), headers)
        if answered.status in ignores:
            return answered
        if answered.status in _NOT_THIS_API or (is_fixed and answered.status == HTTPStatus.NOT_FOUND):
            raise self.wrong_address(answered.status, explain(answered.body, b""), answered.request_id)
        if not response.is_success:
            raise error_for(answered, raw, takes_document=takes_document)
        if raw and answered.body is None:
            raise self._unreadable(answered, raw, was_sent=None if takes_document else False)
        return answered

    def wrong_address(self, status: int, said: str, request_id: str = "", *, hint: str = "") -> WrongAddressError:
        """What answers there has taken nothing. ``said`` are its own words."""
        heard = f"{status}: {said}" if said else str(status)
        return WrongAddressError(
            f"This address does not answer like {self._label} ({heard}). Is the base URL right?{hint}",
            reason="unavailable",
            vendor_request_id=request_id,
            status=status,
        )

    def _unreadable(self, answered: Answered, raw: bytes, *, was_sent: bool | None) -> UnavailableError:
        """No JSON: a web page, as a proxy or the wrong host gives, or an answer that broke off. Whether the vendor has
        taken the document is as unknown in either case."""
        is_page = bool(_WEB_PAGE.match(raw))
        page = f"This address answers with a web page, not like {self._label}. Is the base URL right?"
        return (WrongAddressError if is_page else UnavailableError)(
            page if is_page else "The provider's answer was cut off or is no JSON.",
            reason="contract_broken",
            vendor_request_id=answered.request_id,
            was_sent=was_sent,
            status=answered.status,
        )

    def _hide_key(self, said: str) -> str:
        """Some vendors repeat the key that they refuse, and what they say is stored and shown."""
        for value in self._auth:
            said = said.replace(value, "…")
        return said

    def _report(self, call: Call) -> None:
        at_home(lambda: self._note(call))

    def _send(self, request: httpx.Request, *, unknown: bool | None, deadline: float) -> tuple[httpx.Response, bytes]:
        ends_at = time.monotonic() + deadline
        try:
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                return response, _read(response, ends_at=ends_at)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise UnavailableError(_say_unreachable(error, request.url.host), reason="unavailable") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            said = "The provider did not answer in time."
            raise UnavailableError(said, reason="timed_out", was_sent=unknown) from error
        except httpx.HTTPError as error:
            said = "The connection to the provider broke."
            raise UnavailableError(said, reason="unavailable", was_sent=unknown) from error


def _failed(verb: str, seconds: float, error: ProviderError) -> Call:
    return Call(verb=verb, seconds=seconds, reason=error.reason, said=str(error), retry_after=error.retry_after)


def _read(response: httpx.Response, *, ends_at: float) -> bytes:
    """The whole body within the deadline, which httpx only counts between two pieces."""
    pieces, size = [], 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > LONGEST_BODY:
            raise httpx.DecodingError("The answer is too long.")
        if time.monotonic() > ends_at:
            raise TimeoutError
        pieces.append(piece)
    return b"".join(pieces)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def error_for(answered: Answered, raw: bytes, *, takes_document: bool) -> ProviderError:
    """What a refusal means for the document, the connection or the moment."""
    status, said = answered.status, explain(answered.body, raw)
    kind, reason = _meaning(status)
    return kind(
        f"The provider answered {status}" + (f": {said}" if said else "."),
        reason=reason,
        retry_after=retry_after(answered.headers) or _wait_in(answered.body),
        vendor_request_id=answered.request_id,
        was_sent=None if takes_document and kind is UnavailableError and status not in _NOTHING_TAKEN else False,
        status=status,
    )


def _meaning(status: int) -> tuple[type[ProviderError], str]:
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError, "unavailable"
    return RejectedError, "rejected"


def explain(body: Any, raw: bytes) -> str:
    """The reason in an error body, as the vendors write them: ``detail`` as text, list or object, ``message``,
    ``error``; else the text itself. One line of at most 300 characters."""
    found = _find_words(body) if isinstance(body, dict) else ""
    text = found or ("" if isinstance(body, (dict, list)) else raw[:2_000].decode("utf-8", "replace"))
    return clean_line(text, max_length=300)


def _find_words(body: Mapping[str, Any]) -> str:
    for key in ("detail", "message", "error"):
        value = body.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, dict):
            return _find_words(value)
        if isinstance(value, list):
            return "; ".join(filter(None, map(_say_field, value)))
    return ""


def _say_field(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    place = ".".join(str(part) for part in item.get("loc", ()) if part not in {"body", "query"})
    return f"{place}: {item.get('msg', '')}" if place else str(item.get("msg", ""))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the vendor asks (``Retry-After`` in seconds or as a date, ``retry-after-ms``); none where it
    does not say or says nonsense."""
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            seconds = _read_wait(headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None


def _wait_in(body: Any) -> float | None:
    """The same where the vendor says it in the body only: ``retry_after`` of the error or of its details."""
    for key in ("error", "details"):
        body = body.get(key, body) if isinstance(body, dict) else None
    seconds = body.get("retry_after") if isinstance(body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        return None
    return min(float(seconds), LONGEST_WAIT)


def _read_wait(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()


def _say_unreachable(error: Exception, host: str) -> str:
    """Why no connection came about, in words."""
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return f"The certificate of {host} is not trusted here."
    if "name or service" in text or "getaddrinfo" in text or "name resolution" in text or "nodename" in text:
        return f"There is no host named {host}, or this machine cannot look up names."
    if "refused" in text:
        return f"{host} refuses connections."
    return f"{host} cannot be reached from here."

"""LandingAI ADE Classify: one call that answers page by page, with no job, no key against sending twice, no confidence.

https://docs.landing.ai/ade/ade-classify. Two hosts speak the same API, the established one (``va``) and a newer one
(``ade``); the EU has a twin of each, with keys of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from classifyhub.engine.model import Answer, PageAnswer, Rule
from classifyhub.engine.sandbox import Sandbox
from classifyhub.text import fold
from jobs.providers.answers import bounded, broken, number_in, same_type, text_in
from jobs.providers.base import (
    Accepted,
    Access,
    Checkup,
    ContractBrokenError,
    MisconfiguredError,
    Outcome,
    Pending,
    RejectedError,
    Reply,
    Request,
)
from jobs.providers.cutting import PDF, Cut, cut_file, cut_for
from jobs.providers.wire import Answered, Wire

HOSTS: Mapping[tuple[str, str], str] = {
    ("va", "us"): "https://api.va.landing.ai",
    ("va", "eu"): "https://api.va.eu-west-1.landing.ai",
    ("ade", "us"): "https://api.ade.landing.ai",
    ("ade", "eu"): "https://api.ade.eu-west-1.landing.ai",
}
USUAL_HOST = "va"  # the default of the vendor's own client
MEGABYTE = 1_000_000
LARGEST: Mapping[str, int] = {"va": 200 * MEGABYTE, "ade": 50 * MEGABYTE}
CLASSIFY = "/v1/ade/classify"
UNKNOWN = "unknown"  # the vendor's word for a page that fits no class
LONGEST_CALL = 480.0  # seconds; as long as the vendor's own client waits
LONGEST_REASONING = 2_000

Part = tuple[str, tuple[str | None, Any] | tuple[str | None, Any, str]]


def base_url(access: Access) -> str:
    """Where the API of this connection is. Raises ``MisconfiguredError`` for a host or region there is none of."""
    if access.base_url:
        return access.base_url
    host, region = _host(access), str(access.options.get("region") or "us")
    if (host, region) not in HOSTS:
        raise MisconfiguredError(f"LandingAI has no host “{host}” in “{region}”.", reason="bad_credentials")
    return HOSTS[host, region]


def headers(access: Access) -> dict[str, str]:
    """What each call must carry: the key."""
    return {"Authorization": f"Bearer {access.secret}"}


class LandingAI:
    """``folder`` is the document's own, for a cut copy while it is being sent."""

    def __init__(self, wire: Wire, access: Access, *, sandbox: Sandbox, readings: Path) -> None:
        self._wire = wire
        self._access = access
        self._sandbox = sandbox
        self._folder = readings

    def submit(self, request: Request) -> Reply:
        """The whole answer, after up to eight minutes. There is nothing to ask later: when the connection breaks after
        the document went out, nobody knows whether it was classified and billed."""
        _refuse_reserved_word(request.rules)
        cut = cut_for(request)
        with self._document(request, cut) as document:
            parts = [*_question(request), document]
            seconds = min(self._access.deadline, LONGEST_CALL)
            answered = self._wire.call(
                "POST", CLASSIFY, takes_document=True, is_fixed=True, seconds=seconds, files=parts
            )
        try:
            return _reply(answered, request, cut)
        except ContractBrokenError as error:
            error.was_sent = None  # it was classified, and billed, whatever the answer says
            raise

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        return {}  # it has answered already

    def find(self, idempotency_key: str) -> Accepted | None:
        return None  # the API lists nothing

    def cancel(self, remote_id: str) -> None:
        return None

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        return None  # the API keeps nothing that could be named

    def test(self) -> Checkup:
        """There is no free call. A classify without a single class is refused with 422 before anything is read, and a
        wrong key with 401 before that: the order is our assumption, and nothing is billed in either case."""
        answered = self._wire.call(
            "POST", CLASSIFY, is_fixed=True, files=[("classes", (None, "[]"))], ignores=(400, 422)
        )
        if answered.status in {400, 422} and not isinstance(answered.body, dict):
            raise self._wire.wrong_address(answered.status, "", answered.request_id)
        return Checkup(said="The key is accepted. Nothing was sent to be classified, so nothing was billed.")

    @contextmanager
    def _document(self, request: Request, cut: Cut) -> Iterator[Part]:
        """The document as the last part of the call: its bytes, or its address for the vendor to fetch, unless pages
        have to be cut out of it first."""
        if request.options.get("send_url") and request.source_url and cut.numbers is None:
            yield "document_url", (None, request.source_url)
            return
        with cut_file(request, cut, sandbox=self._sandbox, folder=self._folder) as path, path.open("rb") as file:
            _check_size(file, self._access)
            yield "document", (request.name or "document", file, request.media_type or "application/octet-stream")


def _host(access: Access) -> str:
    return str(access.options.get("host") or USUAL_HOST)


def _refuse_reserved_word(rules: Sequence[Rule]) -> None:
    """A page of that type could not be told from one that fits none. Said of the document, not of the connection,
    which is fine."""
    if any(fold(rule.type) == UNKNOWN for rule in rules):
        said = f"LandingAI says “{UNKNOWN}” for a page that fits no type, so no type may have that name. Rename it."
        raise RejectedError(said, reason="rejected")


def _check_size(file: BinaryIO, access: Access) -> None:
    """Refuse here what would travel for minutes to be refused there. Each host has a limit of its own; an address that
    somebody entered may be either, so the larger one holds."""
    largest = max(LARGEST.values()) if access.base_url else LARGEST[_host(access)]
    size = file.seek(0, 2)
    file.seek(0)
    if size > largest:
        raise RejectedError(f"LandingAI takes no more than {largest // MEGABYTE} MB.", reason="too_large")


def _question(request: Request) -> list[Part]:
    """The classes as one JSON text: the bracketed fields that some clients send are refused in production."""
    classes = [
        {"class": rule.type, **({"description": rule.description} if rule.description else {})}
        for rule in request.rules
    ]
    parts: list[Part] = [("classes", (None, json.dumps(classes, ensure_ascii=False)))]
    if request.options.get("model"):
        parts.append(("model", (None, str(request.options["model"]))))
    return parts


# What comes back. 206 (partial) is documented for this vendor's other calls and not for this one; it is read alike, and
# the pages that are missing are said.


def _reply(answered: Answered, request: Request, cut: Cut) -> Reply:
    body = answered.body
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        raise broken("The answer has no metadata.", vendor_request_id=answered.request_id)
    pages = tuple(sorted(_read_pages(body, request, cut), key=lambda page: page.page))
    version = text_in(metadata.get("version"), "model version")
    chosen = derive_type(pages)
    answer = Answer(
        type=chosen,
        confidence=None,  # the vendor gives none
        reasoning=_reasoning(pages, chosen),
        pages=pages,
        pages_not_read=_pages_not_read(request, cut, pages),
        engine=f"landingai/{version}" if version else "landingai",
    )
    return Reply(
        answer=answer,
        pages_read=len(pages),
        credits=number_in(metadata.get("credit_usage"), "credit usage"),
        vendor_request_id=text_in(metadata.get("job_id"), "job id") or answered.request_id,
        is_derived=True,
        raw=bounded(body),
    )


def _read_pages(body: Mapping[str, Any], request: Request, cut: Cut) -> Iterator[PageAnswer]:
    items = body.get("classification")
    if not isinstance(items, list) or not items:
        raise broken("The answer names no page.")
    for item in items:
        if not isinstance(item, dict):
            raise broken("A page of the answer is no object.")
        yield _read_page(item, request, cut)


def _read_page(item: Mapping[str, Any], request: Request, cut: Cut) -> PageAnswer:
    said, position = item.get("class"), item.get("page")
    if not isinstance(said, str) or isinstance(position, bool) or not isinstance(position, int):
        raise broken("A page of the answer has no class or no number.")
    number = cut.own_number(position + 1)  # theirs start at 0
    if number is None:
        raise broken(f"The answer speaks of page {position}, which was not sent.")
    is_unknown = fold(said) == UNKNOWN
    return PageAnswer(
        page=number,
        type=None if is_unknown else same_type(said, request.rules),
        confidence=None,
        suggested=text_in(item.get("suggested_class"), "suggested class") if is_unknown else "",
        reasoning=text_in(item.get("reason"), "reason").strip(),
    )


def derive_type(pages: Sequence[PageAnswer]) -> str | None:
    """What most pages are, where the vendor speaks of pages only. Each page has one vote, and "none of these" is an
    answer like any other; pages that could not be read do not vote. Of several types with as many votes the one
    that comes first in the document is taken: the first page says best what a document is."""
    votes = Counter(page.type for page in sorted(pages, key=lambda page: page.page) if not page.error)
    return max(votes, key=votes.__getitem__) if votes else None  # of equals the one counted first


def _reasoning(pages: Sequence[PageAnswer], chosen: str | None) -> str:
    """What was said of the pages that decided; empty, and so null, when nothing was."""
    said = [f"Page {page.page}: {page.reasoning}" for page in pages if page.type == chosen and page.reasoning]
    return "\n".join(said)[:LONGEST_REASONING]


def _pages_not_read(request: Request, cut: Cut, pages: Sequence[PageAnswer]) -> tuple[int, ...]:
    """Those we left out and those the vendor did. How it counts the pages of other formats is its own affair."""
    if request.media_type != PDF or request.page_count is None:
        return cut.left_out
    answered = {page.page for page in pages}
    return tuple(page for page in range(1, request.page_count + 1) if page not in answered)

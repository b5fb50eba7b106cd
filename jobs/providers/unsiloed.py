"""Unsiloed Classify: a job for each document, asked for one at a time; no key against sending twice, no reasoning.

https://www.unsiloed.ai/docs (Classify Document). Statuses::

    queued, processing  still waiting
    completed           ``result`` in the same answer
    failed              rejected, with ``error``

The service knows no "none of these": it always names one of the categories. So one more category is sent, and its name
in an answer means no match. That is our reading of the vendor's advice to add a category for the rest.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from classifyhub.engine.model import Answer, Candidate, PageAnswer
from classifyhub.engine.sandbox import Sandbox
from classifyhub.text import clean_line, fold
from jobs.providers.answers import bounded, broken, number_in, same_type, text_in
from jobs.providers.base import (
    Accepted,
    Access,
    Checkup,
    Outcome,
    Pending,
    ProviderError,
    RejectedError,
    Reply,
    Request,
    StillWaiting,
)
from jobs.providers.concurrent import ask_each, outcome_of
from jobs.providers.cutting import Cut, cut_file, cut_for
from jobs.providers.wire import Wire

HOST = "https://prod.visionapi.unsiloed.ai"
CLASSIFY = "/classify"
ENGINE = "unsiloed"
PAGES_CLASSIFIED = 4  # the first ones; there is no choice
LARGEST = 500_000_000
MOST_QUOTA = 2**53
NONE_NAME = "none of these"
_WAITING = frozenset({"queued", "processing"})


def base_url(access: Access) -> str:
    """Where the API is; the vendor has one region."""
    return access.base_url or HOST


def headers(access: Access) -> dict[str, str]:
    """What each call must carry: the key."""
    return {"api-key": access.secret}


class Unsiloed:
    """``readings`` is the document's own folder, for a cut copy while it is being sent."""

    def __init__(self, wire: Wire, access: Access, *, sandbox: Sandbox, readings: Path) -> None:
        self._wire = wire
        self._access = access
        self._sandbox = sandbox
        self._folder = readings

    def submit(self, request: Request) -> Accepted:
        cut = cut_for(request, most=PAGES_CLASSIFIED)
        with self._content(request, cut) as content:
            answered = self._wire.call("POST", CLASSIFY, takes_document=True, is_fixed=True, **content)
        body = answered.body if isinstance(answered.body, dict) else {}
        remote_id = body.get("job_id")
        if not isinstance(remote_id, str) or not remote_id:
            raise broken("The answer carries no job id.", vendor_request_id=answered.request_id, was_sent=None)
        return Accepted(remote_id=remote_id, vendor_request_id=answered.request_id, quota_left=_quota_in(body))

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        """One call for each: the API has no list."""
        return {one.request.idempotency_key: _outcome(job, one) for one, job in ask_each(self._get, pending)}

    def find(self, idempotency_key: str) -> Accepted | None:
        return None  # nobody has heard of our key there

    def cancel(self, remote_id: str) -> None:
        return None  # the API cannot

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        return None  # nor this

    def test(self) -> Checkup:
        """Ask for a job that cannot exist: 404 with the right key, 401 with a wrong one, and nothing billed. What is
        left of the quota is known to another host of the vendor's and not asked for."""
        answered = self._wire.call("GET", f"{CLASSIFY}/{uuid.uuid4()}", ignores=(404,))
        said = answered.body.get("detail") if isinstance(answered.body, dict) else None
        if answered.status != 404 or not isinstance(said, str) or "job" not in said.lower():
            raise self._wire.wrong_address(answered.status, said if isinstance(said, str) else "", answered.request_id)
        return Checkup(said="The key is accepted. Nothing was sent to be classified, so nothing was billed.")

    @contextmanager
    def _content(self, request: Request, cut: Cut) -> Iterator[dict[str, Any]]:
        """The call's body: a form with the document's bytes, or with its address for the vendor to fetch, unless pages
        have to be cut out of it first."""
        form = {"categories": json.dumps(_categories(request), ensure_ascii=False)}
        if request.options.get("send_url") and request.source_url and cut.numbers is None:
            yield {"data": {**form, "file_url": request.source_url}}
            return
        with cut_file(request, cut, sandbox=self._sandbox, folder=self._folder) as path, path.open("rb") as file:
            if file.seek(0, 2) > LARGEST:
                raise RejectedError("Unsiloed takes no more than 500 MB.", reason="too_large")
            file.seek(0)
            document = (request.name or "document", file, request.media_type or "application/octet-stream")
            yield {"data": form, "files": {"pdf_file": document}}  # that is its name for images, too

    def _get(self, pending: Pending) -> Mapping[str, Any]:
        return self._wire.get(f"{CLASSIFY}/{quote(pending.remote_id, safe='')}").object()


def _categories(request: Request) -> list[dict[str, str]]:
    """Descriptions are sent although the newest documentation says that they are not used: they do no harm, and older
    pages say that they help."""
    categories = [
        {"name": rule.type, **({"description": rule.description} if rule.description else {})} for rule in request.rules
    ]
    none_name = none_name_of(request)
    return [*categories, {"name": none_name, "description": "Anything else."}] if none_name else categories


def none_name_of(request: Request) -> str:
    """What the category for the rest is called; empty where there is none: the version does not want one (option
    ``adds_none`` is false), or a rule has that very name and is meant by it."""
    wanted = request.options.get("adds_none", True)
    is_taken = any(fold(rule.type) == NONE_NAME for rule in request.rules)
    return NONE_NAME if wanted and not is_taken else ""


# What comes back


def _quota_in(body: Mapping[str, Any]) -> int | None:
    """What is left after this document. Nonsense is left unsaid: the document was taken all the same."""
    left = body.get("quota_remaining")
    return left if isinstance(left, int) and not isinstance(left, bool) and abs(left) < MOST_QUOTA else None


def _outcome(job: Mapping[str, Any] | ProviderError, pending: Pending) -> Outcome:
    if isinstance(job, ProviderError):
        return outcome_of(job)
    status = job.get("status")
    if status in _WAITING:
        return StillWaiting()
    if status == "failed":
        return RejectedError(_say_failure(job.get("error")), reason="rejected")
    if status != "completed":
        return broken(f"The job is in a state that nobody knows: “{clean_line(str(status), max_length=40)}”.")
    try:
        return _read_result(job.get("result"), pending)
    except ProviderError as error:
        return error


def _say_failure(error: Any) -> str:
    said = clean_line(error, max_length=300) if isinstance(error, str) else ""
    return said or "The provider could not classify it and does not say why."


def _read_result(result: Any, pending: Pending) -> Reply:
    if not isinstance(result, dict):
        raise broken("The job is completed and carries no result.")
    request = pending.request
    cut = cut_for(request, most=PAGES_CLASSIFIED)
    pages = _read_pages(result, request, cut)
    if result.get("success") is False or all(page.error for page in pages):
        # What stands there as the class is only the first category of the list.
        raise RejectedError("The provider could read none of its pages.", reason="rejected")
    answer = Answer(
        type=_type_in(result, request),
        confidence=number_in(result.get("confidence"), "confidence"),
        reasoning="",  # the vendor gives none; the raw text of its model is no reasoning
        candidates=_candidates(result, request),
        pages=pages,
        pages_not_read=_pages_not_read(request, cut, pages),
        engine=ENGINE,
    )
    return Reply(answer=answer, pages_read=sum(not page.error for page in pages), raw=bounded(result))


def _read_pages(result: Mapping[str, Any], request: Request, cut: Cut) -> tuple[PageAnswer, ...]:
    """One answer for each page classified. Of an image the vendor gives none, and its only page is the document."""
    items = result.get("page_results")
    if items is None:
        confidence = number_in(result.get("confidence"), "confidence")
        return (PageAnswer(page=1, type=_type_in(result, request), confidence=confidence),)
    if not isinstance(items, list) or not items:
        raise broken("The result names no page.")
    return tuple(_read_page(item, request, cut) for item in items)


def _read_page(item: Any, request: Request, cut: Cut) -> PageAnswer:
    position = item.get("page") if isinstance(item, dict) else None
    if isinstance(position, bool) or not isinstance(position, int):
        raise broken("A page of the result has no number.")
    number = cut.own_number(position)
    if number is None:
        raise broken(f"The result speaks of page {position}, which was not sent.")
    if item.get("success") is False or item.get("error"):
        # It carries the first category all the same, which must not be taken for an answer.
        return PageAnswer(page=number, type=None, confidence=None, error=_say_page_failure(item.get("error")))
    return PageAnswer(
        page=number, type=_type_in(item, request), confidence=number_in(item.get("confidence"), "confidence")
    )


def _say_page_failure(error: Any) -> str:
    said = clean_line(error, max_length=300) if isinstance(error, str) else ""
    return said or "The provider could not read this page."


def _type_in(item: Mapping[str, Any], request: Request) -> str | None:
    said = text_in(item.get("classification"), "class")
    if not said:
        raise broken("The result carries no class.")
    none_name = none_name_of(request)
    return None if none_name and fold(said) == none_name else same_type(said, request.rules)


def _candidates(result: Mapping[str, Any], request: Request) -> tuple[Candidate, ...]:
    """The types that the vendor saw on any page, with its own confidence, most prominent first. It has no word on
    the others, so neither have we; a name that is none of the types is left out here, for nobody could choose it."""
    types = {rule.type for rule in request.rules}
    items = result.get("categories")
    seen: dict[str, float] = {}
    for item in items if isinstance(items, list) else ():
        name, score = (item.get("category"), item.get("confidence")) if isinstance(item, dict) else (None, None)
        if isinstance(name, str) and isinstance(score, (int, float)) and not isinstance(score, bool):
            seen.setdefault(same_type(name, request.rules), float(score))
    return tuple(Candidate(type=name, score=score) for name, score in seen.items() if name in types)


def _pages_not_read(request: Request, cut: Cut, pages: Sequence[PageAnswer]) -> tuple[int, ...]:
    """What lies behind the pages classified, what was cut away, and what the vendor failed on."""
    if request.page_count is None:
        return cut.left_out
    read = {page.page for page in pages if not page.error}
    return tuple(page for page in range(1, request.page_count + 1) if page not in read)

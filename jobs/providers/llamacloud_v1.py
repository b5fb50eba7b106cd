"""LlamaCloud Classifier, API v1 (deprecated by the vendor): one job for up to 500 documents, no idempotency, results
on a second endpoint.

https://developers.llamaindex.ai/cloud-api-reference/ (classifier). Statuses::

    PENDING                    still waiting, also while it runs
    SUCCESS, PARTIAL_SUCCESS   results by file id; ``result`` null: this document failed
    ERROR, CANCELLED           rejected, all of them, with ``error_message`` where there is one
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifyhub.languages import llamacloud_v1_code
from jobs.providers import llamacloud
from jobs.providers.answers import broken
from jobs.providers.base import (
    Accepted,
    Access,
    Checkup,
    Left,
    Outcome,
    Pending,
    ProviderError,
    RejectedError,
    Request,
    Span,
    StillWaiting,
)
from jobs.providers.concurrent import ask_each, outcome_of
from jobs.providers.llamacloud import base_url, headers, path_part
from jobs.providers.llamacloud_lookup import copies_under, jobs_since
from jobs.providers.wire import Wire

__all__ = ["LlamaCloudV1", "base_url", "headers"]

JOBS = "/api/v1/classifier/jobs"
ENGINE = "llamacloud/v1"
UPLOADS_AT_ONCE = 4  # the vendor takes 50 in five seconds
MOST_PAGES_OF_RESULTS = 500  # one document each, at worst
LAST_PAGE = 10_000  # where nobody counted the pages, a choice such as 5-1000000 is not written out any further
_DONE = frozenset({"SUCCESS", "PARTIAL_SUCCESS"})
_ENDED_BADLY = frozenset({"ERROR", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class _Group:
    """One job as it stands: ``items`` are its results, none while it waits and where it failed as a whole."""

    job: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...] = ()


class LlamaCloudV1:
    """Nothing tells two calls for the same documents apart there, so an unknown outcome stays unknown."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self._wire = wire
        self._access = access
        self._scope = llamacloud.scope_of(access)

    def submit(self, request: Request) -> Accepted:
        return self.submit_group([request])

    def submit_group(self, requests: Sequence[Request]) -> Accepted:
        refused: dict[str, ProviderError] = {}
        uploaded = self._upload([one for one in requests if not one.uploaded], refused)
        known = {one.idempotency_key: one.uploaded for one in requests if one.uploaded}
        taken = [one for one in requests if one.idempotency_key not in refused]
        try:
            return self._create(taken, {**known, **uploaded}, refused)
        except RejectedError as error:
            # Copies of an earlier attempt that are gone there are sent again, and then it is another call.
            if not any(llamacloud.lacks(error, file_id, kind="file") for file_id in known.values()):
                raise
        uploaded |= self._upload([one for one in taken if one.uploaded], refused)
        return self._create([one for one in taken if one.idempotency_key not in refused], uploaded, refused)

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        remote_ids = list(dict.fromkeys(one.remote_id for one in pending))
        groups = dict(ask_each(self._ask, remote_ids))
        return {one.request.idempotency_key: _outcome(groups[one.remote_id], one.request) for one in pending}

    def find(self, idempotency_key: str) -> Accepted | None:
        """The job whose results name the copy that was uploaded under this key; none while it waits."""
        copies = copies_under(self._wire, idempotency_key, scope=self._scope)
        if not copies:
            return None
        file_ids = {copy["id"] for copy in copies}
        likely = jobs_since(self._wire, JOBS, copies, scope=self._scope)
        for remote_id, group in ask_each(self._ask, likely):
            if isinstance(group, _Group) and any(item.get("file_id") in file_ids for item in group.items):
                return Accepted(remote_id=remote_id)
        return None

    def find_left(self, idempotency_key: str, *, between: Span | None) -> Left:
        files = copies_under(self._wire, idempotency_key, scope=self._scope)
        return Left(files=[str(file["id"]) for file in files])

    def cancel(self, remote_id: str) -> None:
        """Nothing: v1 has no call for it."""

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        """Only the copy of the document: v1 deletes no jobs."""
        llamacloud.remove_copy(self._wire, uploaded, scope=self._scope)

    def test(self) -> Checkup:
        return llamacloud.check(self._wire, self._access)

    def _upload(self, requests: Sequence[Request], refused: dict[str, ProviderError]) -> dict[str, str]:
        """Send each document and note its id at once; those that are refused go into ``refused``. A failure that says
        nothing about a document is raised once all are through: what was sent by then is not sent again."""
        sent: dict[str, str] = {}
        failure: ProviderError | None = None
        for request, found in ask_each(self._send, requests, at_once=UPLOADS_AT_ONCE):
            if isinstance(found, str):
                request.note_upload(found)
                sent[request.idempotency_key] = found
            elif isinstance(found, RejectedError):
                refused[request.idempotency_key] = found
            else:
                failure = found
        if failure is not None:
            raise failure
        return sent

    def _send(self, request: Request) -> str:
        return llamacloud.upload(self._wire, request, scope=self._scope)

    def _create(
        self, requests: Sequence[Request], file_ids: Mapping[str, str], refused: Mapping[str, ProviderError]
    ) -> Accepted:
        if not requests:
            raise next(iter(refused.values()))
        body = {
            "file_ids": [file_ids[one.idempotency_key] for one in requests],
            "rules": llamacloud.rules_of(requests[0]),
            "mode": requests[0].mode,
            "parsing_configuration": _parsing(requests),
            **llamacloud.webhooks_of(self._access),
        }
        answered = llamacloud.create(self._wire, JOBS, body, scope=self._scope)
        remote_id = llamacloud.id_in(answered, was_sent=None)
        return Accepted(remote_id=remote_id, vendor_request_id=answered.request_id, refused=refused)

    def _ask(self, remote_id: str) -> _Group:
        path = f"{JOBS}/{path_part(remote_id)}"
        job = self._wire.get(path, params=self._scope).object()
        return _Group(job, self._results(path) if job.get("status") in _DONE else ())

    def _results(self, path: str) -> tuple[Mapping[str, Any], ...]:
        return tuple(
            llamacloud.walk(self._wire, f"{path}/results", params=self._scope, most_pages=MOST_PAGES_OF_RESULTS)
        )


def _parsing(requests: Sequence[Request]) -> dict[str, Any]:
    """``max_pages`` is always said: left out it means five pages there. A language that v1 does not know is not sent;
    its reader then goes by its own default."""
    choice: dict[str, Any] = {"max_pages": requests[0].max_pages}
    lang = llamacloud_v1_code(requests[0].lang)
    if lang is not None:
        choice["lang"] = lang
    ranges = llamacloud.scope_of_pages(requests[0]).ranges
    if ranges:
        last_page = max(one.page_count or LAST_PAGE for one in requests)
        choice["target_pages"] = [page - 1 for first, last in ranges for page in range(first, min(last, last_page) + 1)]
    return choice


def _outcome(group: _Group | ProviderError, request: Request) -> Outcome:
    if isinstance(group, ProviderError):
        return outcome_of(group)
    status = group.job.get("status")
    if status == "PENDING":
        return StillWaiting()
    if status in _ENDED_BADLY:
        return llamacloud.failure_of(group.job)
    if status not in _DONE:
        return llamacloud.unknown_status(group.job)
    return _outcome_of_one(group, request)


def _outcome_of_one(group: _Group, request: Request) -> Outcome:
    """One document of a group that is done, found by its file: the order of the results says nothing."""
    item = next((item for item in group.items if item.get("file_id") == request.uploaded), None)
    if item is None and len(group.items) == 1 and group.items[0].get("file_id") is None:
        item = group.items[0]  # nobody else's
    if item is None:
        return broken("The results leave this document out.")
    if item.get("result") is None:
        return llamacloud.failure_of(group.job)
    try:
        return llamacloud.reply_from(item["result"], request, engine=ENGINE, raw={**group.job, "item": item})
    except ProviderError as error:
        return error

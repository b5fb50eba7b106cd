"""LlamaCloud Classify, API v2: one job per document, idempotent by ``transaction_id``, listed by ids.

https://developers.llamaindex.ai/cloud-api-reference/ (classify). Statuses::

    PENDING, RUNNING    still waiting
    COMPLETED           ``result`` in the job itself
    FAILED, CANCELLED   rejected, with ``error_message`` where there is one
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from classifyhub.languages import llamacloud_v2_code
from jobs.providers import llamacloud
from jobs.providers.base import (
    Accepted,
    Access,
    Checkup,
    Left,
    MisconfiguredError,
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
from jobs.providers.llamacloud_lookup import HUNDRED, copies_under
from jobs.providers.wire import Wire

__all__ = ["LlamaCloudV2", "base_url", "headers"]

JOBS = "/api/v2/classify"
PRESETS = "/api/v1/beta/configurations"
ENGINE = "llamacloud/v2"
SEARCH_SECONDS = 120.0  # for one lost job among all that were made about its time
MORE_PAGES = 3  # than documents asked for: a page may be empty and point to the next
_WAITING = frozenset({"PENDING", "RUNNING"})
_ENDED_BADLY = frozenset({"FAILED", "CANCELLED"})
# How a wrong state is refused is not documented; any of these may be it.
_WRONG_STATE = (400, 409, 422)

Job = Mapping[str, Any]


class LlamaCloudV2:
    """Safe to send the same request twice: the second call finds the first one's job."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self._wire = wire
        self._access = access
        self._scope = llamacloud.scope_of(access)

    def submit(self, request: Request) -> Accepted:
        _refuse_what_v2_lacks(request)
        file_id = request.uploaded or self._upload(request)
        try:
            return self._create(request, file_id=file_id)
        except RejectedError as error:
            # What an earlier call left there is gone. Asking without it is another request, not the same once more.
            if request.saved_preset and llamacloud.lacks(error, request.saved_preset, kind="config"):
                request.note_preset_lost()
                return self._create(replace(request, saved_preset=""), file_id=file_id)
            if request.uploaded and llamacloud.lacks(error, request.uploaded, kind="file"):
                return self._create(request, file_id=self._upload(request))
            raise

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        jobs = self._list([one.remote_id for one in pending])
        missing = [one.remote_id for one in pending if one.remote_id not in jobs]
        asked: dict[str, Job | ProviderError] = {**jobs, **dict(ask_each(self._get, missing))}
        if self._access.options.get("reads_usage"):
            asked.update(self._with_usage(asked))
        return {one.request.idempotency_key: _outcome(asked[one.remote_id], one.request) for one in pending}

    def find(self, idempotency_key: str) -> Accepted | None:
        """Looks among the newest jobs only, for the list has no filter for it. That is enough for a person who looks
        again soon; what is older is found by sending the same request again, which bills nothing."""
        for job in llamacloud.items_of(self._list_page([])):
            if job.get("transaction_id") == idempotency_key and job.get("id"):
                return Accepted(remote_id=str(job["id"]))
        return None

    def find_left(self, idempotency_key: str, *, between: Span | None) -> Left:
        files = copies_under(self._wire, idempotency_key, scope=self._scope)
        job_id = self._find_made(idempotency_key, between) if between else ""
        return Left(files=[str(file["id"]) for file in files], jobs=[job_id] if job_id else [])

    def _find_made(self, idempotency_key: str, between: Span) -> str:
        """The list of jobs cannot be asked for a key, but for those made in a span of time. A key has one job."""
        names = ("created_at_on_or_after", "created_at_on_or_before")
        made = [(name, at.isoformat()) for name, at in zip(names, between, strict=True)]
        params = [*self._scope, *made, HUNDRED]
        for job in llamacloud.walk(self._wire, JOBS, params=params, seconds=SEARCH_SECONDS):
            if job.get("transaction_id") == idempotency_key and job.get("id"):
                return str(job["id"])
        return ""

    def cancel(self, remote_id: str) -> None:
        path = f"{JOBS}/{path_part(remote_id)}/cancel"
        self._wire.call("POST", path, params=self._scope, ignores=(404, *_WRONG_STATE))

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        if remote_id and not self._delete_job(remote_id):
            self.cancel(remote_id)  # only what has ended can be deleted
            self._wire.delete(f"{JOBS}/{path_part(remote_id)}", params=self._scope)
        llamacloud.remove_copy(self._wire, uploaded, scope=self._scope)

    def test(self) -> Checkup:
        return llamacloud.check(self._wire, self._access)

    def save_preset(self, name: str, request: Request) -> str:
        """An upsert by name: publishing again replaces what was kept under it."""
        body = {"name": name[:255], "parameters": {"product_type": "classify_v2", **_configuration(request)}}
        answered = self._wire.call("POST", PRESETS, params=self._scope, json=body, is_fixed=True)
        return llamacloud.id_in(answered, was_sent=False)

    def _upload(self, request: Request) -> str:
        uploaded = llamacloud.upload(self._wire, request, scope=self._scope)
        request.note_upload(uploaded)
        return uploaded

    def _create(self, request: Request, *, file_id: str) -> Accepted:
        body = {
            "file_input": file_id,
            "transaction_id": request.idempotency_key,
            **_configured(request),
            **llamacloud.webhooks_of(self._access),
        }
        answered = llamacloud.create(self._wire, JOBS, body, scope=self._scope)
        remote_id = llamacloud.id_in(answered, was_sent=None)
        return Accepted(remote_id=remote_id, vendor_request_id=answered.request_id)

    def _list(self, remote_ids: Sequence[str]) -> dict[str, Job]:
        """The jobs of these ids that the list knows, in one call where the vendor keeps to its page size. A server that
        does not understand ``job_ids`` would list everything, so there is an end to the pages."""
        wanted, found, token = set(remote_ids), dict[str, Job](), ""
        if not wanted:
            return found
        for _page in range(len(wanted) + MORE_PAGES):
            page = self._list_page([("job_ids", remote_id) for remote_id in sorted(wanted)], token=token)
            found |= {job["id"]: job for job in llamacloud.items_of(page) if job.get("id") in wanted}
            token = str(page.get("next_page_token") or "")
            if not token or len(found) == len(wanted):
                break
        return found

    def _list_page(self, params: llamacloud.Params, *, token: str = "") -> dict[str, Any]:
        paging = [HUNDRED, *([("page_token", token)] if token else [])]
        return self._wire.get(JOBS, params=[*self._scope, *params, *paging], is_fixed=True).object()

    def _get(self, remote_id: str, *, expand: str = "") -> Job:
        params = [*self._scope, *([("expand", expand)] if expand else [])]
        return self._wire.get(f"{JOBS}/{path_part(remote_id)}", params=params).object()

    def _with_usage(self, asked: Mapping[str, Job | ProviderError]) -> dict[str, Job]:
        """The completed ones again, with what they cost: one call each, for the list does not say it. What cannot be
        had is left unsaid; the answer is here, and that is what people wait for."""
        ended = [one for one, job in asked.items() if isinstance(job, Mapping) and job.get("status") == "COMPLETED"]
        again = ask_each(lambda remote_id: self._get(remote_id, expand="usage"), ended)
        return {remote_id: job for remote_id, job in again if not isinstance(job, ProviderError)}

    def _delete_job(self, remote_id: str) -> bool:
        """Whether it is gone now; false for one that has not ended."""
        path = f"{JOBS}/{path_part(remote_id)}"
        answered = self._wire.call("DELETE", path, params=self._scope, ignores=(404, *_WRONG_STATE))
        return answered.status not in _WRONG_STATE


def _refuse_what_v2_lacks(request: Request) -> None:
    if request.mode != "FAST":
        raise MisconfiguredError(f"LlamaCloud v2 has no mode {request.mode}; v1 has.", reason="rejected")


def _configured(request: Request) -> dict[str, Any]:
    if request.saved_preset:
        return {"configuration_id": request.saved_preset}
    return {"configuration": _configuration(request)}


def _configuration(request: Request) -> dict[str, Any]:
    return {
        "rules": llamacloud.rules_of(request),
        "mode": request.mode,
        "parsing_configuration": _parsing(request),
    }


def _parsing(request: Request) -> dict[str, Any]:
    llamacloud.scope_of_pages(request)  # a choice that nobody can read is refused here, not there
    choice: dict[str, Any] = {"lang": llamacloud_v2_code(request.lang)}
    if request.max_pages is not None:
        choice["max_pages"] = request.max_pages
    if request.target_pages.strip():
        choice["target_pages"] = "".join(request.target_pages.split())
    return choice


def _outcome(job: Job | ProviderError, request: Request) -> Outcome:
    if isinstance(job, ProviderError):
        return outcome_of(job)
    status = job.get("status")
    if status in _WAITING:
        return StillWaiting()
    if status in _ENDED_BADLY:
        return llamacloud.failure_of(job)
    if status != "COMPLETED":
        return llamacloud.unknown_status(job)
    try:
        return llamacloud.reply_from(job.get("result"), request, engine=ENGINE, raw=job, credits_used=_credits_in(job))
    except ProviderError as error:
        return error


def _credits_in(job: Job) -> float | None:
    """What the job cost in all, once billing knows. Nonsense is left unsaid: the answer is worth more than that."""
    usage = job.get("usage")
    used = usage.get("credits") if isinstance(usage, dict) else None
    return float(used) if isinstance(used, (int, float)) and not isinstance(used, bool) else None

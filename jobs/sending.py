"""A claimed job on its way to a provider: intent, send, accept.

The intent is written before the call and says that the provider may have the document; only an answer that says
otherwise takes that back. A crash between the two repeats the call under the same key where the provider knows keys,
and is otherwise shown to a person.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Rule
from jobs import failpoints, providers_registry, states, storage
from jobs.models import Job, Reason, Status, Submission
from jobs.providers.base import (
    Accepted,
    GroupProvider,
    Provider,
    ProviderError,
    RejectedError,
    Reply,
    Request,
    SavingProvider,
)
from jobs.remote import copies, saved, usage
from jobs.remote.routing import Route

logger = logging.getLogger(__name__)

LEASE_SECONDS_MORE = 60  # beyond the longest calls
RENEW_SECONDS = 30
CALLS = 2  # for one document at most: its bytes, then the job about them


def request_for(job: Job, route: Route, *, was_sent: bool = False, uploaded: str | None = None) -> Request:
    """What the provider is asked, from the version and the document. ``FileNotFoundError`` when its bytes are gone,
    which no longer matters once it ``was_sent``. ``uploaded`` is the copy at the vendor, looked up unless given."""
    version, document, connection = job.version, job.document, route.connection
    return Request(
        idempotency_key=job.key_of(job.submission_number),
        path=Path() if was_sent else storage.document_path(document),
        name=document.name,
        media_type=document.media_type,
        sha256=document.blob.sha256 if document.blob else "",
        rules=tuple(Rule(type=rule["type"], description=rule.get("description", "")) for rule in version.rules),
        mode=version.mode if version.mode in route.capabilities.modes else "FAST",
        lang=version.lang,
        max_pages=version.max_pages,
        target_pages=version.target_pages,
        page_count=document.page_count,
        uploaded=copies.known([job], connection).get(job.pk, "") if uploaded is None else uploaded,
        note_upload=partial(copies.note, job, connection) if connection else _note_nothing,
        options=version.provider_options,
    )


def send(job: Job, provider: Provider, request: Request, route: Route, *, lease_seconds: float) -> Accepted | Reply:
    """Send one document. Raises ``ProviderError``, and ``LostRaceError`` when the job was given up meanwhile."""
    failpoints.hit("before_intent")
    asked = _with_saved_preset(job, provider, request, route)
    intent = write_intent([job], route, lease_seconds=_lease(route, lease_seconds))
    failpoints.hit("before_send")
    try:
        outcome = provider.submit(asked)
    except ProviderError as error:
        _take_back(intent, route, error)
        raise
    failpoints.hit("after_send")
    if isinstance(outcome, Accepted):
        if outcome.quota_left is not None and route.connection is not None:
            usage.note_quota(route.connection, outcome.quota_left)
        _accept_or_withdraw(job, outcome, provider, route)
        failpoints.hit("after_accept")
    return outcome


def send_group(
    jobs: Sequence[Job], provider: Provider, route: Route, *, lease_seconds: float
) -> Mapping[int, ProviderError]:
    """Send several documents of one version as one submission. Returns why some were not taken, by the job's key; one
    that was cancelled meanwhile is left out in silence, and ``LostRaceError`` raised where none is left."""
    failpoints.hit("before_intent")
    requests, refused = _requests_for(jobs, route)
    if not requests:
        return refused
    intent = write_intent(
        [job for job in jobs if job.pk in requests], route, lease_seconds=_lease(route, lease_seconds)
    )
    sent = {job.pk: requests[job.pk] for job in intent.jobs}
    failpoints.hit("before_send")
    try:
        accepted = cast(GroupProvider, provider).submit_group(_held_meanwhile(sent, intent, route, lease_seconds))
    except ProviderError as error:
        _take_back(intent, route, error)
        return {**refused, **dict.fromkeys(sent, error)}
    failpoints.hit("after_send")
    refused |= {key: accepted.refused[one.idempotency_key] for key, one in sent.items() if _is_in(one, accepted)}
    _write_acceptance(intent.submission.pk, accepted)
    _detach([job for job in intent.jobs if job.pk in refused])
    for job in intent.jobs:
        if job.pk not in refused:
            _hand_over(job)
    failpoints.hit("after_accept")
    return refused


def _requests_for(jobs: Sequence[Job], route: Route) -> tuple[dict[int, Request], dict[int, ProviderError]]:
    """What is asked for each, and why not for some: their bytes are gone, or the budget does not carry them."""
    uploaded = copies.known(jobs, route.connection)
    carried = usage.count_affordable(route.connection, jobs) if route.connection else len(jobs)
    requests: dict[int, Request] = {}
    refused: dict[int, ProviderError] = {job.pk: usage.used_up(retry_after=1) for job in jobs[carried:]}
    for job in jobs[:carried]:
        try:
            requests[job.pk] = request_for(job, route, uploaded=uploaded.get(job.pk, ""))
        except FileNotFoundError:
            refused[job.pk] = RejectedError("The document's bytes are gone.", reason=Reason.UNREADABLE)
    return requests, refused


def _held_meanwhile(
    requests: Mapping[int, Request], intent: Intent, route: Route, lease_seconds: float
) -> list[Request]:
    """The same requests; documents that have gone up hold all of the group for longer, for hundreds take longer than
    any lease that a dead worker should keep them for."""
    due_at = time.monotonic() + RENEW_SECONDS

    def note(one: Request, remote_id: str) -> None:
        nonlocal due_at
        one.note_upload(remote_id)
        if time.monotonic() >= due_at:
            states.renew_all(intent.submission.pk, lease_seconds=_lease(route, lease_seconds))
            due_at = time.monotonic() + RENEW_SECONDS

    return [replace(one, note_upload=partial(note, one)) for one in requests.values()]


def _is_in(request: Request, accepted: Accepted) -> bool:
    return request.idempotency_key in accepted.refused


def accept(job: Job, accepted: Accepted) -> None:
    """Write down what the provider calls this job, then let go of it. The first holds also where the second comes too
    late: a copy that nobody knows the name of could never be removed."""
    submission: Any = job.submission
    with transaction.atomic():
        if _write_acceptance(submission.pk, accepted):  # else its whole project was removed
            copies.note_job(job, submission.connection, accepted.remote_id)
    try:
        states.hand_over(job)
    except states.LostRaceError:
        copies.let_go_if_erased(job)
        raise


def _write_acceptance(submission: int, accepted: Accepted) -> bool:
    return bool(
        Submission.objects.filter(pk=submission).update(
            remote_id=accepted.remote_id, accepted_at=Now(), vendor_request_id=accepted.vendor_request_id[:200]
        )
    )


def _detach(jobs: Sequence[Job]) -> None:
    """These did not go out with the others, and may go out with different ones."""
    Job.objects.filter(pk__in=[job.pk for job in jobs], status=Status.RUNNING).update(submission=None)
    for job in jobs:
        job.submission = None


def _hand_over(job: Job) -> None:
    try:
        states.hand_over(job)
    except states.LostRaceError:
        return  # cancelled meanwhile; the others of its group go on


def _accept_or_withdraw(job: Job, accepted: Accepted, provider: Provider, route: Route) -> None:
    """What was cancelled or erased while it was being sent is taken back, where the provider can do that."""
    try:
        accept(job, accepted)
    except states.LostRaceError:
        if Job.objects.filter(pk=job.pk, status=Status.CANCELLED).exists():
            copies.let_go(job, route.connection)
            provider.cancel(accepted.remote_id)
        raise


def _with_saved_preset(job: Job, provider: Provider, request: Request, route: Route) -> Request:
    if not (route.capabilities.saves_presets and route.connection and request.options.get("save_preset")):
        return request
    kept = saved.remote_id(job.version, route.connection, cast(SavingProvider, provider), request)
    lost = partial(saved.note_lost, job.version, route.connection, kept)
    return replace(request, saved_preset=kept, note_preset_lost=lost)


def _lease(route: Route, least: float) -> float:
    deadline = providers_registry.deadline_of(route.connection) if route.connection else 0.0
    return max(least, CALLS * deadline + LEASE_SECONDS_MORE)


@dataclass(frozen=True, slots=True)
class Intent:
    """``jobs`` are those that go out with it. ``is_first``: the provider cannot have them from before."""

    submission: Submission
    jobs: Sequence[Job]
    is_first: bool


def write_intent(jobs: Sequence[Job], route: Route, *, lease_seconds: float) -> Intent:
    """One Submission per number and route: an automatic attempt goes on with the one it finds. ``LostRaceError`` for a
    worker that slept through its lease: nothing may be sent for a job that is in other hands. ``HeldBackError`` when
    the day's budget was used up meanwhile. Either leaves everything as it was."""
    kept = jobs[0].submission if len(jobs) == 1 else None
    with transaction.atomic():
        if kept is not None and _is_same(kept, jobs[0], route):
            return _renew_submission(kept, jobs[0], route, lease_seconds=lease_seconds)
        _reserve(jobs, route)
        return _create_submission(jobs, route, lease_seconds=lease_seconds)


def _renew_submission(kept: Submission, job: Job, route: Route, *, lease_seconds: float) -> Intent:
    is_first = not kept.is_uncertain
    states.renew(job, lease_seconds=lease_seconds)
    if is_first:
        _reserve([job], route)
    Submission.objects.filter(pk=kept.pk).update(intent_at=Now(), is_uncertain=True)
    kept.is_uncertain = True  # whoever recovers the job from here on goes by this row
    return Intent(kept, [job], is_first=is_first)


def _create_submission(jobs: Sequence[Job], route: Route, *, lease_seconds: float) -> Intent:
    first = jobs[0]
    submission = Submission.objects.create(
        project_id=first.project_id,
        provider=route.provider,
        connection=route.connection,
        number=first.submission_number,
        idempotency_key=first.key_of(first.submission_number),
    )
    attached = [job for job in jobs if _attach(job, submission, lease_seconds=lease_seconds)]
    if not attached:
        raise states.LostRaceError(f"none of {len(jobs)} jobs is in these hands")
    return Intent(submission, attached, is_first=True)


def _attach(job: Job, submission: Submission, *, lease_seconds: float) -> bool:
    """False for one that was cancelled meanwhile, which must not keep the others of its group."""
    try:
        states.attach(job, submission, lease_seconds=lease_seconds)
    except states.LostRaceError:
        return False
    return True


def _is_same(submission: Submission, job: Job, route: Route) -> bool:
    connection_id = route.connection.pk if route.connection else None
    return (submission.number, submission.provider, submission.connection_id) == (
        job.submission_number,
        route.provider,
        connection_id,
    )


def _take_back(intent: Intent, route: Route, error: ProviderError) -> None:
    """The provider said that it has not got it. That counts where no earlier attempt under this key is in doubt. What
    went out together may go out with others next time."""
    if error.was_sent is not False or not intent.is_first:
        return
    Submission.objects.filter(pk=intent.submission.pk).update(is_uncertain=False)
    intent.submission.is_uncertain = False
    if route.connection is not None:
        usage.give_back(route.connection, *intent.jobs)
    if len(intent.jobs) > 1:
        _detach(intent.jobs)


def _reserve(jobs: Sequence[Job], route: Route) -> None:
    if route.connection is not None:
        usage.reserve(route.connection, *jobs)


def _note_nothing(_remote_id: str) -> None:
    return

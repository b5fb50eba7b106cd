"""A claimed job on its way to a provider: intent, send, accept.

The intent is written before the call and says that the provider may have the document; only an answer that says
otherwise takes that back. A crash between the two repeats the call under the same key where the provider knows keys,
and is otherwise shown to a person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Rule
from jobs import failpoints, providers_registry, states, storage
from jobs.models import Job, Status, Submission
from jobs.providers.base import (
    Accepted,
    GroupProvider,
    Provider,
    ProviderError,
    Reply,
    Request,
    SavingProvider,
)
from jobs.remote import copies, saved, usage
from jobs.remote.routing import Route

logger = logging.getLogger(__name__)

LEASE_SECONDS_MORE = 60  # beyond the longest call


def request_for(job: Job, route: Route, *, was_sent: bool = False, uploaded: str | None = None) -> Request:
    """What the provider is asked, from the version and the document. ``FileNotFoundError`` when its bytes are gone,
    which no longer matters once it ``was_sent``. ``uploaded`` is the copy at the vendor, looked up unless given."""
    version, document, connection = job.version, job.document, route.connection
    return Request(
        idempotency_key=f"{job.uid}-{job.submission_number}",
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
        _take_back(intent, [job], route, error)
        raise
    failpoints.hit("after_send")
    if isinstance(outcome, Accepted):
        _accept_or_withdraw(job, outcome, provider)
        failpoints.hit("after_accept")
    return outcome


def send_group(
    jobs: Sequence[Job], provider: Provider, route: Route, *, lease_seconds: float
) -> Mapping[int, ProviderError]:
    """Send several documents of one version as one submission. Returns what the provider refused, by the job's key;
    raises ``ProviderError`` when it took none, and ``LostRaceError`` when one of them was given up meanwhile."""
    failpoints.hit("before_intent")
    uploaded = copies.known(jobs, route.connection)
    requests = {job.pk: request_for(job, route, uploaded=uploaded.get(job.pk, "")) for job in jobs}
    intent = write_intent(jobs, route, lease_seconds=_lease(route, lease_seconds) + 5 * len(jobs))
    failpoints.hit("before_send")
    try:
        accepted = cast(GroupProvider, provider).submit_group(list(requests.values()))
    except ProviderError as error:
        _take_back(intent, jobs, route, error)
        if error.was_sent is False:
            _detach(jobs)
        raise
    failpoints.hit("after_send")
    refused = {
        key: accepted.refused[request.idempotency_key]
        for key, request in requests.items()
        if request.idempotency_key in accepted.refused
    }
    _write_acceptance(intent.submission.pk, accepted)
    _detach([job for job in jobs if job.pk in refused])
    for job in jobs:
        if job.pk not in refused:
            _hand_over(job)
    failpoints.hit("after_accept")
    return refused


def accept(job: Job, accepted: Accepted) -> None:
    """Write down what the provider calls this job, then let go of it. The first holds also where the second comes too
    late: a copy that nobody knows the name of could never be removed."""
    submission: Any = job.submission_id
    _write_acceptance(submission, accepted)
    states.hand_over(job)


def _write_acceptance(submission: int, accepted: Accepted) -> None:
    Submission.objects.filter(pk=submission).update(
        remote_id=accepted.remote_id, accepted_at=Now(), vendor_request_id=accepted.vendor_request_id[:200]
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


def _accept_or_withdraw(job: Job, accepted: Accepted, provider: Provider) -> None:
    """What was cancelled or erased while it was being sent is taken back, where the provider can do that."""
    try:
        accept(job, accepted)
    except states.LostRaceError:
        if Job.objects.filter(pk=job.pk, status=Status.CANCELLED).exists():
            provider.cancel(accepted.remote_id)
        raise


def _with_saved_preset(job: Job, provider: Provider, request: Request, route: Route) -> Request:
    if not (route.capabilities.saves_presets and route.connection and request.options.get("save_preset")):
        return request
    kept = saved.remote_id(job.version, route.connection, cast(SavingProvider, provider), request)
    return replace(request, saved_preset=kept)


def _lease(route: Route, least: float) -> float:
    deadline = providers_registry.deadline_of(route.connection) if route.connection else 0.0
    return max(least, deadline + LEASE_SECONDS_MORE)


@dataclass(frozen=True, slots=True)
class Intent:
    """``is_first``: the provider cannot have the document from before."""

    submission: Submission
    is_first: bool


def write_intent(jobs: Sequence[Job], route: Route, *, lease_seconds: float) -> Intent:
    """One Submission per number and route: an automatic attempt goes on with the one it finds. ``LostRaceError`` for a
    worker that slept through its lease: nothing may be sent for a job that is in other hands."""
    kept = jobs[0].submission if len(jobs) == 1 else None
    if kept is not None and _is_same(kept, jobs[0], route):
        states.renew(jobs[0], lease_seconds=lease_seconds)
        intent = Intent(kept, is_first=not kept.is_uncertain)
        Submission.objects.filter(pk=kept.pk).update(intent_at=Now(), is_uncertain=True)
    else:
        intent = Intent(_create_submission(jobs, route, lease_seconds=lease_seconds), is_first=True)
    if intent.is_first:
        _reserve(jobs, route)
    return intent


def _create_submission(jobs: Sequence[Job], route: Route, *, lease_seconds: float) -> Submission:
    first = jobs[0]
    with transaction.atomic():
        submission = Submission.objects.create(
            project_id=first.project_id,
            provider=route.provider,
            connection=route.connection,
            number=first.submission_number,
            idempotency_key=f"{first.uid}-{first.submission_number}",
        )
        for job in jobs:
            states.attach(job, submission, lease_seconds=lease_seconds)
    return submission


def _is_same(submission: Submission, job: Job, route: Route) -> bool:
    connection_id = route.connection.pk if route.connection else None
    return (submission.number, submission.provider, submission.connection_id) == (
        job.submission_number,
        route.provider,
        connection_id,
    )


def _take_back(intent: Intent, jobs: Sequence[Job], route: Route, error: ProviderError) -> None:
    """The provider said that it has not got it. That counts where no earlier attempt under this key is in doubt."""
    if error.was_sent is False and intent.is_first:
        Submission.objects.filter(pk=intent.submission.pk).update(is_uncertain=False)
        for job in jobs:
            if job.submission is not None:
                job.submission.is_uncertain = False
            if route.connection is not None:
                usage.settle(route.connection, job, Decimal(0))


def _reserve(jobs: Sequence[Job], route: Route) -> None:
    for job in jobs:
        if route.connection is not None:
            usage.reserve(route.connection, job)


def _note_nothing(_remote_id: str) -> None:
    return

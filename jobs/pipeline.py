"""One job from claim to answer. Called by the tasks; runs in a worker.

Local work answers within the claim. A remote call is split: the intent is written, the document sent, the acceptance
written, and the job let go; ``jobs.polling`` brings the answer home. The named failpoints are where a crash is most
telling; tests stop a worker there.
"""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Rule
from jobs import failpoints, outcomes, providers_registry, runs, states, storage
from jobs.models import Job, Reason, Status, Submission
from jobs.providers.base import Accepted, Provider, ProviderError, Reply, Request
from rules.capabilities import capabilities_of

logger = logging.getLogger(__name__)

LOCAL_LEASE_SECONDS = 120  # above the hard time limit of a `local` task, so that a live worker never loses its job
CALL_LEASE_SECONDS = 300


def run(job_id: int, *, lease_seconds: float = LOCAL_LEASE_SECONDS) -> Job | None:
    """Take one due job as far as it goes now; the job as it was left, none when there was nothing to claim, as in the
    second of two calls. An error that nobody expected costs the job an attempt and is raised again, for the log."""
    failpoints.hit("before_claim")
    job = states.claim(job_id, worker=worker_name(), lease_seconds=lease_seconds)
    if job is None:
        return None
    failpoints.hit("after_claim")
    try:
        _work(job, lease_seconds=lease_seconds)
    except states.LostRaceError:
        logger.info("job given up meanwhile", extra={"job": str(job.uid)})
    except Exception as error:
        recover(job, reason=Reason.INTERNAL, message=type(error).__name__)
        raise
    finally:
        runs.finish_if_done(job.run_id)
    return job


def recover(job: Job, *, reason: str, message: str) -> None:
    """What becomes of a claimed job whose work broke off. Accepted already: poll on. Before any intent, or with a
    provider that knows our key: another attempt. An intent without an answer and without a key is looked up, else a
    person is asked. A job that is in other hands by now is left alone."""
    try:
        if job.submission is not None and job.submission.remote_id:
            states.hand_over(job)
        elif job.submission is None or capabilities_of(job.version.provider).idempotent:
            states.postpone(job, reason=reason, message=message)
        else:
            _look_up(job, job.submission)
    except states.LostRaceError:
        return


def worker_name() -> str:
    """Host and process, as the events and the operator page show it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _work(job: Job, *, lease_seconds: float) -> None:
    try:
        request = request_for(job)
    except FileNotFoundError:
        outcomes.store_failure(job, reason=Reason.UNREADABLE, message="The document's bytes are gone.")
        return
    try:
        provider = providers_registry.provider_for(job)
        if capabilities_of(job.version.provider).in_process:
            outcome: Accepted | Reply = provider.submit(request)
        else:
            outcome = _submit(job, provider, request, lease_seconds=lease_seconds)
    except ProviderError as error:
        record_failure(job, error)
        return
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        store_reply(job, outcome)
        failpoints.hit("after_store")


def store_reply(job: Job, reply: Reply) -> None:
    """Keep a final answer; one that cannot be kept fails the job instead. What it cost is written down also when it
    came too late, and then ``LostRaceError`` is raised."""
    if job.submission_id:
        credits_used = outcomes.credits_of(reply)
        Submission.objects.filter(pk=job.submission_id).update(closed_at=Now(), credits=credits_used)
    objection = outcomes.objection_to(reply, job.version)
    if objection:
        outcomes.store_failure(job, reason=Reason.CONTRACT_BROKEN, message=objection)
    else:
        outcomes.store(job, reply)


def record_failure(job: Job, error: ProviderError) -> None:
    """An error while sending becomes the job's next state: later, outcome unknown, or failed."""
    if error.was_sent is None and not capabilities_of(job.version.provider).idempotent:
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=str(error))
    elif error.is_transient:
        states.postpone(job, reason=error.reason, message=str(error), retry_after=error.retry_after)
    else:
        outcomes.store_failure(job, reason=error.reason, message=str(error))


def request_for(job: Job, *, was_sent: bool = False) -> Request:
    """What the provider is asked, from the version and the document. ``FileNotFoundError`` when its bytes are gone,
    which no longer matters once it was sent."""
    version, document = job.version, job.document
    return Request(
        idempotency_key=f"{job.uid}-{job.submission_number}",
        path=Path() if was_sent else storage.document_path(document),
        name=document.name,
        media_type=document.media_type,
        sha256=document.blob.sha256 if document.blob else "",
        rules=tuple(Rule(type=rule["type"], description=rule.get("description", "")) for rule in version.rules),
        mode=version.mode,
        lang=version.lang,
        max_pages=version.max_pages,
        target_pages=version.target_pages,
        page_count=document.page_count,
        options=version.provider_options,
    )


def _submit(job: Job, provider: Provider, request: Request, *, lease_seconds: float) -> Accepted | Reply:
    """Intent, send, accept. A crash between the first two repeats the call under the same key; without a key the
    sweeper finds the intent and asks a person."""
    failpoints.hit("before_intent")
    _write_intent(job, request.idempotency_key, lease_seconds=lease_seconds)
    failpoints.hit("before_send")
    outcome = provider.submit(request)
    failpoints.hit("after_send")
    if isinstance(outcome, Accepted):
        _accept_or_withdraw(job, outcome, provider)
        failpoints.hit("after_accept")
    return outcome


def _accept_or_withdraw(job: Job, accepted: Accepted, provider: Provider) -> None:
    """What was cancelled or erased while it was being sent is taken back, where the provider can do that."""
    try:
        accept(job, accepted)
    except states.LostRaceError:
        if Job.objects.filter(pk=job.pk, status=Status.CANCELLED).exists():
            provider.cancel(accepted.remote_id)
        raise


def _write_intent(job: Job, key: str, *, lease_seconds: float) -> None:
    """One Submission per number: an automatic attempt goes on with the one it finds. ``LostRaceError`` for a worker
    that slept through its lease: nothing may be sent for a job that is in other hands."""
    if job.submission is not None and job.submission.number == job.submission_number:
        states.renew(job, lease_seconds=lease_seconds)
        Submission.objects.filter(pk=job.submission.pk).update(intent_at=Now())
        return
    with transaction.atomic():
        submission = Submission.objects.create(
            project_id=job.project_id,
            provider=job.version.provider,
            connection_id=job.version.connection_id,
            number=job.submission_number,
            idempotency_key=key,
        )
        if not Job.objects.filter(pk=job.pk, attempt=job.attempt, status=Status.RUNNING).update(submission=submission):
            raise states.LostRaceError
    job.submission = submission


def accept(job: Job, accepted: Accepted) -> None:
    """Write down what the provider calls this job, then let go of it. The first holds also where the second comes too
    late: a copy that nobody knows the name of could never be removed."""
    submission: Any = job.submission_id
    Submission.objects.filter(pk=submission).update(
        remote_id=accepted.remote_id, accepted_at=Now(), vendor_request_id=accepted.vendor_request_id[:200]
    )
    states.hand_over(job)


def _look_up(job: Job, submission: Submission) -> None:
    try:
        found = providers_registry.provider_for(job).find(submission.idempotency_key)
    except ProviderError:
        found = None  # a person looks again once the provider answers
    if found:
        accept(job, found)
    else:
        message = "It broke off while sending. The provider may have it."
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=message)

"""One job from claim to answer. Called by the tasks; runs in a worker.

Local work answers within the claim. A remote call is split: the intent is written, the document sent, the acceptance
written, and the job let go; ``jobs.polling`` brings the answer home. The named failpoints are where a crash is most
telling; tests stop a worker there.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Rule
from jobs import failpoints, outcomes, providers_registry, runs, states, storage
from jobs.models import Job, Reason, Submission
from jobs.providers.base import Accepted, ProviderError, Reply, Request
from rules.capabilities import capabilities_of

logger = logging.getLogger(__name__)

LOCAL_LEASE_SECONDS = 120  # above the hard time limit of a `local` task, so that a live worker never loses its job
CALL_LEASE_SECONDS = 300


def run(job_id: int) -> None:
    """Take one due job as far as it goes now. Safe to call twice: the second finds nothing to claim."""
    failpoints.hit("before_claim")
    job = states.claim(job_id, worker=worker_name(), lease_seconds=_lease_seconds())
    if job is None:
        return
    failpoints.hit("after_claim")
    try:
        _work(job)
    except states.LostRaceError:
        logger.info("job given up meanwhile", extra={"job": str(job.uid)})
    runs.finish_if_done(job.run_id)


def worker_name() -> str:
    """Host and process, as the events and the operator page show it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _lease_seconds() -> float:
    return getattr(settings, "JOB_LEASE_SECONDS", None) or LOCAL_LEASE_SECONDS


def _work(job: Job) -> None:
    provider = providers_registry.provider_for(job)
    try:
        if capabilities_of(job.version.provider).in_process:
            outcome: Accepted | Reply = provider.submit(request_for(job))
        else:
            outcome = _submit(job, provider)
    except ProviderError as error:
        record_failure(job, error)
        return
    except FileNotFoundError:
        outcomes.store_failure(job, reason=Reason.UNREADABLE, message="The document's bytes are gone.")
        return
    if isinstance(outcome, Reply):
        failpoints.hit("before_store")
        store_reply(job, outcome)
        failpoints.hit("after_store")


def store_reply(job: Job, reply: Reply) -> None:
    """Keep a final answer; an answer outside the rules fails the job instead."""
    if outcomes.fits_rules(job, reply.answer):
        outcomes.store(job, reply)
    else:
        outcomes.store_failure(job, reason=Reason.CONTRACT_BROKEN, message="The answer names a type outside the rules.")
    if job.submission_id:
        Submission.objects.filter(pk=job.submission_id).update(closed_at=Now(), credits=reply.credits)


def record_failure(job: Job, error: ProviderError) -> None:
    """A provider's error becomes the job's next state: later, outcome unknown, or failed."""
    if error.was_sent is None and not capabilities_of(job.version.provider).idempotent:
        states.fail(job, reason=Reason.OUTCOME_UNKNOWN, message=str(error))
    elif error.is_transient:
        states.postpone(job, reason=error.reason, message=str(error), retry_after=error.retry_after)
    else:
        outcomes.store_failure(job, reason=error.reason, message=str(error))


def request_for(job: Job) -> Request:
    """What the provider is asked, from the version and the document."""
    version, document = job.version, job.document
    path = storage.document_path(document)
    return Request(
        idempotency_key=f"{job.uid}-{job.submission_number}",
        path=path,
        name=document.name,
        media_type=document.media_type,
        sha256=document.blob.sha256 if document.blob else "",
        rules=tuple(Rule(type=rule["type"], description=rule.get("description", "")) for rule in version.rules),
        mode=version.mode,
        lang=version.lang,
        max_pages=version.max_pages,
        target_pages=version.target_pages,
        options=version.provider_options,
    )


def _submit(job: Job, provider: Any) -> Accepted | Reply:
    """Intent, send, accept. A crash between the first two repeats the call under the same key; without a key the
    sweeper finds the intent and asks a person."""
    request = request_for(job)
    failpoints.hit("before_intent")
    _write_intent(job, request.idempotency_key)
    failpoints.hit("before_send")
    outcome: Accepted | Reply = provider.submit(request)
    failpoints.hit("after_send")
    if isinstance(outcome, Accepted):
        accept(job, outcome)
        failpoints.hit("after_accept")
    return outcome


def _write_intent(job: Job, key: str) -> None:
    """One Submission per number: an automatic attempt goes on with the one it finds."""
    if job.submission is not None and job.submission.number == job.submission_number:
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
        if not Job.objects.filter(pk=job.pk, attempt=job.attempt, status=job.status).update(submission=submission):
            raise states.LostRaceError
    job.submission = submission


def accept(job: Job, accepted: Accepted) -> None:
    """Write down what the provider calls this job, then let go of it."""
    with transaction.atomic():
        Submission.objects.filter(pk=job.submission_id).update(
            remote_id=accepted.remote_id, accepted_at=Now(), vendor_request_id=accepted.vendor_request_id
        )
        states.hand_over(job)

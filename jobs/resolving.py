"""An intent without an answer: looking at the provider whether it took the document."""

from __future__ import annotations

from django.db import transaction

from jobs import providers_registry, sending, states, tasks
from jobs.models import Job, Submission
from jobs.providers.base import Accepted, ProviderError


def look_again(job: Job) -> bool:
    """Whether the provider lists this job's key; if so the job waits for its answer again, under the same number.
    Pressed twice, the second finds it under way."""
    if job.submission is None:
        return False
    found = _find(job, job.submission)
    if found is None:
        return False
    try:
        with transaction.atomic():
            states.resume(job)
            sending.accept(job, found)
    except states.LostRaceError:
        return True
    tasks.send_on_commit(tasks.poll, job.submission.provider, job.submission.connection_id)
    return True


def _find(job: Job, submission: Submission) -> Accepted | None:
    """A worker that was given up may have heard from the provider after all."""
    if submission.remote_id:
        return Accepted(remote_id=submission.remote_id, vendor_request_id=submission.vendor_request_id)
    try:
        return providers_registry.provider_for(job).find(submission.idempotency_key)
    except ProviderError:
        return None

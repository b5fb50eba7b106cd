"""An intent without an answer: looking at the provider whether it took the document.

A person asks for it and a worker does it, for a provider may be slow and its lists long. While it is looked for a lease
says so; what came of it stands on the job.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from classifyhub.text import clean_line
from jobs import leases, providers_registry, sending, states
from jobs.models import Job, Reason, Status, Submission
from jobs.providers.base import Accepted, ProviderError

LOOK_SECONDS = 300  # longer than any provider is asked for; when a worker dies over it, a person may ask again then


def begin(job: Job) -> bool:
    """Whether nobody looks for it yet; the caller then sends ``tasks.look_again``, or ends it with ``end``."""
    return leases.take(_key(job.pk), seconds=LOOK_SECONDS)


def end(job_id: int) -> None:
    """Nobody looks for it any more."""
    leases.give_back(_key(job_id))


def being_looked_for(jobs: Iterable[Job]) -> set[int]:
    """The keys of those of these jobs that a worker looks for right now, or is about to."""
    keys = {_key(job.pk): job.pk for job in jobs}
    return {keys[key] for key in leases.held(keys)}


def look_again(job: Job) -> bool:
    """Whether the provider lists this job's key; if so the job waits for its answer again, under the same number, and
    the caller has it polled. If not, the job says so. Looked for twice, the second finds it under way."""
    if job.submission is None:
        return False
    try:
        found = _find(job, job.submission)
    except ProviderError as error:
        _say(job, _("The provider could not be asked: %(said)s") % {"said": error})
        return False
    if found is None:
        _say(job, _("The provider does not show it. Submit it again if its own pages do not either."))
        return False
    with suppress(states.LostRaceError), transaction.atomic():
        states.resume(job)
        sending.accept(job, found)
    return True


def _find(job: Job, submission: Submission) -> Accepted | None:
    """A worker that was given up may have heard from the provider after all."""
    if submission.remote_id:
        return Accepted(remote_id=submission.remote_id, vendor_request_id=submission.vendor_request_id)
    return providers_registry.provider_for(job).find(submission.idempotency_key)


def _say(job: Job, words: str) -> None:
    unknown = Job.objects.filter(pk=job.pk, attempt=job.attempt, status=Status.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    unknown.update(error_message=clean_line(words, max_length=500))


def _key(job_id: int) -> str:
    return f"look:{job_id}"

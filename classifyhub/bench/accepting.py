"""Jobs as they stand once a vendor has accepted them, row by row as sending leaves them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub.accounts.models import User
from classifyhub.bench.filling import add_documents
from classifyhub.clock import in_seconds
from jobs.models import Job, JobEvent, Reason, Run, Status, Submission
from jobs.states import FIRST_POLL_SECONDS
from rules.models import PresetVersion


@transaction.atomic
def add_accepted(version: PresetVersion, remote_ids: Sequence[str], *, name: str, by: User) -> Run:
    """A run of one RUNNING job for each of the vendor's ids, to be looked at in a second for the first time."""
    run = Run.objects.create(project=version.project, version=version, name=name, by=by, sealed_at=timezone.now())
    documents = add_documents(version.project, [f"{name} {remote_id}.txt" for remote_id in remote_ids])
    jobs = [Job(project=run.project, run=run, document=document, version=version) for document in documents]
    submissions = Submission.objects.bulk_create(
        _submission(job, remote_id) for job, remote_id in zip(jobs, remote_ids, strict=True)
    )
    for job, submission in zip(jobs, submissions, strict=True):
        job.submission = submission
        job.queue, job.status, job.client_status = Job.Queue.CALL, Status.RUNNING, Status.RUNNING
        job.reason, job.started_at, job.next_action_at = Reason.WAITING, timezone.now(), timezone.now()
    Job.objects.bulk_create(jobs)
    JobEvent.objects.bulk_create(
        JobEvent(job=job, from_status=Status.PENDING, to_status=Status.RUNNING, attempt=1, note="bench") for job in jobs
    )
    run.jobs.update(started_at=Now(), next_action_at=in_seconds(FIRST_POLL_SECONDS))
    return run


def _submission(job: Job, remote_id: str) -> Submission:
    return Submission(
        project_id=job.project_id,
        provider=job.version.provider,
        connection_id=job.version.connection_id,
        idempotency_key=f"{job.uid}-{job.submission_number}",
        remote_id=remote_id,
        accepted_at=timezone.now(),
    )

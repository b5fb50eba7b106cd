"""Fills a desk with finished and waiting documents, row by row as the product would leave them, but without the files."""

from __future__ import annotations

import hashlib
import random
import uuid

from django.db import transaction
from django.utils import timezone

from classifyhub.accounts.models import Membership, Project, Role, User
from classifyhub.text import fold
from jobs.models import Blob, Document, Job, Result, ReviewItem, Run, Status
from rules import drafts, publishing
from rules.models import PresetVersion
from rules.starters import STARTERS

RUN_SIZE = 500
WAITING_SHARE = 0.5


def fill(jobs: int, *, seed: int = 7) -> tuple[User, Project]:
    """A project with ``jobs`` completed jobs in runs of 500, half of them waiting for review."""
    user = User.objects.create_superuser(f"bench{jobs}@example.org", "not a secret")
    project = Project.objects.create(slug=f"bench-{jobs}", name=f"Bench {jobs}", created_by=user)
    Membership.objects.create(project=project, user=user, role=Role.ADMIN)
    preset = drafts.create_preset(project, "Bench", by=user, rules=STARTERS[0].draft_rules())
    version = publishing.publish(preset, by=user, note="")
    dice = random.Random(seed)  # noqa: S311  # the same rows every time
    for number in range(jobs // RUN_SIZE):
        _add_run(project, version, user, number, dice)
    return user, project


@transaction.atomic
def _add_run(project: Project, version: PresetVersion, user: User, number: int, dice: random.Random) -> None:
    now = timezone.now()
    run = Run.objects.create(
        project=project, version=version, name=f"Run {number}", by=user, sealed_at=now, finished_at=now
    )
    names = [f"document_{number}_{index}.pdf" for index in range(RUN_SIZE)]
    blobs = Blob.objects.bulk_create(
        Blob(project=project, sha256=hashlib.sha256(name.encode()).hexdigest(), size=1000) for name in names
    )
    documents = Document.objects.bulk_create(
        Document(
            project=project,
            blob=blob,
            name=name,
            name_folded=fold(name),
            media_type="application/pdf",
            page_count=1,
            check_state=Document.Check.READY,
            client_uid=uuid.uuid4(),
        )
        for name, blob in zip(names, blobs, strict=True)
    )
    jobs = Job.objects.bulk_create(_job(run, document) for document in documents)
    types = [rule["type"] for rule in version.rules]
    results = Result.objects.bulk_create(_result(job, dice, types) for job in jobs)
    ReviewItem.objects.bulk_create(_item(job, result, dice) for job, result in zip(jobs, results, strict=True))


def _job(run: Run, document: Document) -> Job:
    now = timezone.now()
    return Job(
        project_id=run.project_id,
        run=run,
        document=document,
        version=run.version,
        queue=Job.Queue.LOCAL,
        status=Status.COMPLETED,
        client_status=Status.COMPLETED,
        reason="",
        next_action_at=None,
        started_at=now,
        finished_at=now,
        released_at=now,
        pages_read=1,
    )


def _result(job: Job, dice: random.Random, types: list[str]) -> Result:
    chosen = dice.choice(types)
    candidates = [{"type": name, "score": round(dice.random(), 3)} for name in types]
    return Result(
        project_id=job.project_id,
        job=job,
        provider="local",
        engine="bench",
        type=chosen,
        confidence=round(dice.random(), 3),
        reasoning="Titled “INVOICE”.",
        candidates=candidates,
        evidence=[{"page": 1, "quote": "INVOICE", "boxes": [[0.1, 0.1, 0.3, 0.12]], "start": 0, "end": 7}],
    )


def _item(job: Job, result: Result, dice: random.Random) -> ReviewItem:
    waits = dice.random() < WAITING_SHARE
    return ReviewItem(
        project_id=job.project_id,
        document_id=job.document_id,
        preset_id=job.version.preset_id,
        job=job,
        current_result=result,
        status=ReviewItem.State.WAITING if waits else ReviewItem.State.AUTO_APPROVED,
        why=ReviewItem.Why.BELOW if waits else "",
        priority=round((result.confidence or 0) * 1000),
    )

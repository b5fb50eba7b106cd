"""Fills a desk with classified documents, row by row as the product leaves them, but without the files: a hundred
thousand in a minute or two."""

from __future__ import annotations

import datetime
import hashlib
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from classifyhub.accounts import projects
from classifyhub.accounts.models import Project, User
from classifyhub.text import fold
from jobs.models import Blob, Document, Job, JobEvent, Reason, Result, Review, ReviewItem, Run, Status
from rules import drafts, publishing
from rules.models import PresetVersion, ProviderName
from rules.starters import STARTERS

State, Why = ReviewItem.State, ReviewItem.Why
# A quarter passes by itself, a third of the rest is decided, and half of all waits: more than anybody could decide.
PASS_SHARE, DECIDED_SHARE = 0.25, 1 / 3
RUNS_A_DAY = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """A filled project, its only member, and its runs, the oldest first."""

    project: Project
    user: User
    runs: tuple[Run, ...]


def fill(jobs: int, *, run_size: int, seed: int = 7) -> Desk:
    """A project with ``jobs`` completed jobs in runs of ``run_size``, two runs a day up to now."""
    user = User.objects.create_superuser(f"bench{jobs}@example.org", "not a secret")
    project = projects.create_project(f"Bench {jobs}", by=user)
    preset = drafts.create_preset(project, "Bench", by=user, rules=STARTERS[0].draft_rules())
    version = publishing.publish(preset, by=user, note="")
    filler = _Filler(version, user, random.Random(seed))  # noqa: S311  # the same rows every time
    days = [number // RUNS_A_DAY for number in reversed(range(jobs // run_size))]
    now = timezone.now()
    return Desk(project, user, tuple(filler.add_run(run_size, at=now - datetime.timedelta(days=day)) for day in days))


def publish_echo(project: Project, *, by: User) -> PresetVersion:
    """A published version whose provider answers at once. People cannot publish one: it is not offered to them."""
    preset = drafts.create_preset(project, "Bench", by=by, rules=STARTERS[0].draft_rules())
    version = publishing.publish(preset, by=by, note="")
    PresetVersion.objects.filter(pk=version.pk).update(provider=ProviderName.ECHO)
    version.provider = ProviderName.ECHO
    return version


def add_documents(project: Project, names: list[str]) -> list[Document]:
    """Checked documents of these names, as new as can be."""
    return _documents(project, names, at=timezone.now())


@dataclass(frozen=True, slots=True)
class _Filler:
    """Writes runs of one version for one person. The dice give types, confidences and what became of each."""

    version: PresetVersion
    user: User
    dice: random.Random

    @transaction.atomic
    def add_run(self, size: int, *, at: datetime.datetime) -> Run:
        """One finished run whose every document was answered at ``at``."""
        times = {"created_at": at, "sealed_at": at, "finished_at": at}
        project, name = self.version.project, f"Post of {at:%d %b}"
        run = Run.objects.create(project=project, version=self.version, name=name, by=self.user, **times)
        names = [f"letter {run.pk}-{index}.pdf" for index in range(size)]
        jobs = Job.objects.bulk_create(_job(run, document, at=at) for document in _documents(project, names, at=at))
        JobEvent.objects.bulk_create(event for job in jobs for event in _events(job, at=at))
        results = Result.objects.bulk_create(self._result(job, at=at) for job in jobs)
        ReviewItem.objects.bulk_create(self._item(result, at=at) for result in results)
        self._decide(run, at=at)
        return run

    def _result(self, job: Job, *, at: datetime.datetime) -> Result:
        types = [rule["type"] for rule in self.version.rules]
        return Result(
            project_id=job.project_id,
            job=job,
            provider=ProviderName.LOCAL,
            engine="bench",
            type=self.dice.choice(types),
            confidence=round(self.dice.random(), 3),
            reasoning="Titled “INVOICE”, and an invoice number stands on page 1.",
            candidates=[{"type": name, "score": round(self.dice.random(), 3)} for name in types],
            evidence=[{"page": 1, "quote": "INVOICE", "boxes": [[0.1, 0.1, 0.3, 0.12]], "start": 0, "end": 7}],
            created_at=at,
        )

    def _item(self, result: Result, *, at: datetime.datetime) -> ReviewItem:
        """As the machine leaves it."""
        passes = self.dice.random() < PASS_SHARE
        return ReviewItem(
            project_id=result.project_id,
            document_id=result.job.document_id,
            preset_id=result.job.version.preset_id,
            job=result.job,
            current_result=result,
            status=State.AUTO_APPROVED if passes else State.WAITING,
            why="" if passes else Why.EVERY,
            priority=round((result.confidence or 0) * 1000),
            created_at=at,
            updated_at=at,
        )

    def _decide(self, run: Run, *, at: datetime.datetime) -> None:
        """Approve some of what waits."""
        waiting = ReviewItem.objects.filter(job__run=run, status=State.WAITING).select_related("current_result")
        decided = [item for item in waiting if self.dice.random() < DECIDED_SHARE]
        Review.objects.bulk_create(self._review(item, at=at) for item in decided)
        review = Review.objects.filter(item=OuterRef("pk"))
        ReviewItem.objects.filter(pk__in=[item.pk for item in decided]).update(
            status=State.APPROVED,
            why="",
            final_type=Subquery(review.values("final_type")),
            effective_review=Subquery(review.values("pk")),
        )

    def _review(self, item: ReviewItem, *, at: datetime.datetime) -> Review:
        result = item.current_result
        return Review(
            project_id=item.project_id,
            item=item,
            result_seen=result,
            version_seen=self.version,
            decision=Review.Decision.APPROVE,
            final_type=result.type if result else None,
            status_before=State.WAITING,
            why_before=Why.EVERY,
            by=self.user,
            at=at,
            seconds=3.0,
        )


def _documents(project: Project, names: list[str], *, at: datetime.datetime) -> list[Document]:
    hashes = [hashlib.sha256(f"{project.pk} {name}".encode()).hexdigest() for name in names]
    blobs = Blob.objects.bulk_create(Blob(project=project, sha256=digest, size=90_000) for digest in hashes)
    return Document.objects.bulk_create(
        Document(
            project=project,
            blob=blob,
            name=name,
            name_folded=fold(name),
            media_type="application/pdf",
            page_count=2,
            has_text=True,
            check_state=Document.Check.READY,
            client_uid=uuid.uuid4(),
            created_at=at,
            checked_at=at,
        )
        for blob, name in zip(blobs, names, strict=True)
    )


def _job(run: Run, document: Document, *, at: datetime.datetime) -> Job:
    return Job(
        project_id=run.project_id,
        run=run,
        document=document,
        version=run.version,
        queue=Job.Queue.LOCAL,
        status=Status.COMPLETED,
        client_status=Status.COMPLETED,
        reason=Reason.NONE,
        next_action_at=None,
        created_at=at,
        started_at=at,
        finished_at=at,
        released_at=at,
        pages_read=2,
    )


def _events(job: Job, *, at: datetime.datetime) -> Iterator[JobEvent]:
    for came_from, to in pairwise(("", Status.PENDING, Status.RUNNING, Status.COMPLETED)):
        yield JobEvent(job=job, from_status=came_from, to_status=to, attempt=1, note="bench", at=at)

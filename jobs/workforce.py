"""What the workers do and what is stuck: for Home, the operator's page and the readiness of the desk."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from classifyhub.accounts.models import Project
from classifyhub.clock import in_seconds
from jobs.models import Job, Reason, Status, WorkerBeat

ALIVE_SECONDS = 30
# A queued job that nobody took within this time has no worker, or its worker is behind.
UNCLAIMED_SECONDS = 300
LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Crew:
    """The live workers of one queue together; ``seen_at`` null: none was ever seen."""

    queue: str
    busy: int
    capacity: int
    workers: int
    seen_at: datetime.datetime | None

    @property
    def is_missing(self) -> bool:
        return self.workers == 0


def crews() -> list[Crew]:
    """The two queues, each with its live workers."""
    return [_crew(queue) for queue in (Job.Queue.LOCAL, Job.Queue.CALL)]


def clock_seen_at() -> datetime.datetime | None:
    """When the clock last swept; null when it never did."""
    return WorkerBeat.objects.filter(name="clock").values_list("seen_at", flat=True).first()


def disk_free() -> int:
    """Free bytes where the data folder lies."""
    return shutil.disk_usage(settings.DATA_DIR).free


def outcome_unknown(project: Project) -> QuerySet[Job]:
    """Jobs that a provider may or may not have: only a person may send them again."""
    unknown = Job.objects.filter(project=project, status=Status.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    return _with_document(unknown).order_by("pk")


def unclaimed(project: Project) -> QuerySet[Job]:
    """Queued jobs that have been due for five minutes, the longest first."""
    return _late(project, Status.PENDING)


def overdue(project: Project) -> QuerySet[Job]:
    """Running jobs whose lease or poll has been due for five minutes: the clock does not sweep."""
    return _late(project, Status.RUNNING)


def _crew(queue: str) -> Crew:
    beats = list(WorkerBeat.objects.filter(queue=queue, seen_at__gte=in_seconds(-ALIVE_SECONDS)))
    last = WorkerBeat.objects.filter(queue=queue).order_by("-seen_at").values_list("seen_at", flat=True).first()
    return Crew(
        queue=queue,
        busy=sum(beat.busy for beat in beats),
        capacity=sum(beat.capacity for beat in beats),
        workers=len(beats),
        seen_at=last,
    )


def _late(project: Project, status: str) -> QuerySet[Job]:
    """By due time: the few open jobs have an index of their own among all that ever ran."""
    late = Job.objects.filter(project=project, status=status, next_action_at__lt=in_seconds(-UNCLAIMED_SECONDS))
    return _with_document(late).order_by("next_action_at")


def _with_document(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.select_related("document", "run", "version__preset")

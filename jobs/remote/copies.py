"""What vendors keep of our documents: written down when it is sent, removed when the answer is in (where the connection
says so) and when the document is erased here. A vendor that is away is asked again later."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from classifyhub.accounts.models import Project
from classifyhub.clock import in_seconds
from jobs.models import ConnectionState, Document, Job, RemoteCopy, Status, Submission
from jobs.models.runs import FINAL
from jobs.providers.base import ListingProvider, ProviderError, RejectedError, RemoteProvider, Span
from rules.capabilities import capabilities_of
from rules.models import Connection

logger = logging.getLogger(__name__)

BATCH = 50
AGAIN_SECONDS = 300  # after a vendor refused or was away
CLOCKS_APART = timedelta(minutes=1)  # ours and a vendor's
LONGEST_CALL = timedelta(minutes=15)  # it may have been on its way when its job ended here

Kind = RemoteCopy.Kind


def note(job: Job, connection: Connection, remote_id: str) -> None:
    """A copy of the job's document is at the vendor from now on. The same copy noted twice is one."""
    RemoteCopy.objects.bulk_create([_row(job, connection, Kind.FILE, remote_id)], ignore_conflicts=True)
    let_go_if_erased(job)


def note_job(job: Job, connection: Connection | None, remote_id: str) -> None:
    """The vendor has made a job of it: each submission is one more, and stays until it is deleted there. Nothing is
    noted where the API deletes none."""
    if connection is not None and capabilities_of(connection.provider).keeps_jobs:
        row = _row(job, connection, Kind.JOB, remote_id)
        RemoteCopy.objects.bulk_create([row], ignore_conflicts=True)


def let_go_if_erased(job: Job) -> None:
    """What came to a vendor of a document that was erased meanwhile: whoever erased it could not know of it."""
    if Document.objects.filter(pk=job.document_id, deleted_at__isnull=False).exists():
        RemoteCopy.objects.filter(job=job).update(wanted_gone=True)


def _row(job: Job, connection: Connection, kind: str, remote_id: str, *, wanted_gone: bool = False) -> RemoteCopy:
    return RemoteCopy(
        project_id=job.project_id,
        connection=connection,
        job=job,
        kind=kind,
        remote_id=remote_id[:200],
        wanted_gone=wanted_gone,
    )


def known(jobs: Iterable[Job], connection: Connection | None) -> dict[int, str]:
    """The vendor's id of the copy of each job's document that is still there."""
    if connection is None:
        return {}
    found = RemoteCopy.objects.filter(
        job__in=list(jobs), connection=connection, kind=Kind.FILE, removed_at__isnull=True
    )
    return dict(found.order_by("pk").values_list("job_id", "remote_id"))


def let_go(job: Job, connection: Connection | None) -> None:
    """The answer is in, or will not be asked for: where the connection says so, the vendor's copy goes."""
    if connection is not None and connection.options.get("deletes_copies"):
        RemoteCopy.objects.filter(job=job, connection=connection).update(wanted_gone=True)


def let_go_of(document: Document) -> None:
    """The document is erased here: all of it goes, whatever the connection says, and what came to a vendor without an
    answer is looked for there."""
    RemoteCopy.objects.filter(job__document=document).update(wanted_gone=True)
    jobs = document.jobs.filter(Q(attempt__gt=1) | Q(submission__isnull=False))
    doubtful = jobs.exclude(attempt=1, status=Status.COMPLETED)  # sent once, and answered: nothing got lost
    for job in doubtful.select_related("version__connection", "version__fallback_connection"):
        traces = (
            _row(job, connection, Kind.KEY, job.key_of(number), wanted_gone=True)
            for connection in (job.version.connection, job.version.fallback_connection)
            if connection is not None and capabilities_of(connection.provider).lists_by_key
            for number in range(1, job.submission_number + 1)
        )
        RemoteCopy.objects.bulk_create(traces, ignore_conflicts=True)


def let_go_of_project(project: Project) -> int:
    """All of it goes. Returns how much there is that its vendors can be asked to remove."""
    kept = RemoteCopy.objects.filter(project=project, removed_at__isnull=True, connection__archived_at__isnull=True)
    return kept.update(wanted_gone=True)


def let_go_of_cancelled(run_id: int) -> None:
    """What was cancelled in a run: the vendors' copies go where their connections say so."""
    kept = RemoteCopy.objects.filter(job__run_id=run_id, job__status=Status.CANCELLED, wanted_gone=False)
    kept.filter(connection__options__deletes_copies=True).update(wanted_gone=True)


def connections_to_tidy() -> tuple[int, ...]:
    """The connections that keep something which should go, can still be called, and have not failed just now."""
    lately = ConnectionState.objects.filter(last_error_at__gt=in_seconds(-AGAIN_SECONDS)).exclude(last_reason="")
    usable = _due().filter(connection__archived_at__isnull=True)  # the key of a removed one is gone
    found = usable.exclude(connection__in=lately.values("connection"))
    return tuple(found.order_by().values_list("connection_id", flat=True).distinct()[:20])


def count_left(connection: Connection) -> int:
    """What is still at its vendor that should be gone."""
    return RemoteCopy.objects.filter(connection=connection, wanted_gone=True, removed_at__isnull=True).count()


def count_kept(connection: Connection) -> int:
    """All that is at its vendor of documents of ours, wanted there or not."""
    return RemoteCopy.objects.filter(connection=connection, removed_at__isnull=True).exclude(kind=Kind.KEY).count()


def tidy(connection: Connection, provider: RemoteProvider) -> int:
    """Remove some of what should go. Returns how many were: fewer than there are when the vendor stopped answering, or
    will not part with one, which is asked for again another time."""
    removed = 0
    for copy in _due().filter(connection=connection).select_related("job", "connection").order_by("pk")[:BATCH]:
        try:
            _remove(copy, provider)
        except RejectedError as error:
            logger.warning("copy not removed", extra={"copy": copy.pk, "error": str(error)})
            continue
        except ProviderError:
            break
        removed += RemoteCopy.objects.filter(pk=copy.pk).update(removed_at=Now())
    return removed


def _remove(copy: RemoteCopy, provider: RemoteProvider) -> None:
    match copy.kind:
        case Kind.JOB:
            provider.forget(remote_id=copy.remote_id, uploaded="")
        case Kind.FILE:
            provider.forget(remote_id="", uploaded=copy.remote_id)
        case Kind.KEY:
            _look_for(copy, cast(ListingProvider, provider))


def _look_for(trace: RemoteCopy, provider: ListingProvider) -> None:
    """What is found under a key is known from now on, and removed with the next."""
    left = provider.find_left(trace.remote_id, between=_when_sent(trace))
    found = [*((Kind.FILE, one) for one in left.files), *((Kind.JOB, one) for one in left.jobs)]
    rows = (_row(trace.job, trace.connection, kind, one, wanted_gone=True) for kind, one in found)
    RemoteCopy.objects.bulk_create(rows, ignore_conflicts=True)


def _when_sent(trace: RemoteCopy) -> Span | None:
    """Between which moments a job may have been made there without an answer to it; none where none was."""
    unanswered = Submission.objects.filter(
        project_id=trace.project_id, idempotency_key=trace.remote_id, is_uncertain=True, remote_id__isnull=True
    )
    if trace.job.finished_at is None or not unanswered.exists():
        return None
    return trace.job.created_at - CLOCKS_APART, trace.job.finished_at + LONGEST_CALL + CLOCKS_APART


def _due() -> QuerySet[RemoteCopy]:
    return RemoteCopy.objects.filter(wanted_gone=True, removed_at__isnull=True, job__status__in=FINAL)

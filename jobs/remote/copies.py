"""What vendors keep of our documents: written down when it is sent, removed when the answer is in (where the connection
says so) and when the document is erased here. A vendor that is away is asked again later."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import ConnectionState, Document, Job, RemoteCopy
from jobs.models.runs import FINAL
from jobs.providers.base import ProviderError, RemoteProvider
from rules.models import Connection

BATCH = 50
AGAIN_SECONDS = 300  # after a vendor refused or was away


def note(job: Job, connection: Connection, remote_id: str) -> None:
    """A copy of the job's document is at the vendor from now on. The same copy noted twice is one."""
    RemoteCopy.objects.bulk_create(
        [RemoteCopy(project_id=job.project_id, connection=connection, job=job, remote_id=remote_id[:200])],
        ignore_conflicts=True,
    )


def known(jobs: Iterable[Job], connection: Connection | None) -> dict[int, str]:
    """The vendor's id of the copy of each job's document that is still there."""
    if connection is None:
        return {}
    found = RemoteCopy.objects.filter(job__in=list(jobs), connection=connection, removed_at__isnull=True)
    return dict(found.order_by("pk").values_list("job_id", "remote_id"))


def let_go(job: Job, connection: Connection | None) -> None:
    """The answer is in, or will not be asked for: where the connection says so, the vendor's copy goes."""
    if connection is not None and connection.options.get("deletes_copies"):
        RemoteCopy.objects.filter(job=job, connection=connection).update(wanted_gone=True)


def let_go_of(document: Document) -> None:
    """The document is erased here: every copy of it goes, whatever the connection says."""
    RemoteCopy.objects.filter(job__document=document).update(wanted_gone=True)


def connections_to_tidy() -> tuple[int, ...]:
    """The connections that keep something which should go, and have not refused to remove it just now."""
    lately = ConnectionState.objects.filter(last_error_at__gt=in_seconds(-AGAIN_SECONDS)).exclude(last_reason="")
    found = _due().exclude(connection__in=lately.values("connection"))
    return tuple(found.order_by().values_list("connection_id", flat=True).distinct()[:20])


def tidy(connection: Connection, provider: RemoteProvider) -> int:
    """Remove some of what should go. Returns how many were, fewer than asked when the vendor stopped answering."""
    removed = 0
    for copy in _due().filter(connection=connection).select_related("job__submission").order_by("pk")[:BATCH]:
        submission = copy.job.submission
        is_there = submission is not None and submission.connection_id == connection.pk
        remote_id = (submission.remote_id or "") if submission is not None and is_there else ""
        try:
            provider.forget(remote_id=remote_id, uploaded=copy.remote_id)
        except ProviderError:
            break
        removed += RemoteCopy.objects.filter(pk=copy.pk).update(removed_at=Now())
    return removed


def _due() -> QuerySet[RemoteCopy]:
    return RemoteCopy.objects.filter(wanted_gone=True, removed_at__isnull=True, job__status__in=FINAL)

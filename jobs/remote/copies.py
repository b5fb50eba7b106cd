"""What vendors keep of our documents: written down when it is sent, removed when the answer is in (where the connection
says so) and when the document is erased here. A vendor that is away is asked again later."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import ConnectionState, Document, Job, RemoteCopy, Status
from jobs.models.runs import FINAL
from jobs.providers.base import ProviderError, RejectedError, RemoteProvider
from rules.models import Connection

logger = logging.getLogger(__name__)

BATCH = 50
AGAIN_SECONDS = 300  # after a vendor refused or was away


def note(job: Job, connection: Connection, remote_id: str) -> None:
    """A copy of the job's document is at the vendor from now on. The same copy noted twice is one. The copy of a
    document that was erased while it went up is let go of at once: whoever erased it could not know of the copy."""
    RemoteCopy.objects.bulk_create(
        [RemoteCopy(project_id=job.project_id, connection=connection, job=job, remote_id=remote_id[:200])],
        ignore_conflicts=True,
    )
    if Document.objects.filter(pk=job.document_id, deleted_at__isnull=False).exists():
        RemoteCopy.objects.filter(job=job).update(wanted_gone=True)


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


def tidy(connection: Connection, provider: RemoteProvider) -> int:
    """Remove some of what should go. Returns how many were: fewer than there are when the vendor stopped answering, or
    will not part with one, which is asked for again another time."""
    removed = 0
    for copy in _due().filter(connection=connection).select_related("job__submission").order_by("pk")[:BATCH]:
        submission = copy.job.submission
        is_there = submission is not None and submission.connection_id == connection.pk
        remote_id = (submission.remote_id or "") if submission is not None and is_there else ""
        try:
            provider.forget(remote_id=remote_id, uploaded=copy.remote_id)
        except RejectedError as error:
            logger.warning("copy not removed", extra={"copy": copy.pk, "error": str(error)})
            continue
        except ProviderError:
            break
        removed += RemoteCopy.objects.filter(pk=copy.pk).update(removed_at=Now())
    return removed


def _due() -> QuerySet[RemoteCopy]:
    return RemoteCopy.objects.filter(wanted_gone=True, removed_at__isnull=True, job__status__in=FINAL)

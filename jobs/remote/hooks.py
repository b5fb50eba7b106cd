"""Reports of vendors that a job has ended. One only brings the next poll forward: the answer is fetched with our own
key, and polling finds it without any report as well."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import HookEvent, Job, Status, Submission
from jobs.providers import llamacloud_hooks
from jobs.providers.llamacloud_hooks import RefusedHookError
from rules.models import Connection

KEPT_SECONDS = 30 * 86_400  # after which a report that comes again is no longer known


class UnknownHookError(Exception):
    """No such connection, or no job of ours."""


class ForgedHookError(Exception):
    """Its signature is not ours."""


def take(uid: uuid.UUID, raw: bytes, signature: str) -> Connection | None:
    """The connection that is to be polled now; none where the report changes nothing, or came before. Raises
    ``UnknownHookError``, ``ForgedHookError`` and ``RefusedHookError``."""
    connection = Connection.objects.filter(uid=uid, archived_at__isnull=True).first()
    if connection is None:
        raise UnknownHookError
    if not llamacloud_hooks.verify(raw, signature, connection.hook_secret):
        raise ForgedHookError
    report = llamacloud_hooks.parse(raw)
    submission = Submission.objects.filter(connection=connection, remote_id=report.job_id).first()
    if submission is None:
        raise UnknownHookError
    with transaction.atomic():  # who sees the report finds its document due
        _event, is_new = HookEvent.objects.get_or_create(connection=connection, event_id=report.event_id)
        if not (is_new and report.is_final):
            return None
        waiting = Job.objects.filter(submission=submission, status=Status.RUNNING, lease_until__isnull=True)
        return connection if waiting.update(next_action_at=Now()) else None


def last_report(connection_id: int | None) -> int | None:
    """Another number than before once a report has come; none for a connection that has never had one."""
    if connection_id is None:
        return None
    reports = HookEvent.objects.filter(connection_id=connection_id)
    return reports.order_by("-pk").values_list("pk", flat=True).first()


def forget_old() -> None:
    """Drop what was taken long ago."""
    HookEvent.objects.filter(at__lt=in_seconds(-KEPT_SECONDS)).delete()


__all__ = ["ForgedHookError", "RefusedHookError", "UnknownHookError", "forget_old", "last_report", "take"]

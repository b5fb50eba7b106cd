"""Cancelled jobs that a provider still works on: told to stop, where its API can stop one."""

from __future__ import annotations

import logging

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import providers_registry, states
from jobs.models import Job, Status, Submission
from jobs.providers.base import ProviderError
from jobs.remote import copies

logger = logging.getLogger(__name__)

BATCH = 50
TRIED_SECONDS = 3 * 86_400  # every night; what was accepted before has long been answered


def withdraw(run_id: int) -> bool:
    """Stop some of what was cancelled in a run; whether there may be more. A submission that carries other documents
    goes on for them. The first provider that does not answer ends it: the answers are fenced off all the same."""
    copies.let_go_of_cancelled(run_id)
    for job in _cancelled(run_id)[:BATCH]:
        submission = job.submission
        assert submission is not None  # noqa: S101  # the filter asks for its remote id
        try:
            providers_registry.provider_for(job).cancel(submission.remote_id or "")
        except ProviderError as error:
            logger.info("not withdrawn", extra={"job": str(job.uid), "reason": error.reason})
            return False
        Submission.objects.filter(pk=submission.pk).update(closed_at=Now())
    return _cancelled(run_id).exists()


def runs_left() -> set[int]:
    """The runs of the last days that still have something to withdraw: a message was lost, or a provider away."""
    lately = Q(submission__accepted_at__gt=in_seconds(-TRIED_SECONDS), submission__closed_at__isnull=True)
    return set(Job.objects.filter(lately, status=Status.CANCELLED).values_list("run_id", flat=True))


def _cancelled(run_id: int) -> QuerySet[Job]:
    others = Job.objects.filter(submission=OuterRef("submission")).exclude(status=Status.CANCELLED)
    found = Job.objects.filter(run_id=run_id, status=Status.CANCELLED, submission__closed_at__isnull=True)
    return (
        found.filter(~Exists(others), submission__remote_id__isnull=False)
        .select_related(*states.RELATED)
        .order_by("pk")
    )

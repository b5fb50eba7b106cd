"""How the page explains a duplicate: what became of the document that has the same content."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from classifyhub.formats import format_moment
from jobs.models import Document, Job, ReviewItem, Run, Status


def describe(keys: Collection[int]) -> dict[int, str]:
    """What a duplicate of each of the documents ``keys`` is told; in three queries however many there are."""
    if not keys:
        return {}
    answers, decided = _answers(keys), _decisions(keys)
    return {
        twin.pk: _words(twin, answers.get(twin.pk), decided)
        for twin in Document.objects.filter(pk__in=keys).only("pk", "name")
    }


def _answers(keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """The latest job of each that counts."""
    jobs = Job.objects.filter(document__in=keys).exclude(run__source=Run.Source.TRY).order_by("pk")
    found = jobs.values("document_id", "status", "finished_at", "result__type")
    return {row["document_id"]: dict(row) for row in found}


def _decisions(keys: Collection[int]) -> dict[int, str | None]:
    items = ReviewItem.objects.filter(document__in=keys, status__in=ReviewItem.DECIDED).order_by("updated_at")
    return dict(items.values_list("document_id", "final_type"))


def _words(twin: Document, answer: dict[str, Any] | None, decided: dict[int, str | None]) -> str:
    if answer is None:
        return _("Same content as %(name)s.") % {"name": twin.name}
    if answer["status"] != Status.COMPLETED:
        return _("Being classified now. Same content.")
    kind = decided.get(twin.pk, answer["result__type"]) or _("no match")
    at = timezone.localtime(answer["finished_at"])
    if at.date() == timezone.localdate():
        return _("Classified today as %(type)s. Same content.") % {"type": kind}
    return _("Classified %(day)s as %(type)s. Same content.") % {"day": format_moment(at), "type": kind}

"""Storing what came back: the result, its pages, and the review item it leads to, in one transaction with the move."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Answer
from classifyhub.text import clean_json, clean_text
from jobs import policy, states
from jobs.models import Job, PageResult, Reason, Result, ReviewItem, Run
from jobs.providers.base import Reply

# What a person can still decide from the image, although the machine could not read it.
DECIDABLE = frozenset(
    {
        Reason.UNREADABLE,
        Reason.ENCRYPTED,
        Reason.EMPTY,
        Reason.TOO_LARGE,
        Reason.NO_LOCAL_READER,
        Reason.REJECTED,
        Reason.TIMED_OUT,
    }
)


def fits_rules(job: Job, answer: Answer) -> bool:
    """Whether the answer's type is one of the version's: the label set is closed here, not by a prompt."""
    types = {rule["type"] for rule in job.version.rules}
    return all(given is None or given in types for given in (answer.type, *(page.type for page in answer.pages)))


def store(job: Job, reply: Reply) -> Result:
    """Complete ``job`` with ``reply``. ``LostRaceError`` when it was given up or cancelled meanwhile; then nothing is
    stored."""
    verdict = policy.judge(reply.answer, job.version.policy)
    fields: dict[str, Any] = {
        "pages_read": reply.pages_read,
        "credits": _credits(reply),
        "reason": Reason.NONE if reply.answer.has_text else Reason.NO_TEXT,
        "error_message": "",
    }
    with transaction.atomic():
        states.complete(job, held=policy.is_held(verdict, job.version.policy), **fields)
        result = _create_result(job, reply)
        if job.run.source != Run.Source.TRY:
            _update_item(job, result, verdict)
    return result


def store_failure(job: Job, *, reason: str, message: str) -> None:
    """Fail ``job``; a document that nobody can read is set aside where a person can still decide it."""
    with transaction.atomic():
        states.fail(job, reason=reason, message=message)
        if reason in DECIDABLE and job.run.source != Run.Source.TRY:
            ReviewItem.objects.get_or_create(
                document=job.document,
                preset_id=job.version.preset_id,
                defaults={
                    "project_id": job.project_id,
                    "job": job,
                    "status": ReviewItem.State.SET_ASIDE,
                    "why": ReviewItem.Why.UNREADABLE,
                    "priority": 0,
                },
            )


def _create_result(job: Job, reply: Reply) -> Result:
    answer = reply.answer
    data: Any = clean_json(answer.to_json())
    result = Result.objects.create(
        project_id=job.project_id,
        job=job,
        submission_id=job.submission_id,
        provider=job.version.provider,
        engine=answer.engine,
        type=answer.type,
        confidence=answer.confidence,
        reasoning=clean_text(answer.reasoning) if answer.reasoning else None,
        candidates=data["candidates"],
        evidence=data["evidence"],
        contributions=data["contributions"],
        pages_not_read=data["pages_not_read"],
        has_text=answer.has_text,
        is_derived=reply.is_derived,
        raw=clean_json(reply.raw),
    )
    PageResult.objects.bulk_create(
        PageResult(result=result, page=page.page, type=page.type, confidence=page.confidence) for page in answer.pages
    )
    return result


def _update_item(job: Job, result: Result, verdict: policy.Verdict) -> None:
    """A later run brings a new result; what a person decided stays, and a difference is only noted."""
    item, is_new = ReviewItem.objects.select_for_update().get_or_create(
        document=job.document,
        preset_id=job.version.preset_id,
        defaults={
            "project_id": job.project_id,
            "job": job,
            "current_result": result,
            "status": verdict.status,
            "why": verdict.why,
            "priority": verdict.priority,
        },
    )
    if is_new or item.job_id > job.pk:
        return
    item.current_result, item.job = result, job
    if item.is_decided:
        item.why = ReviewItem.Why.DIFFERS if result.type != item.final_type else ""
    else:
        item.status, item.why, item.priority = verdict.status, verdict.why, verdict.priority
    item.updated_at = Now()
    item.save(update_fields=["current_result", "job", "why", "status", "priority", "updated_at"])


def _credits(reply: Reply) -> Decimal | None:
    return None if reply.credits is None else Decimal(str(reply.credits))

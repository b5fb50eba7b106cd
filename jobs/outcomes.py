"""Storing what came back: the result, its pages, and the review item it leads to, in one transaction with the move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.engine.model import Answer, PageAnswer
from classifyhub.text import clean_json, clean_line, clean_text
from jobs import policy, states
from jobs.models import Job, PageResult, Reason, Result, ReviewClaim, ReviewItem, Run
from jobs.providers.base import Reply
from jobs.remote import routing
from rules.models import PresetVersion

MOST = 1_000_000_000  # of pages or credits; beyond it a number is a mistake, and none of the columns holds it

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


def objection_to(reply: Reply, version: PresetVersion) -> str:
    """Why ``reply`` cannot be kept, in a sentence; empty when it can. A provider's answer is met here and not in the
    database, which would refuse it too, but for all documents of the poll and without a word for people."""
    answer = reply.answer
    types = {rule["type"] for rule in version.rules}
    answers: tuple[Answer | PageAnswer, ...] = (answer, *answer.pages)
    if any(given.type is not None and given.type not in types for given in answers):
        return "The answer names a type outside the rules."  # the label set is closed here, not by a prompt
    if any(given.confidence is not None and not 0 <= given.confidence <= 1 for given in answers):
        return "The answer's confidence is not a probability."
    try:
        clean_json([answer.to_json(), reply.raw])
    except ValueError:
        return "The answer holds a number that is not finite."
    return _objection_to_pages(answer.pages)


def _objection_to_pages(pages: Sequence[PageAnswer]) -> str:
    numbers = [page.page for page in pages]
    if len(set(numbers)) < len(numbers) or any(not 1 <= number <= MOST for number in numbers):
        return "The answer numbers pages that cannot be."
    if any(page.document is not None and not 1 <= page.document <= MOST for page in pages):
        return "The answer numbers documents that cannot be."
    if any(page.border is not None and not 0 <= page.border <= 1 for page in pages):
        return "The answer's borders between documents are no probabilities."
    return ""


def credits_of(reply: Reply) -> Decimal | None:
    """What the answer cost; null when the vendor did not say, or said what cannot be."""
    if reply.credits is None or not math.isfinite(reply.credits) or not 0 <= reply.credits <= MOST:
        return None
    return Decimal(str(reply.credits))


def completion(reply: Reply) -> dict[str, Any]:
    """What a job says once it is completed with ``reply``."""
    return {
        "reason": Reason.NONE if reply.answer.has_text else Reason.NO_TEXT,
        "pages_read": None if reply.pages_read is None else min(max(reply.pages_read, 0), MOST),
        "credits": credits_of(reply),
    }


def store(job: Job, reply: Reply) -> Result:
    """Complete ``job`` with ``reply``, to which there is no objection. ``LostRaceError`` when it was given up or
    cancelled meanwhile; then nothing is stored."""
    verdict = policy.judge(reply.answer, job.version.policy)
    is_try = job.run.source == Run.Source.TRY
    is_held = policy.is_held(verdict, job.version.policy) and not is_try
    with transaction.atomic():
        states.complete(job, held=is_held, **completion(reply))
        result = build_result(job, reply)
        result.save(force_insert=True)
        PageResult.objects.bulk_create(build_pages(result, reply))
        item = None if is_try else _update_item(job, result, verdict)
        if is_held and item is not None and item.is_decided:
            states.release([job.pk])  # nobody will decide it a second time
    return result


def store_failure(job: Job, *, reason: str, message: str) -> None:
    """Fail ``job``; a document that nobody can read is set aside where a person can still decide it."""
    with transaction.atomic():
        states.fail(job, reason=reason, message=message)
        if reason in DECIDABLE and job.run.source != Run.Source.TRY and job.document.deleted_at is None:
            item_without_answer(job)


def item_without_answer(job: Job) -> ReviewItem:
    """The item of a job that the machine has no answer for, so that a person can decide it; an answer of an earlier
    run stays. The newest job's version is what people choose a type from."""
    under: Any = job.version.preset_id  # null, of rules sent with a call, finds null
    item, is_new = ReviewItem.objects.get_or_create(
        document=job.document,
        preset_id=under,
        defaults={
            "project_id": job.project_id,
            "job": job,
            "status": ReviewItem.State.SET_ASIDE,
            "why": ReviewItem.Why.UNREADABLE,
            "priority": 0,
        },
    )
    if not is_new and item.current_result_id is None and item.effective_review_id is None:
        ReviewItem.objects.filter(pk=item.pk, job__lt=job.pk).update(job=job)
    return item


def build_result(job: Job, reply: Reply, **fields: Any) -> Result:
    """The row of an answer, not saved yet."""
    answer = reply.answer
    data: Any = clean_json(answer.to_json())
    return Result(
        project_id=job.project_id,
        job=job,
        submission_id=job.submission_id,
        provider=routing.route_of(job).provider,
        engine=clean_text(answer.engine, max_length=100),
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
        lesson=clean_json(reply.lesson),
        **fields,
    )


def build_pages(result: Result, reply: Reply) -> list[PageResult]:
    """The rows of its pages, not saved yet."""
    return [
        PageResult(
            result=result,
            page=page.page,
            type=page.type,
            confidence=page.confidence,
            document=page.document,
            border=page.border,
            reasoning=clean_text(page.reasoning) or None,
            suggested_type=clean_line(page.suggested, max_length=200),
            error=clean_line(page.error, max_length=300),
        )
        for page in reply.answer.pages
    ]


def new_item(job: Job, result: Result, verdict: policy.Verdict) -> dict[str, Any]:
    """The item of a document that had none under its preset, beside these two."""
    return {
        "project_id": job.project_id,
        "job": job,
        "current_result": result,
        "status": verdict.status,
        "why": verdict.why,
        "priority": verdict.priority,
    }


def _update_item(job: Job, result: Result, verdict: policy.Verdict) -> ReviewItem:
    """A later run brings a new result; what a person said stays, and a difference to a decision is only noted. Whoever
    looks at the old answer right now loses hold of it: nobody approves what they did not see."""
    under: Any = job.version.preset_id
    item, is_new = ReviewItem.objects.select_for_update().get_or_create(
        document=job.document, preset_id=under, defaults=new_item(job, result, verdict)
    )
    if is_new or item.job_id > job.pk:
        return item
    item.current_result, item.job = result, job
    if item.is_decided:
        item.why = ReviewItem.Why.DIFFERS if result.type != item.final_type else ""
    elif item.effective_review_id is None:
        item.status, item.why, item.priority = verdict.status, verdict.why, verdict.priority
    item.updated_at = Now()
    item.save(update_fields=["current_result", "job", "why", "status", "priority", "updated_at"])
    ReviewClaim.objects.filter(item=item).delete()
    return item

"""Keeping the answers of a whole poll at once: a handful of statements for all of them, where one answer alone takes as
many.

Only plain answers go this way, which nearly all are: no bill to settle, no objection, and the first for its document
under its preset. What is not plain, and everything where somebody was faster with one of them, is kept one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from classifyhub.clock import database_now
from jobs import outcomes, policy, states
from jobs.models import Job, PageResult, Result, ReviewItem, Run, Submission
from jobs.providers.base import Reply
from jobs.remote import copies

Pair = tuple[Job, Reply]


@dataclass(frozen=True, slots=True)
class _Plain:
    job: Job
    reply: Reply
    verdict: policy.Verdict

    @property
    def is_try(self) -> bool:
        return self.job.run.source == Run.Source.TRY

    @property
    def is_held(self) -> bool:
        return policy.is_held(self.verdict, self.job.version.policy) and not self.is_try


def part(replies: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Those that can be kept together, and those that cannot."""
    seen: set[tuple[int, int | None]] = set(
        ReviewItem.objects.filter(document__in=_documents(replies)).values_list("document_id", "preset_id")
    )
    together: list[Pair] = []
    apart: list[Pair] = []
    for job, reply in replies:
        place = (job.document_id, job.version.preset_id)
        is_plain = place not in seen and _is_plain(job, reply)
        (together if is_plain else apart).append((job, reply))
        seen.add(place)
    return together, apart


def store(replies: Sequence[Pair]) -> None:
    """Complete all these jobs, or leave every one as it was: ``LostRaceError`` when one was given up or cancelled
    meanwhile, and whatever the database says of an answer that it cannot keep."""
    plain = [_Plain(job, reply, policy.judge(reply.answer, job.version.policy)) for job, reply in replies]
    with transaction.atomic():
        _close(plain)
        _complete(plain)
        _write(plain)


def _documents(replies: Iterable[Pair]) -> list[Any]:
    return [job.document_id for job, _reply in replies]


def _is_plain(job: Job, reply: Reply) -> bool:
    has_no_bill = job.submission is not None and outcomes.credits_of(reply) is None
    return has_no_bill and not outcomes.objection_to(reply, job.version)


def _close(plain: Sequence[_Plain]) -> None:
    Submission.objects.filter(pk__in={one.job.submission_id for one in plain}).update(closed_at=Now())
    for one in plain:
        copies.let_go(one.job, one.job.submission.connection if one.job.submission else None)


def _complete(plain: Sequence[_Plain]) -> None:
    alike: defaultdict[tuple[Any, ...], list[Job]] = defaultdict(list)
    for one in plain:
        said = tuple(outcomes.completion(one.reply).items())
        alike[one.job.attempt, one.is_held, said].append(one.job)
    for (attempt, is_held, said), jobs in alike.items():
        states.complete_all(jobs, attempt=attempt, held=is_held, **dict(said))


def _write(plain: Sequence[_Plain]) -> None:
    now = database_now()  # once, where each row would ask for it
    results = Result.objects.bulk_create(outcomes.build_result(one.job, one.reply, created_at=now) for one in plain)
    kept = list(zip(plain, results, strict=True))
    PageResult.objects.bulk_create(page for one, result in kept for page in outcomes.build_pages(result, one.reply))
    ReviewItem.objects.bulk_create(
        ReviewItem(
            document_id=one.job.document_id,
            preset_id=one.job.version.preset_id,
            created_at=now,
            updated_at=now,
            **outcomes.new_item(one.job, result, one.verdict),
        )
        for one, result in kept
        if not one.is_try
    )

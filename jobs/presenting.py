"""A job as a row of a table: what templates show, computed here so that they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from classifyhub.formats import format_number
from jobs import listings, reasons, runs
from jobs.models import Job, ReviewItem, Run, Status

State = ReviewItem.State
FEW = 5  # with less than this many documents a run says little about its preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One document in a run. ``type`` is what people decided, else what the machine said."""

    job: Job
    url: str
    type: str | None
    has_type: bool
    monogram: str
    confidence: float | None
    is_derived: bool
    is_decided: bool
    is_overridden: bool
    is_waiting: bool
    can_retry: bool
    review: str
    review_words: str
    decider: str
    cause: str
    seconds: float | None


def rows(jobs: list[Job], run: Run, *, can_retry: bool) -> list[Row]:
    """The rows of jobs that ``listings.jobs_of`` gave."""
    monograms = {rule["type"]: rule.get("monogram", "") for rule in run.version.rules}
    return [_row(job, run, monograms, can_retry=can_retry) for job in jobs]


def _row(job: Any, run: Run, monograms: dict[str, str], *, can_retry: bool) -> Row:
    result = getattr(job, "result", None)
    is_decided = job.item_status in ReviewItem.DECIDED
    return Row(
        job=job,
        url=reverse("job", args=[run.project.slug, job.uid]),
        type=job.shown_type,
        has_type=job.has_type,
        monogram=monograms.get(job.shown_type, ""),
        confidence=result.confidence if result else None,
        is_derived=bool(result and result.is_derived),
        is_decided=is_decided,
        is_overridden=job.item_status == State.OVERRIDDEN,
        is_waiting=job.item_status in ReviewItem.OPEN,
        can_retry=can_retry and reasons.may_pass(job) and not is_decided and not job.document.deleted_at,
        review=job.item_status if job.is_final else "",
        review_words=_review_words(job),
        decider=(job.decider_name or (job.decider_email or "").partition("@")[0]) if is_decided else "",
        cause=_cause(job),
        seconds=(job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else None,
    )


def _review_words(job: Any) -> str:
    if job.item_status == State.WAITING and job.item_why == ReviewItem.Why.NO_TEXT:
        return _("Waiting, no text")
    if job.item_why == ReviewItem.Why.DIFFERS:
        return _("%(state)s, now answered differently") % {"state": State(job.item_status).label}
    return ""


def _cause(job: Job) -> str:
    return (
        f"{reasons.cause_of(job)}. {reasons.next_step(job)}".strip()
        if job.status == Status.FAILED
        else reasons.cause_of(job)
    )


def legend(counts: runs.Counts, filters: listings.Filters) -> list[dict[str, Any]]:
    """The parts of the run bar with their words, each a link that filters the table."""
    parts = [
        ("settled", counts.settled, _("settled"), {"status": Status.COMPLETED, "review": ""}),
        ("waiting", counts.waiting, _("waiting for review"), {"status": "", "review": State.WAITING}),
        ("failed", counts.failed, _("failed"), {"status": Status.FAILED, "review": ""}),
        ("running", counts.running, _("classifying"), {"status": Status.RUNNING, "review": ""}),
        ("queued", counts.queued, _("queued"), {"status": Status.PENDING, "review": ""}),
    ]
    return [
        {"part": part, "count": count, "words": words, "address": filters.address(**narrowed)}
        for part, count, words, narrowed in parts
        if count or part == "settled"
    ]


def misfit(run: Run, counts: runs.Counts) -> str:
    """Words for a finished run most of whose documents fit no rule, which is how a preset chosen by mistake looks;
    empty for any other."""
    number = listings.unmatched_count(run) if run.finished_at else 0
    if counts.completed < FEW or 2 * number <= counts.completed:
        return ""
    shown = {"n": format_number(number), "total": format_number(counts.completed)}
    words = _("%(n)s of %(total)s documents fit no rule. Was another preset meant? Classify them again under it.")
    return words % shown


def bar(counts: runs.Counts) -> dict[str, int]:
    """The parts of the run bar, to scale."""
    return {
        "settled": counts.settled,
        "waiting": counts.waiting,
        "failed": counts.failed,
        "running": counts.running,
        "queued": counts.queued,
    }

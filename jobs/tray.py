"""Where each file of a batch is, from its arrival to its answer, for the tray: compact, worst first, totals true."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs import batches, habits, reasons, refusals, staging
from jobs.models import Document, IntakeBatch, Job, Reason, ReviewItem, Status
from jobs.plans import Plan

Check, Choice = Document.Check, Document.Choice
# Rows that travel; the totals are of all.
ROWS = 500
# The order of the tray: what asks for somebody, what moves, what has come to rest.
PHASES = (
    "failed",
    "running",
    "checking",
    "look",
    "queued",
    "waiting",
    "ready",
    "done",
    "duplicate",
    "left",
    "cancelled",
)
MOVING = frozenset({"running", "checking", "queued"})


@dataclass(frozen=True, slots=True)
class Line:
    """One file. ``key`` is the id the browser gave it, ``job`` the uid of its job, once it has one."""

    key: str
    phase: str
    words: str
    name: str
    job: str = ""
    can_retry: bool = False


def snapshot(batch: IntakeBatch) -> dict[str, Any]:
    """The batch as the tray polls it. ``rows`` are lists of key, phase, words, name, address of the job and address of
    its retry, of which empty ones are empty strings."""
    lines = _launched(batch) if batch.run_id else _staged(batch)
    counts, arrived = Counter(line.phase for line in lines), batches.count_arrived(batch)
    return {
        "name": batches.run_name(batch),
        "expected": max(batch.expected, arrived),
        "arrived": arrived,
        "is_open": batch.is_open,
        "is_moving": bool(MOVING & counts.keys()) or _is_about_to_launch(batch),
        "totals": say_totals(counts),
        "run": reverse("run", args=[batch.project.slug, batch.run.uid]) if batch.run else "",
        "rows": [_row(line, batch) for line in sorted(lines, key=_rank)[:ROWS]],
    }


def say_totals(counts: Counter[str]) -> str:
    """The sums in words, such as "498 done, 1 failed, 1 duplicate. 37 need review" with its full stops."""
    sums = {
        _("%(n)d done"): counts["done"] + counts["waiting"],
        _("%(n)d ready"): counts["ready"],
        _("%(n)d need a look"): counts["look"],
        _("%(n)d being checked"): counts["checking"],
        _("%(n)d under way"): counts["running"] + counts["queued"],
        _("%(n)d failed"): counts["failed"],
        _("%(n)d duplicate"): counts["duplicate"],
        _("%(n)d left out"): counts["left"],
        _("%(n)d cancelled"): counts["cancelled"],
    }
    sentences = [", ".join(words % {"n": count} for words, count in sums.items() if count)]
    waiting = counts["waiting"]
    if waiting:
        sentences.append(ngettext("%(n)d needs review", "%(n)d need review", waiting) % {"n": waiting})
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def _rank(line: Line) -> int:
    return PHASES.index(line.phase)


def _staged(batch: IntakeBatch) -> list[Line]:
    """Before the launch: grouped as the upload page groups them, so that both say the same numbers."""
    preset = habits.preset_for(batch.project, by=batch.by)
    plan = Plan(preset.published) if preset and preset.published else None
    return [_staged_line(row) for row in staging.stage(batch, plan).rows]


def _staged_line(row: staging.Row) -> Line:
    item, shape = row.item, row.finding.shape
    phase = shape if shape in PHASES and not row.finding.needs_a_look else "look"
    words = {
        "ready": _("Ready"),
        "checking": row.finding.words,
        "duplicate": _("Duplicate"),
        "failed": row.finding.cause if item.check_state == Check.NOT_TAKEN else str(Check(item.check_state).label),
    }
    return Line((item.client_uid or item.uid).hex, phase, words.get(shape, row.finding.cause), item.name)


def _launched(batch: IntakeBatch) -> list[Line]:
    jobs, items = _jobs(batch), _items(batch)
    documents = batch.documents.present().exclude(check_state=Check.UNPACKED).order_by("pk")
    fields = ("pk", "uid", "client_uid", "name", "check_state", "check_detail", "twin_id")
    return [_launched_line(row, jobs.get(row["pk"]), items.get(row["pk"])) for row in documents.values(*fields)]


def _jobs(batch: IntakeBatch) -> dict[int, dict[str, Any]]:
    jobs = Job.objects.filter(run=batch.run_id).values("document_id", "uid", "status", "reason", "result__type")
    return {row["document_id"]: dict(row) for row in jobs}


def _items(batch: IntakeBatch) -> dict[int, tuple[str, str | None]]:
    assert batch.run is not None  # noqa: S101  # asked only of a launched batch
    items = ReviewItem.objects.filter(document__batch=batch, preset=batch.run.version.preset_id)
    return {key: (status, kind) for key, status, kind in items.values_list("document_id", "status", "final_type")}


def _launched_line(document: Any, job: dict[str, Any] | None, item: tuple[str, str | None] | None) -> Line:
    key, name = (document["client_uid"] or document["uid"]).hex, document["name"]
    if job is None and document["twin_id"]:
        return Line(key, "duplicate", _("Duplicate"), name)
    if job is None:
        return Line(key, "left", _left_words(Check(document["check_state"]), document["check_detail"]), name)
    phase, words = _answered(job, item) if job["status"] == Status.COMPLETED or item else _under_way(job)
    can_retry = phase == "failed" and job["reason"] not in reasons.NOT_RETRIED
    return Line(key, phase, words, name, str(job["uid"]), can_retry)


def _left_words(check: Document.Check, detail: str) -> str:
    if check == Check.NOT_TAKEN:
        return refusals.explain(detail).partition(". ")[0]
    return _("Left out") if check in {Check.READY, Check.PENDING} else str(check.label)


def _answered(job: dict[str, Any], item: tuple[str, str | None] | None) -> tuple[str, str]:
    status, decided = item or ("", None)
    if status in ReviewItem.DECIDED:
        return "done", decided or _("No match")
    if job["status"] != Status.COMPLETED:
        return _under_way(job)
    if status in ReviewItem.OPEN:
        return "waiting", _("Needs review")
    return "done", job["result__type"] or _("No match")


def _under_way(job: dict[str, Any]) -> tuple[str, str]:
    return {
        Status.PENDING: ("queued", _("Queued")),
        Status.RUNNING: ("running", _("Classifying")),
        Status.CANCELLED: ("cancelled", _("Cancelled")),
        Status.FAILED: ("failed", str(Reason(job["reason"]).label)),
    }[Status(job["status"])]


def _is_about_to_launch(batch: IntakeBatch) -> bool:
    """Whether a worker is going to launch it any moment, which the tray should not miss."""
    return batches.version_to_launch(batch) is not None and batches.to_launch(batch).exists()


def _row(line: Line, batch: IntakeBatch) -> list[str]:
    slug = batch.project.slug
    job = reverse("job", args=[slug, line.job]) if line.job else ""
    retry = reverse("job_retry", args=[slug, line.job]) if line.can_retry else ""
    return [line.key, line.phase, line.words, line.name, job, retry]

"""A run as CSV or JSON lines, streamed row by row: what the machine said, what people decided, and who."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from jobs import listings
from jobs.models import Job, ReviewItem, Run

COLUMNS = (
    "document",
    "path",
    "document_uid",
    "job_uid",
    "status",
    "reason",
    "type",
    "decided_by",
    "review",
    "machine_type",
    "confidence",
    "pages",
    "preset_version",
    "created_at",
    "finished_at",
)
CHUNK = 500
# A cell that begins like a formula is run by spreadsheets: an apostrophe makes it text again.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What the csv module writes to: hands each line straight back."""

    def write(self, value: str) -> str:
        return value


def csv_lines(run: Run) -> Iterator[str]:
    """One line per document, the header first; UTF-8 with a byte order mark, which spreadsheets need."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for job in _jobs(run):
        row = row_of(job, run)
        yield writer.writerow([_safe(row[column]) for column in COLUMNS])


def json_lines(run: Run) -> Iterator[str]:
    """One JSON object per document, with reasoning, candidates and evidence."""
    for job in _jobs(run):
        result = getattr(job, "result", None)
        details = {
            "reasoning": result.reasoning if result else None,
            "candidates": result.candidates if result else [],
            "evidence": result.evidence if result else [],
        }
        yield json.dumps(row_of(job, run) | details, ensure_ascii=False, default=str) + "\n"


def _jobs(run: Run) -> Iterator[Any]:
    """Every job in the order the documents came, a few hundred a query: one query left open for as long as somebody's
    slow line takes would keep SQLite from ever emptying its write-ahead log."""
    last = 0
    while rows := list(listings.jobs_of(run).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from rows
        last = rows[-1].pk


def row_of(job: Job, run: Run) -> dict[str, Any]:
    """The flat facts of one job of ``listings.jobs_of``; ``type`` is the decided one, else the machine's."""
    result = getattr(job, "result", None)
    shown: Any = job
    return {
        "document": job.document.name,
        "path": job.document.path,
        "document_uid": str(job.document.uid),
        "job_uid": str(job.uid),
        "status": job.status,
        "reason": job.reason,
        "type": shown.shown_type,
        "decided_by": shown.decider_email if shown.item_status in ReviewItem.DECIDED else None,
        "review": shown.item_status or None,
        "machine_type": result.type if result else None,
        "confidence": result.confidence if result else None,
        "pages": job.document.page_count,
        "preset_version": run.version.label,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value

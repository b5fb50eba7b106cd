"""Feeding the local engine's memory: what people decide goes in, what they take back or erase goes out.

Whatever is to be remembered was computed with the answer (``Result.lesson``), so a decision costs one row. A worker
keeps the memory of a preset and asks before each document whether anything changed, in one look at an index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max

from classifyhub.engine.memory import Entry, Memory
from classifyhub.engine.memory.recall import MOST_ENTRIES
from classifyhub.engine.model import Leaning
from classifyhub.engine.scoring import THRESHOLD
from jobs.models import Document, MemoryEntry, Result, ReviewItem

Lesson = dict[str, Any]  # ``classifyhub.engine.memory.Lesson`` as JSON; for several documents in a file, all of theirs

DROPPED_AT_ONCE = 50
MOST_PRESETS = 8  # whose memories a worker keeps at once: five hundred decisions are some 10 MB


def follow(item: ReviewItem) -> None:
    """Let the memory hold what a person decided about this item, and nothing when that was taken back. Only answers of
    the local engine leave something to remember, and only presets have a memory. To be called in the transaction that
    changes the item."""
    if item.preset_id is None:
        return
    MemoryEntry.objects.filter(document_id=item.document_id, preset_id=item.preset_id).delete()
    result = item.current_result
    lesson = _find_lesson(result.lesson, item.final_type) if item.is_decided and result is not None else None
    if lesson is None:
        return
    # Locked, so that an erasure that begins now finds the new row when it comes to forgetting.
    document = Document.objects.present().select_for_update().filter(pk=item.document_id).first()
    if document is not None and document.blob is not None:
        MemoryEntry.objects.create(
            project_id=item.project_id,
            preset_id=item.preset_id,
            document_id=document.pk,
            type=item.final_type,
            sha256=document.blob.sha256,
            lesson=lesson,
        )


def _find_lesson(lesson: Lesson | None, decided: str | None) -> Lesson | None:
    """What the decision teaches. Of a file that holds several documents it is about the one that the engine took for
    this type; where there is none, nobody knows which was meant, and nothing is learned."""
    if not lesson or "parts" not in lesson:
        return lesson or None
    return next((part for part in lesson["parts"] if part["type"] == decided), None)


def leaning_of(result: Result) -> Leaning | None:
    """What decisions had to do with an answer of the local engine; null where none were asked, or it was erased."""
    answer: dict[str, Any] = (result.raw or {}).get("answer") or {}
    found = answer.get("leaning")
    return Leaning.from_json(found) if found else None


def rests_on_decisions(result: Result) -> bool:
    """Whether an answer of the local engine would be another one without what people decided, or owes them more than
    half of its log-odds."""
    answer: dict[str, Any] = (result.raw or {}).get("answer") or {}
    unaided: dict[str, float] = {found["type"]: found["score"] for found in answer.get("unaided") or ()}
    if not unaided or result.confidence is None:
        return False
    best = max(unaided, key=lambda name: unaided[name])
    if result.type is None:
        return unaided[best] >= THRESHOLD
    alone = unaided.get(result.type, 0.0)
    if alone >= result.confidence:  # they added nothing to it
        return best != result.type
    return alone < THRESHOLD or 2 * _log_odds(alone) < _log_odds(result.confidence)


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))


def recall(preset_id: int) -> Memory:
    """The memory of a preset as of now. Rows already known are not loaded again."""
    kept = _kept.pop(preset_id, None) or _Kept()
    stamp = MemoryEntry.objects.filter(preset_id=preset_id).aggregate(last=Max("pk"), count=Count("pk"))
    if stamp != kept.stamp:
        kept = _refresh(preset_id, kept, stamp)
    _kept[preset_id] = kept  # the one used last stands last
    while len(_kept) > MOST_PRESETS:
        _kept.pop(next(iter(_kept)), None)
    return kept.memory


@dataclass(frozen=True, slots=True)
class _Kept:
    """What this process knows of a preset's memory: the entries by row, in order."""

    stamp: dict[str, Any] = field(default_factory=lambda: {"last": None, "count": 0})
    entries: dict[int, Entry] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)


_kept: dict[int, _Kept] = {}


def _refresh(preset_id: int, kept: _Kept, stamp: dict[str, Any]) -> _Kept:
    rows = MemoryEntry.objects.filter(preset_id=preset_id)
    newest = list(rows.order_by("-pk").values_list("pk", flat=True)[: _count_asked(stamp["count"])])
    missing = [pk for pk in newest if pk not in kept.entries]
    loaded = {row.pk: _entry(row) for row in rows.filter(pk__in=missing).select_related("document")}
    known = {**kept.entries, **loaded}
    entries = {pk: known[pk] for pk in reversed(newest) if pk in known}  # one may have gone since
    return _Kept(stamp, entries, Memory.of(entries.values(), before=kept.memory))


def _count_asked(count: int) -> int:
    """How many of the newest are asked. Beyond the most, the oldest go fifty at a time: with each that goes, the
    engine has to find out anew how far to trust the rest."""
    return count if count <= MOST_ENTRIES else MOST_ENTRIES - -count % DROPPED_AT_ONCE


def _entry(row: MemoryEntry) -> Entry:
    return Entry.from_json({**row.lesson, "document": str(row.document.uid), "sha256": row.sha256, "type": row.type})

"""The same answers, of some of the documents: by how their text was had, by language and by type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.judging import Readings, Trial
from classifyhub.bench.engine.languages import tell_language
from classifyhub.bench.engine.scores import Said, top1

NO_MATCH = "no match"
_UNANSWERED = "unanswered"


def slice_by_text(trial: Trial, readings: Readings) -> dict[str, list[Said]]:
    """By where the text is from; a document may stand in two slices."""
    keeps: dict[str, Callable[[Labelled], bool]] = {
        "text layer": lambda document: not document.is_scan,
        "scans, photographs": lambda document: document.is_scan,
        "some page read by OCR": lambda document: _has_ocr(readings, document.path),
    }
    return {name: [said for fold in trial for document, said in fold if keep(document)] for name, keep in keeps.items()}


def slice_by_language(trial: Trial, readings: Readings) -> dict[str, list[Said]]:
    """English and the others, then each by its ISO 639-1 code, the most frequent first."""
    languages = {document: _tell(readings, document.path) for fold in trial for document, _ in fold}
    codes = [code for code, _ in Counter(languages.values()).most_common() if code]
    groups = {"in English": {"en"}, "in other languages": {*codes} - {"en"}, "too few words to tell": {""}}
    groups |= {code: {code} for code in codes if code != "en"}
    return {
        name: [said for fold in trial for document, said in fold if languages[document] in group]
        for name, group in groups.items()
    }


def _tell(readings: Readings, path: Path) -> str:
    return tell_language("\n".join(page.text for page in readings[path].pages)) if path in readings else ""


def _has_ocr(readings: Readings, path: Path) -> bool:
    return path in readings and any(page.source == "ocr" for page in readings[path].pages)


def list_types(said: Iterable[Said]) -> list[dict[str, Any]]:
    """For each type how many documents there are, which share is right, and what others were taken for."""
    by_truth: dict[str, list[Said]] = {}
    for item in said:
        by_truth.setdefault(item.truth or NO_MATCH, []).append(item)
    return [_sum_up(name, found) for name, found in sorted(by_truth.items())]


def _sum_up(name: str, found: list[Said]) -> dict[str, Any]:
    wrong = Counter(_name_answer(item) for item in found if not item.is_right)
    share = top1(found)
    return {
        "type": name,
        "documents": len(found),
        "right": round(sum(item.is_right for item in found) / len(found), 4),
        "top-1": None if share is None else round(share, 4),
        "taken for": dict(wrong.most_common()),
    }


def _name_answer(item: Said) -> str:
    return item.type or (NO_MATCH if item.is_answered else _UNANSWERED)

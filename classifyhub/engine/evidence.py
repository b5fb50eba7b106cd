"""Quotes: the places in a document that counted most for a rule, word for word, with where they stand on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifyhub.engine.kinds import load_index
from classifyhub.engine.matching import Found, Hit, Key
from classifyhub.engine.model import Evidence, Page
from classifyhub.engine.places import Box, Words
from classifyhub.engine.scoring import Weighed
from classifyhub.engine.weights import LOOSE, WEIGHTS

_MOST_QUOTES = 5
_LONGEST_LINE = 90
_BEFORE, _AFTER = 30, 50
_WEAKEST = 0.2  # of the strongest quote; anything less only looks like a reason
_ONE_OF_MANY = 0.3  # what one find adds to a sum that saturates
_ONE_WORD = 0.1

_OWN = {**WEIGHTS.own, "loose": LOOSE.own}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """An evidence and how much it counted; ``is_title`` when it names the type where a document says what it is."""

    evidence: Evidence
    weight: float
    is_title: bool


def find_quotes(weighed: Weighed, found: Found, pages: Sequence[Page]) -> list[Quote]:
    """Up to five quotes for what was weighed, strongest first. Places on one line make one quote and count together."""
    by_number = {page.number: page for page in pages}
    weights: dict[tuple[int, Span], float] = {}
    titles: set[tuple[int, Span]] = set()
    for hit, weight, is_title in _find_places(weighed, found):
        key = (hit.page, widen(by_number[hit.page].text, hit.start, hit.end))
        weights[key] = weights.get(key, 0.0) + weight
        if is_title:
            titles.add(key)
    chosen = _choose(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
    return [Quote(_quote(by_number[key[0]], key[1]), weight, key in titles) for key, weight in chosen]


Places = Iterator[tuple[Hit, float, bool]]


def _find_places(weighed: Weighed, found: Found) -> Places:
    if weighed.kind is not None:
        yield from _find_places_of_kind(weighed.kind, weighed.certainty, found)
    target = weighed.target
    if target is not None:
        scale = _OWN[weighed.scale]
        yield from _largest(target.names, found.titles, scale["own_name"], is_title=True)
        yield from _largest(target.names, found.lines, scale["own_name"])
        yield from _each(target.pairs, found.pairs, scale["pairs"] * _ONE_OF_MANY)
        yield from _each(target.words, found.title_words, scale["title_words"] * _ONE_OF_MANY)
        yield from _each(target.words, found.words, scale["words"] * _ONE_WORD)


def _find_places_of_kind(kind: int, certainty: float, found: Found) -> Places:
    index, scale = load_index(), WEIGHTS.kind
    yield from _largest(
        _claims(index.names, kind, found.titles), found.titles, scale["title"] * certainty, is_title=True
    )
    yield from _largest(_claims(index.names, kind, found.inner), found.inner, scale["inner"] * certainty)
    yield from _largest(_claims(index.names, kind, found.lines), found.lines, scale["line"] * certainty)
    yield from _largest(_claims(index.titles, kind, found.runs), found.runs, scale["run"] * certainty)
    share = certainty * _ONE_OF_MANY
    yield from _each(_claims(index.cues, kind, found.cues), found.cues, scale["cues"] * share)
    yield from _each(_claims(index.sections, kind, found.sections), found.sections, scale["sections"] * share)


def _claims(
    owners: Mapping[Key, tuple[tuple[int, float], ...]], kind: int, hits: Mapping[Key, Hit]
) -> dict[Key, float]:
    """What of ``hits`` speaks for ``kind``, and how loudly."""
    pairs = ((key, dict(owners[key]).get(kind, 0.0)) for key in owners.keys() & hits.keys())
    return {key: weight for key, weight in pairs if weight}


def _largest(weights: Mapping[Key, float], hits: Mapping[Key, Hit], scale: float, *, is_title: bool = False) -> Places:
    """Of names the best one counts, so the best one is quoted."""
    places = ((weights[key] * hits[key].strength, hits[key]) for key in weights.keys() & hits.keys())
    best = max(places, key=lambda place: (place[0], -place[1].start), default=None)
    if best and scale:
        yield best[1], best[0] * scale, is_title


def _each(weights: Mapping[Key, float], hits: Mapping[Key, Hit], scale: float) -> Places:
    if scale:
        for key in sorted(weights.keys() & hits.keys()):
            yield hits[key], weights[key] * hits[key].strength * scale, False


def widen(text: str, start: int, end: int) -> Span:
    """The line around a place when it is short, else some words to both sides; never over the end of a line."""
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    right = len(text) if right < 0 else right
    if right - left > _LONGEST_LINE:
        left = _word_start(text, max(left, start - _BEFORE), start)
        right = _word_end(text, min(right, end + _AFTER), end)
    return _trim(text, left, right)


def _word_start(text: str, position: int, latest: int) -> int:
    if position == 0 or text[position - 1].isspace():
        return position
    space = text.find(" ", position, latest)
    return latest if space < 0 else space + 1


def _word_end(text: str, position: int, earliest: int) -> int:
    if position == len(text) or text[position].isspace():
        return position
    space = text.rfind(" ", earliest, position)
    return earliest if space < 0 else space


def _trim(text: str, start: int, end: int) -> Span:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), end - len(body) + len(body.rstrip())


def _choose(ranked: Iterable[tuple[tuple[int, Span], float]]) -> list[tuple[tuple[int, Span], float]]:
    """The strongest places that do not overlap and are not much weaker than the first."""
    chosen: list[tuple[tuple[int, Span], float]] = []
    for key, weight in ranked:
        if chosen and weight < chosen[0][1] * _WEAKEST:
            break
        if not any(key[0] == page and key[1][0] < end and start < key[1][1] for (page, (start, end)), _ in chosen):
            chosen.append((key, weight))
        if len(chosen) == _MOST_QUOTES:
            break
    return chosen


def _quote(page: Page, span: Span) -> Evidence:
    start, end = span
    return Evidence(page.number, page.text[start:end], find_boxes(page, start, end), start, end)


def find_boxes(page: Page, start: int, end: int) -> tuple[Box, ...]:
    """One box for each line that the characters ``start`` to ``end`` stand on; none where the page has no image."""
    lines: list[Box] = []
    for word in (page.words if isinstance(page.words, Words) else Words.of(page.words)).between(start, end):
        if word.box:
            if lines and _is_same_line(lines[-1], word.box):
                lines[-1] = _join(lines[-1], word.box)
            else:
                lines.append(word.box)
    return tuple(lines)


def _is_same_line(line: Box, box: Box) -> bool:
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    return overlap > 0.5 * min(line[3] - line[1], box[3] - box[1]) and box[2] > line[0]


def _join(first: Box, second: Box) -> Box:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])

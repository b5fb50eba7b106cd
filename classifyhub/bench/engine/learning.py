"""How answers get better with what people decide: the same documents with no decisions, and with a few of each type.

Decisions help with documents like the decided ones, that is, of the same senders. So labels and tests are drawn from
the same sources, and a document that is the only one of its type and source takes no part."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.bench.engine.corpus import Labelled
from classifyhub.bench.engine.scores import Said, accuracy, brier
from classifyhub.bench.engine.trials import say
from classifyhub.engine import Answer, Reading
from classifyhub.engine.memory import Entry, Memory, Profile, Recall, profile_reading

DECISIONS = (1, 3, 5, 10)
DRAWS = 5

Learner = Callable[[Labelled, Recall | None], Answer]


@dataclass(frozen=True, slots=True)
class Point:
    """``decisions`` of each type: how good the answers are without and with them, on the same ``tested`` documents.
    ``worst`` is the least that the decisions brought in any draw, as a share of right answers."""

    decisions: int
    types: int
    tested: int
    unaided: float
    aided: float
    worst: float
    unaided_brier: float
    aided_brier: float


@dataclass(frozen=True, slots=True)
class _Known:
    """A document with what the rules alone say of it."""

    document: Labelled
    profile: Profile
    unaided: Answer
    sha256: str

    @property
    def entry(self) -> Entry:
        return Entry(str(self.document.path), self.sha256, self.document.label, self.profile, self.unaided.candidates)


def draw_curve(
    documents: Iterable[Labelled],
    readings: Mapping[Path, Reading],
    learner: Learner,
    *,
    decisions: Sequence[int] = DECISIONS,
    draws: int = DRAWS,
) -> list[Point]:
    """A point for each number of decisions that enough documents can be drawn for."""
    known = [
        _meet(document, readings[document.path], learner) for document in documents if _has_text(document, readings)
    ]
    points = (_measure(list(_draw(known, count, draws)), count, learner) for count in decisions)
    return [point for point in points if point]


def _has_text(document: Labelled, readings: Mapping[Path, Reading]) -> bool:
    return document.path in readings and readings[document.path].has_text


def _meet(document: Labelled, reading: Reading, learner: Learner) -> _Known:
    digest = hashlib.sha256(document.path.read_bytes()).hexdigest()
    return _Known(document, profile_reading(reading), learner(document, None), digest)


def _draw(known: Iterable[_Known], count: int, draws: int) -> Iterator[tuple[list[_Known], list[_Known]]]:
    """Decided documents, ``count`` of each type that has more, and those to test with: the rest of these types, of
    sources that were decided about."""
    rng = random.Random(5)  # noqa: S311 - a repeatable draw, not a secret
    by_type = _group_by_type(known)
    for _ in range(draws):
        decided, tests = [], []
        for found in by_type.values():
            drawn = rng.sample(found, min(count, len(found)))
            sources = {item.document.source for item in drawn}
            rest = [item for item in found if item not in drawn and item.document.source in sources]
            if rest:
                decided += drawn
                tests += rest
        rng.shuffle(decided)
        if tests:
            yield decided, tests


def _group_by_type(known: Iterable[_Known]) -> dict[str | None, list[_Known]]:
    """Without those that nothing else of their type and source stands beside."""
    by_source: dict[tuple[str | None, str], list[_Known]] = defaultdict(list)
    for item in known:
        by_source[item.document.label, item.document.source].append(item)
    by_type: dict[str | None, list[_Known]] = defaultdict(list)
    for (label, _), found in by_source.items():
        if len(found) > 1:
            by_type[label] += found
    return by_type


def _measure(draws: Sequence[tuple[list[_Known], list[_Known]]], count: int, learner: Learner) -> Point | None:
    before, after, gains = [], [], []
    for decided, tests in draws:
        without = [say(item.document.label, item.unaided) for item in tests]
        aided = list(_ask_aided(tests, Memory.of(item.entry for item in decided), learner))
        gains.append((accuracy(aided) or 0.0) - (accuracy(without) or 0.0))
        before += without
        after += aided
    if not draws:
        return None
    types = len({item.document.label for decided, _ in draws for item in decided})
    return Point(
        count,
        types,
        len(after),
        accuracy(before) or 0.0,
        accuracy(after) or 0.0,
        min(gains),
        brier(before) or 0.0,
        brier(after) or 0.0,
    )


def _ask_aided(tests: Iterable[_Known], memory: Memory, learner: Learner) -> Iterator[Said]:
    for item in tests:
        recall = memory.about(item.profile, document=str(item.document.path))
        yield say(item.document.label, learner(item.document, recall))

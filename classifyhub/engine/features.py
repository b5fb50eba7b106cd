"""How much speaks for and against a type in a document: numbers from 0 to about 1 that only grow with what is found."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from classifyhub.engine.kinds import load_index
from classifyhub.engine.layouts import LAYOUTS
from classifyhub.engine.matching import Found, Hit, Key, Measured
from classifyhub.engine.rules import Standing, Target

# What counts half: so much weight of cues, of sections, of pairs, of title words, so many repetitions of a word.
_HALF_CUES, _HALF_SECTIONS, _HALF_PAIRS, _HALF_TITLE, _HALF_COUNT = 2.0, 2.0, 2.0, 2.0, 1.5
_BY_CHANCE = 1.5  # the power that makes several cues say more than one, which any paper may hold by chance
_SHORT_RULE = 3.0  # keeps a rule of two words from being fulfilled by two words
_IN_LINE, _IN_RUN = 0.8, 0.3  # of the rule's own name, against one in a title
_TOP_AGAINST = 0.3
# A title counts in full where the rest says so much of its type, in a document of so many words or more; in a shorter
# one less will do. Where nothing bears it out this is left of it: at the head of a long text a word may stand for
# any reason.
_BACKING, _LONG = 0.3, 300.0
_BARE = 0.25

Features = Mapping[str, float]
Claims = Mapping[Key, tuple[tuple[int, float], ...]]


def measure_kinds(found: Found) -> Measured:
    """What speaks for each known type, by its place in the pack; types that nothing speaks for are left out."""
    index = load_index()
    kinds: dict[int, dict[str, float]] = defaultdict(dict)
    _take_largest(kinds, "title", index.names, found.titles)
    _take_largest(kinds, "inner", index.names, found.inner)
    _take_largest(kinds, "line", index.names, found.lines)
    _take_largest(kinds, "run", index.titles, found.runs)
    body = _take_body(found)
    length = _measure_length(found)
    for kind, features in kinds.items():
        if "title" in features:
            features["title"] *= _trust_title(body.get(kind, {}), length)
    return {**body, **{kind: {**names, **body.get(kind, {})} for kind, names in kinds.items()}}


def _take_body(found: Found) -> Measured:
    """Measured once: the same page is judged, and compared with its neighbours."""
    if found.body is None:
        found.body = measure_body(found)
    return found.body


def _measure_length(found: Found) -> float:
    """Measured once, too: every rule asks for it."""
    if found.length is None:
        found.length = math.fsum(found.counts.values())
    return found.length


def _trust_title(body: Features, length: float) -> float:
    """The share of a title's weight that is left, given what the rest says of its type."""
    backing, asked = math.fsum(body.values()), _BACKING * min(1.0, length / _LONG)
    return 1.0 if backing >= asked else _BARE + (1 - _BARE) * backing / asked


def measure_body(found: Found) -> Measured:
    """What of that is the same whatever the rules are: all but names, of which a longer one of a rule hides others."""
    index = load_index()
    kinds: dict[int, dict[str, float]] = defaultdict(dict)
    _take_sum(kinds, "cues", index.cues, found.cues, _HALF_CUES)
    _take_sum(kinds, "sections", index.sections, found.sections, _HALF_SECTIONS)
    _take_marks(kinds, found.marks & index.marks.keys())
    _take_vocabulary(kinds, found)
    return kinds


def _take_marks(kinds: dict[int, dict[str, float]], marks: Iterable[str]) -> None:
    for mark in marks:
        name, weight = ("layout", LAYOUTS[mark].weight) if mark in LAYOUTS else ("mark", 1.0)
        for kind, share in load_index().marks[mark]:
            kinds[kind][name] = max(kinds[kind].get(name, 0.0), weight * share)


def _take_vocabulary(kinds: dict[int, dict[str, float]], found: Found) -> None:
    index = load_index()
    find, sums = index.words.get, [0.0] * len(index.kinds)
    for word, count in found.counts.items():  # in the order of the text, so that sums are the same every time
        if owners := find(word):
            share = _saturate(count, _HALF_COUNT)
            for kind, weight in owners:
                sums[kind] += weight * share
    for kind, value in enumerate(sums):
        if value:
            kinds[kind]["vocabulary"] = value


def _take_largest(kinds: dict[int, dict[str, float]], name: str, claims: Claims[Key], hits: Mapping[Key, Hit]) -> None:
    for key in claims.keys() & hits.keys():
        for kind, weight in claims[key]:
            kinds[kind][name] = max(kinds[kind].get(name, 0.0), weight * hits[key].strength)


def _take_sum(
    kinds: dict[int, dict[str, float]], name: str, claims: Claims[Key], hits: Mapping[Key, Hit], half: float
) -> None:
    parts: dict[int, list[float]] = defaultdict(list)
    for key in claims.keys() & hits.keys():
        for kind, weight in claims[key]:
            parts[kind].append(weight * hits[key].strength)
    for kind, values in parts.items():
        kinds[kind][name] = _saturate(math.fsum(values) ** _BY_CHANCE, half**_BY_CHANCE)


def measure_rule(target: Target, found: Found) -> Features:
    """What speaks for a rule in its own words; of its title only as much as the known types it means bear out."""
    trust = 1.0 if target.standing is Standing.UNKNOWN else _trust_rule(target, found)
    return {
        "words": _measure_words(target, found),
        "title_words": trust * _saturate(_total(target.words, found.title_words), _HALF_TITLE),
        "own_title": trust * any(word in found.title_words for word in target.own_words),
        "own_name": trust * _measure_name(target, found),
        "pairs": _saturate(_total(target.pairs, found.pairs), _HALF_PAIRS),
        "against": _measure_against(target, found),
    }


def _trust_rule(target: Target, found: Found) -> float:
    body, length = _take_body(found), _measure_length(found)
    return max((_trust_title(body.get(place, {}), length) for place, _ in target.links), default=1.0)


def _measure_name(target: Target, found: Found) -> float:
    return max(
        _largest(target.names, found.titles),
        _IN_LINE * _largest(target.names, found.lines),
        _IN_RUN * _largest({name: weight for name, weight in target.names.items() if len(name) > 1}, found.runs),
    )


def _measure_against(target: Target, found: Found) -> float:
    """What the rule says it is not, where it is named more than the type itself: "Reminder: your invoice 4711" may well
    be a reminder, which is not an invoice."""
    if not target.against:
        return 0.0
    in_titles = _if_above(_largest(target.against, found.titles), _largest(target.all_names, found.titles))
    tops = [
        _if_above(_largest(target.against, top), _largest(target.all_names, top)) for top in (found.lines, found.runs)
    ]
    return max(in_titles, _TOP_AGAINST * max(tops))


def _if_above(value: float, other: float) -> float:
    return value if value > other else 0.0


def _measure_words(target: Target, found: Found) -> float:
    """The share of the rule's words that stand in the document, repetitions counting less and less (as in BM25)."""
    counts = ((target.words[word], found.counts[word]) for word in target.words.keys() & found.counts.keys())
    found_share = math.fsum(weight * _saturate(count, _HALF_COUNT) for weight, count in counts)
    return found_share / (target.word_total + _SHORT_RULE)


def _pairs(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> Iterable[float]:
    return (weights[key] * hits[key].strength for key in weights.keys() & hits.keys())


def _largest(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> float:
    return max(_pairs(weights, hits), default=0.0) if weights and hits else 0.0


def _total(weights: Mapping[Key, float], hits: Mapping[Key, Hit]) -> float:
    return math.fsum(_pairs(weights, hits))  # the same whatever order a set comes in


def _saturate(value: float, half: float) -> float:
    return value / (value + half)

"""The known types as the matcher needs them: from a phrase to the types that it speaks for, and how loudly.

Built once in a process from the knowledge pack, for all rule sets alike. A *kind* is a known type by its place in the
pack."""

from __future__ import annotations

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from classifyhub.engine import phrases
from classifyhub.engine.pack import KnownType, Wording, load_known_types, read_wordings
from classifyhub.engine.pack.compiled import keep_compiled
from classifyhub.engine.pack.entries import list_files
from classifyhub.engine.phrases import Openings, Phrase, PhraseBook
from classifyhub.engine.words import worth

_ONE_WORD = 0.35  # of a cue of several words
_LONGEST_SECTION = 2  # words of a cue that may also be a heading
_SHORT_VOCABULARY = 20.0  # keeps a type of few words from being fulfilled by a few words
_WHOLE = 4.0  # brings the share of a vocabulary to about 0..1
_MOST_OWNERS = 40  # types; a word of more of them tells nothing

Item = TypeVar("Item", KnownType, Wording)
Owners = Mapping[Phrase, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class Index:
    """For each phrase, word or mark the kinds it speaks for with what it counts there (0..1). ``titles`` leaves out the
    headings that mean other things as well."""

    kinds: tuple[KnownType, ...]
    places: Mapping[str, int]
    names: Owners
    titles: Owners
    cues: Owners
    sections: Owners
    words: Mapping[str, tuple[tuple[int, float], ...]]
    marks: Mapping[str, tuple[tuple[int, float], ...]]
    name_book: PhraseBook
    cue_book: PhraseBook
    section_book: PhraseBook


@functools.cache
def load_index() -> Index:
    """The index of the whole pack. Raises ``PackError``."""
    kinds = load_known_types()
    code = (Path(phrases.__file__), Path(__file__))
    rows = keep_compiled([*list_files(), *code], lambda: _build(kinds, read_wordings()), name="index")
    *owners, names, cues, sections = rows
    books = (PhraseBook(*book) for book in (names, cues, sections))
    return Index(kinds, {kind.key: place for place, kind in enumerate(kinds)}, *owners, *books)


@functools.cache
def load_openings() -> Openings:
    """How the cues and sections of the known types begin."""
    return Openings.of([load_index().cue_book, load_index().section_book])


def _build(kinds: Sequence[KnownType], wordings: Sequence[Wording]) -> tuple[Any, ...]:
    """The fields of an ``Index`` from ``names`` on, in their order."""
    names = _own(kinds, lambda kind: (*kind.titles, *kind.headings), lambda _phrase, _owners: 1.0)
    titles = _own(kinds, lambda kind: kind.titles, lambda phrase, _owners: weigh_run(phrase))
    cues = _own(wordings, lambda wording: wording.cues, weigh_cue)
    sections = _own(wordings, _list_sections, lambda _phrase, owners: 1 / math.sqrt(owners))
    books = (PhraseBook.of(owners) for owners in (names, cues, sections))
    rows = ((book.singles, book.longer) for book in books)
    return (names, titles, cues, sections, _own_words(kinds, wordings), _own_marks(kinds), *rows)


def weigh_cue(cue: Phrase, owners: int) -> float:
    """How much finding ``cue`` says: less for a single word or for commonplaces, less for a cue that several types
    share."""
    alone = weigh_run(cue) if len(cue) > 1 else _ONE_WORD * worth(cue[0])
    return alone / math.sqrt(owners)


def weigh_run(name: Phrase) -> float:
    """How much ``name`` says in running text: a single word may be there for any reason."""
    return min(1.0, sum(map(worth, name)) / 2)


def _list_sections(wording: Wording) -> Iterable[Phrase]:
    return (*wording.sections, *(cue for cue in wording.cues if len(cue) <= _LONGEST_SECTION))


def _own(
    items: Iterable[Item],
    list_phrases: Callable[[Item], Iterable[Phrase]],
    weigh: Callable[[Phrase, int], float],
) -> Owners:
    owners: dict[Phrase, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        for phrase in dict.fromkeys(list_phrases(item)):
            owners[phrase].append(place)
    same: dict[
        tuple[tuple[int, float], ...], tuple[tuple[int, float], ...]
    ] = {}  # most phrases have the same few owners
    claims = {}
    for phrase, places in owners.items():
        if weight := weigh(phrase, len(places)):
            claim = tuple((place, weight) for place in places)
            claims[phrase] = same.setdefault(claim, claim)
    return claims


def _own_words(kinds: Iterable[KnownType], wordings: Iterable[Wording]) -> dict[str, tuple[tuple[int, float], ...]]:
    """The vocabulary of each kind: a word counts by how few kinds use it, as a share of what the kind's all count."""
    vocabularies = [
        set(filter(worth, chain.from_iterable((*kind.titles, *wording.cues, *wording.sections))))
        for kind, wording in zip(kinds, wordings, strict=True)
    ]
    counts = Counter(chain.from_iterable(vocabularies))
    rarity = {word: math.log(len(vocabularies) / count) for word, count in counts.items() if count <= _MOST_OWNERS}
    owners: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, vocabulary in enumerate(vocabularies):
        total = math.fsum(rarity.get(word, 0.0) for word in vocabulary)  # the same whatever order a set comes in
        for word in vocabulary & rarity.keys():
            owners[word].append((place, rarity[word] / math.sqrt(total + _SHORT_VOCABULARY) / _WHOLE))
    return {word: tuple(found) for word, found in owners.items()}


def _own_marks(kinds: Iterable[KnownType]) -> dict[str, tuple[tuple[int, float], ...]]:
    owners: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, kind in enumerate(kinds):
        for mark in kind.marks:
            owners[mark].append((place, 1.0))
    return {mark: tuple(found) for mark, found in owners.items()}

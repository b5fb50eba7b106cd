"""The document types the engine knows by name, ready for comparing with words."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from classifyhub.engine.pack.compiled import keep_compiled
from classifyhub.engine.pack.entries import Entry, list_files, read_entries
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.words import stems


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type by its titles, its headings (titles that mean other things as well, so that they count on documents but
    link no rule) and what it is called (which links rules but counts on no document: "PO" stands on every invoice that
    follows an order), all as stems; ``marks`` are facts about the file such as ``@mail``; ``of`` is the key of the
    wider type that this one is a kind of, ``unlike`` are the keys of its look-alikes, ``near`` of those that many
    people mean the same by. ``shown`` is the first title in each language, as it is written there."""

    key: str
    titles: tuple[Phrase, ...]
    headings: tuple[Phrase, ...]
    called: tuple[Phrase, ...]
    marks: tuple[str, ...] = ()
    of: str = ""
    unlike: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[Phrase, ...]:
        """What a rule may name the type by."""
        return self.titles + self.called


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on papers of a known type, as stems."""

    cues: tuple[Phrase, ...]
    sections: tuple[Phrase, ...]


@functools.cache
def load_known_types() -> tuple[KnownType, ...]:
    """All known types, in the order of the pack's files and of the types in them. Raises ``PackError``."""
    files = list_files()
    rows = keep_compiled(files, lambda: tuple(_row(entry) for path in files for entry in read_entries(path)))
    return tuple(KnownType(*row) for row in rows)


def read_wordings() -> list[Wording]:
    """Those of all known types, in the same order: read anew, for nobody needs them but who makes an index of them.
    Raises ``PackError``."""
    entries = (entry for path in list_files() for entry in read_entries(path))
    return [
        Wording(
            _stem_all(chain.from_iterable(entry.cues.values())),
            _stem_all(chain.from_iterable(entry.sections.values())),
        )
        for entry in entries
    ]


def name_kind(key: str, lang: str) -> str:
    """What people who read ``lang`` (ISO 639-1) call a known type: the first of its titles there. ``key`` itself, which
    is its English name, where there is none, and for a ``key`` that nobody knows."""
    return _names_in(lang).get(key, key)


@functools.lru_cache(64)
def _names_in(lang: str) -> dict[str, str]:
    if lang == "en":
        return {}
    return {kind.key: name for kind in load_known_types() for language, name in kind.shown if language == lang}


def _row(entry: Entry) -> tuple[Any, ...]:
    """The fields of a ``KnownType``, in their order."""
    return (
        entry.type,
        _stem_all([entry.type, *chain.from_iterable(entry.titles.values())]),
        _stem_all(entry.headings),
        _stem_all(entry.called),
        tuple(f"@{form}" for form in entry.form),
        entry.of,
        entry.unlike,
        entry.near,
        tuple((language, titles[0]) for language, titles in entry.titles.items() if titles),
    )


def _stem_all(phrases: Iterable[str]) -> tuple[Phrase, ...]:
    """Each once. Their words are interned, and so when they come out of the compiled pack: the tables made of them hold
    most words many times over."""
    found = (tuple(map(sys.intern, stems(phrase))) for phrase in phrases)
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))

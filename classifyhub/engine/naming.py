"""The names of the known types, made ready for being looked up when a rule is linked to what it means.

Apart from what stands on such papers (``kinds``), for a process that only helps to write rules never needs that."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from classifyhub.engine import phrases
from classifyhub.engine.pack import KnownType, load_known_types
from classifyhub.engine.pack.compiled import keep_compiled
from classifyhub.engine.pack.entries import list_files
from classifyhub.engine.phrases import Phrase, PhraseBook
from classifyhub.engine.words import STOP, stems

_ENDING = re.compile(r"(?<=\w{6})(?:en|er|es|[aeiosy])$")

Keys = tuple[str, ...]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class NameTables:
    """From a name to the keys of its types (``owners``; by ``folded`` name without endings and blanks); from each word
    to the types and names it is part of; and what each type is called where people read what a rule is understood
    as (``shown``)."""

    owners: Mapping[Phrase, Keys]
    by_word: Mapping[str, tuple[tuple[str, Phrase], ...]]
    folded: Mapping[str, Keys]
    shown: Mapping[str, frozenset[Phrase]]
    book: PhraseBook


@functools.cache
def load_names() -> NameTables:
    """The tables of the whole pack. Raises ``PackError``."""
    code = (Path(phrases.__file__), Path(__file__))
    rows = keep_compiled([*list_files(), *code], lambda: _build(load_known_types()), name="names")
    owners, by_word, folded, shown, book = rows
    return NameTables(owners, by_word, folded, shown, PhraseBook(*book))


def take_content(phrase: Phrase) -> Phrase:
    """Without stop words, unless hardly anything is left: a "will" is one, and the "by" of "by law" makes the name."""
    phrase = tuple(word for word in phrase if word != "s") or phrase  # of "CV's"
    content = tuple(word for word in phrase if word not in STOP)
    return content if len(content) > 1 or len(content) == len(phrase) else phrase


def fold_name(name: Phrase) -> str:
    """The same for all names that differ in endings and blanks only."""
    return "".join(_ENDING.sub("", word) for word in name)


def _build(kinds: tuple[KnownType, ...]) -> tuple[Any, ...]:
    """The fields of the tables, in their order."""
    owners = _own(kinds, lambda kind: kind.names)
    folded = _own(kinds, lambda kind: map(fold_name, map(take_content, kind.names)))
    book = PhraseBook.of(owners)
    return (owners, _list_by_word(kinds), folded, _list_shown(kinds), (book.singles, book.longer))


def _own(kinds: Iterable[KnownType], list_names: Callable[[KnownType], Iterable[Key]]) -> dict[Key, Keys]:
    owners: dict[Key, Keys] = {}
    same: dict[Keys, Keys] = {}  # most names have the same single owner as others
    for kind in kinds:
        for named in dict.fromkeys(list_names(kind)):
            keys: Keys = (*owners.get(named, ()), kind.key)
            owners[named] = same.setdefault(keys, keys)
    return owners


def _list_by_word(kinds: Iterable[KnownType]) -> dict[str, tuple[tuple[str, Phrase], ...]]:
    """Names without a word in common are not alike, so the others need not be compared."""
    names: dict[str, list[tuple[str, Phrase]]] = {}
    for kind in kinds:
        for name in dict.fromkeys(map(take_content, kind.names)):
            owned = (kind.key, name)
            for word in dict.fromkeys(name):
                names.setdefault(word, []).append(owned)
    return {word: tuple(found) for word, found in names.items()}


def _list_shown(kinds: Iterable[KnownType]) -> dict[str, frozenset[Phrase]]:
    return {kind.key: frozenset({stems(kind.key), *(stems(name) for _, name in kind.shown)}) for kind in kinds}

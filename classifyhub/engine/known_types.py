"""The document types the engine knows by name, read from ``known_types.ini``."""

from __future__ import annotations

import configparser
import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine.phrases import Phrase
from classifyhub.engine.words import stems, worth

_FILE = Path(__file__).with_name("known_types.ini")
_ONE_WORD = 0.5


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type by its names, its headings (names that mean other things as well, so that they count on documents but link
    no rule) and its cues, all as stems; ``marks`` are facts about the file such as ``@mail``; ``of`` is the key
    of the wider type that this one is a kind of."""

    key: str
    names: tuple[Phrase, ...]
    headings: tuple[Phrase, ...]
    cues: tuple[Phrase, ...]
    marks: tuple[str, ...] = ()
    of: str = ""


@functools.cache
def load_known_types() -> tuple[KnownType, ...]:
    """All known types, in the order of the file."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(_FILE.read_text(encoding="utf-8"))
    return tuple(_build(key, parser[key]) for key in parser.sections())


def _build(key: str, section: Mapping[str, str]) -> KnownType:
    cues = [cue.strip() for cue in section["cues"].split(",")]
    return KnownType(
        key,
        names=_phrases([key, *section["names"].split(",")]),
        headings=_phrases(section.get("headings", "").split(",")),
        cues=_phrases(cue for cue in cues if not cue.startswith("@")),
        marks=tuple(cue for cue in cues if cue.startswith("@")),
        of=section.get("of", ""),
    )


def _phrases(entries: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(phrase for entry in entries if (phrase := stems(entry))))


def cue_worth(cue: Phrase) -> float:
    """How much finding ``cue`` says: less for a single word, less for a cue that several types share."""
    alone = 1.0 if len(cue) > 1 else _ONE_WORD * max(0.3, worth(cue[0]))
    return alone / math.sqrt(_cue_owners()[cue])


@functools.cache
def _cue_owners() -> Counter[Phrase]:
    return Counter(cue for kind in load_known_types() for cue in kind.cues)

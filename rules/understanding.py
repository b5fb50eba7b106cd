"""What the local engine takes from a description, in the author's own words: the terms it looks for, and those that
speak against the type. Shown while a rule is written, so that nobody has to guess what counts."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from classifyhub.engine.rule_text import list_examples, list_items, split_negation
from classifyhub.engine.words import Token, tokenize, worth

WANTED_SHOWN, UNWANTED_SHOWN = 4, 2
# One commonplace ("date", "number") tells nothing; two together do.
TELLING = 0.7


@dataclass(frozen=True, slots=True)
class Understanding:
    """The most telling terms, in the order of the text."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


@functools.lru_cache(maxsize=1024)
def understand(description: str) -> Understanding:
    """The terms of one description, four wanted and two unwanted at most."""
    wanted, unwanted = split_negation(description)
    tokens = tokenize(wanted)
    named = [span for phrase in list_examples(wanted) if (span := _find(phrase, tokens))]
    spans = _pick([*named, *_runs(wanted, tokens)], most=WANTED_SHOWN)
    against = tokenize(unwanted)
    found = [span for phrase in list_items(unwanted) if (span := _find(phrase, against))]
    return Understanding(
        tuple(_words(wanted, span) for span in spans),
        tuple(_words(unwanted, span) for span in _pick(found, most=UNWANTED_SHOWN)),
    )


Span = tuple[Token, ...]


def _find(phrase: tuple[str, ...], tokens: list[Token]) -> Span:
    """Where the words of ``phrase`` stand in the text, one after the other; empty when they do not."""
    for place in range(len(tokens) - len(phrase) + 1):
        span = tuple(tokens[place : place + len(phrase)])
        if tuple(token.stem for token in span) == phrase:
            return span
    return ()


def _runs(text: str, tokens: list[Token]) -> Iterator[Span]:
    """Words that stand side by side and all say something: what the engine looks for as pairs."""
    run: list[Token] = []
    for token in tokens:
        if run and (not worth(token.stem) or text[run[-1].end : token.start].strip(" -")):
            yield tuple(run)
            run = []
        if worth(token.stem):
            run.append(token)
    if run:
        yield tuple(run)


def _pick(spans: Iterable[Span], *, most: int) -> list[Span]:
    """The most telling spans that do not overlap, each wording once, in the order of the text."""
    kept: dict[tuple[str, ...], Span] = {}
    for span in sorted(spans, key=_telling, reverse=True):
        stem_words = tuple(token.stem for token in span)
        is_free = all(span[0].start >= other[-1].end or span[-1].end <= other[0].start for other in kept.values())
        if _telling(span) >= TELLING and is_free and stem_words not in kept:
            kept[stem_words] = span
    return sorted(list(kept.values())[:most], key=lambda span: span[0].start)


def _telling(span: Span) -> float:
    return sum(worth(token.stem) for token in span)


def _words(text: str, span: Span) -> str:
    return " ".join(text[span[0].start : span[-1].end].split())

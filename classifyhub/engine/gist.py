"""The gist of a document: what a verdict needs of it, whatever the rules.

Reading a document takes seconds, looking for everything the pack knows some milliseconds, and judging what was found
one. So what was found is kept, without places, boxes and quotes, and a thousand documents are judged by other rules in
the time that reading one takes. The verdict is the same that ``classify`` gives; only its reasons need the text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Self

from classifyhub.engine import (
    amounts,
    features,
    headlines,
    kinds,
    layouts,
    marks,
    matching,
    meaning,
    phrases,
    sheets,
    words,
)
from classifyhub.engine.features import measure_body
from classifyhub.engine.kinds import load_index
from classifyhub.engine.matching import MOST_PAGES, Found, Measured, match, merge_hits, merge_pages, weigh_page
from classifyhub.engine.memory import Profile
from classifyhub.engine.model import Page
from classifyhub.engine.pack.compiled import digest_of
from classifyhub.engine.pack.entries import list_files
from classifyhub.engine.phrases import Phrase, PhraseBook
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.sheets import Hit, Names, Sheet

_GAP = "\u0100"
# Each word of a document is a letter of an alphabet of its own, so that looking for a phrase is looking for a string.
_LETTERS = "".join(map(chr, range(0x101, 0xD800)))
_RARE_LETTERS = range(0x10000, 0x110000)
_NO_RULES = RuleSet((), (), frozenset(), PhraseBook.of(()), PhraseBook.of(()), frozenset())
_NAMES = ("titles", "inner", "lines", "runs")
_CODE = (
    Path(module.__file__ or "")
    for module in (amounts, features, headlines, kinds, layouts, marks, matching, meaning, phrases, sheets, words)
)


@cache
def gist_version() -> str:
    """Changes with all that goes into a gist: the pack, and the code that looks for it."""
    return digest_of([*list_files(), *_CODE, Path(__file__)]).hex()[:16]


@dataclass(frozen=True, slots=True)
class Question:
    """Rules made ready for being put to many gists. ``own_names`` are those that no known type has."""

    ruleset: RuleSet
    own_names: tuple[Phrase, ...]
    pairs: tuple[Phrase, ...]

    @classmethod
    def of(cls, ruleset: RuleSet) -> Self:
        known = load_index().name_book
        return cls(ruleset, tuple(name for name in ruleset.names if name not in known), tuple(ruleset.pairs.longer))


@dataclass(slots=True)
class View:
    """What was found on some pages together. ``text`` is what stands on them, a letter for a word. ``names`` are those
    of known types on each page, ``heads`` the words among which names count, and ``head_pages`` those places in full,
    for rules that have names of their own."""

    body: Measured
    counts: Mapping[str, float]
    title_words: Sequence[str]
    names: Sequence[Sequence[Mapping[str, float]]]
    text: str
    heads: Sequence[str]
    head_pages: Sequence[Page] | str

    @classmethod
    def of(cls, pages: Sequence[Sheet]) -> Self:
        """Of the pages that count for the whole, in order."""
        scans = [match(sheet, _NO_RULES) for sheet in pages]
        found = merge_pages(scans)
        letters = _assign_letters(found.counts)
        counted = pages[:MOST_PAGES]
        return cls(
            measure_body(found),
            dict(found.counts),
            list(found.title_words),
            [[_shorten_names(getattr(scan, name)) for name in _NAMES] for scan in scans[:MOST_PAGES]],
            _GAP.join(_spell(sheet.words, letters) for sheet in counted),
            [_GAP.join(_spell(sheet.words[slice(*head)], letters) for head in sheet.list_heads()) for sheet in counted],
            [sheet.cut_out_heads() for sheet in counted],
        )

    def answer(self, question: Question) -> Found:
        """The same that matching the pages would find, but for places."""
        letters = _assign_letters(self.counts)
        found = Found(
            pairs=dict(self._find_pairs(question.pairs, letters)),
            title_words=dict.fromkeys(self.title_words, _SOMEWHERE),
            counts=self.counts,
            body=self.body,
        )
        own = [_spell(name, letters) for name in question.own_names if all(word in letters for word in name)]
        for order, names in enumerate(self._find_names(own, question.ruleset.names)):
            for name, hits in zip(_NAMES, names, strict=True):
                merge_hits(getattr(found, name), hits, weigh_page(order))
        return found

    def _find_pairs(self, pairs: Iterable[Phrase], letters: Mapping[str, str]) -> Iterator[tuple[Phrase, Hit]]:
        for pair in pairs:
            first, second = letters.get(pair[0]), letters.get(pair[1])
            if first and second and (place := self.text.find(first + second)) >= 0:
                yield pair, Hit(0, 0, 0, weigh_page(self.text.count(_GAP, 0, place)))

    def _find_names(self, own: Sequence[str], book: PhraseBook) -> Iterator[Sequence[Mapping[Phrase, Hit]]]:
        """On each page: looked for anew where any of the rules' ``own`` stands, for it may hide others."""
        for order, (kept, head) in enumerate(zip(self.names, self.heads, strict=True)):
            if any(name in head for name in own):
                names = Names()
                Sheet(self._load_head_page(order)).note_names(names, book)
                yield names.titles, names.inner, names.lines, names.runs
            else:
                yield [{tuple(key.split(" ")): Hit(0, 0, 0, value) for key, value in hits.items()} for hits in kept]

    def _load_head_page(self, order: int) -> Page:
        if isinstance(self.head_pages, str):
            self.head_pages = [Page.from_json(page) for page in json.loads(self.head_pages)]
        return self.head_pages[order]

    def to_json(self) -> list[Any]:
        pages = self.head_pages
        text = pages if isinstance(pages, str) else json.dumps([_shorten(page) for page in pages], ensure_ascii=False)
        return [list(self.body.items()), self.counts, self.title_words, self.names, self.text, self.heads, text]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        body, *rest = data
        return cls(dict(body), *rest)


_SOMEWHERE = Hit(0, 0, 0)


@dataclass(slots=True)
class Gist:
    """``own`` is what the document's own pages say, ``whole`` what they say with all that is attached, where that is
    more; both null for a document without text. ``passage`` is what its meaning is judged by."""

    profile: Profile
    passage: str
    own: View | None
    whole: View | None = None

    def views(self, question: Question) -> Iterator[Found]:
        """In the order in which they are judged."""
        return (view.answer(question) for view in (self.own, self.whole) if view)

    def to_bytes(self) -> bytes:
        """For ``from_bytes`` of the same version of this code and of the pack."""
        views = [view and view.to_json() for view in (self.own, self.whole)]
        text = json.dumps(
            [gist_version(), self.profile.to_json(), self.passage, *views], ensure_ascii=False, separators=(",", ":")
        )
        return text.encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises ``ValueError`` for bytes that are none, or of another version."""
        try:
            version, profile, passage, *views = json.loads(data)
            gist = cls(Profile.from_json(profile), passage, *(view and View.from_json(view) for view in views))
        except (TypeError, KeyError) as error:
            raise ValueError("This is no gist.") from error
        if version != gist_version():
            raise ValueError("This gist was made by another version.")
        return gist


def _assign_letters(stems: Iterable[str]) -> dict[str, str]:
    return dict(zip(stems, chain(_LETTERS, map(chr, _RARE_LETTERS)), strict=False))


def _spell(stems: Iterable[str], letters: Mapping[str, str]) -> str:
    return "".join(map(letters.__getitem__, stems))


def _shorten_names(hits: Mapping[Phrase, Hit]) -> dict[str, float]:
    return {" ".join(phrase): hit.strength for phrase, hit in hits.items()}


def _shorten(page: Page) -> dict[str, Any]:
    return {"number": page.number, "text": page.text, "source": page.source, "title_spans": page.title_spans}

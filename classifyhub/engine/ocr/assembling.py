"""From recognised lines to a page as every reader gives it: text, words with boxes as displayed, titles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from classifyhub.engine.boxes import clip, turn
from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Page
from classifyhub.engine.ocr.recognising import Recognised
from classifyhub.engine.ocr.shapes import Line, Token
from classifyhub.engine.places import Box, Word
from classifyhub.engine.readers.titles import Line as TitleLine
from classifyhub.engine.readers.titles import choose_titles

_DOUBTFUL, _HOPELESS = 0.5, 0.2
_LARGER = 1.4  # a title against the page's usual line; boxes hug the letters, so equal lines differ by a third


def fill_page(page: Page, recognised: Recognised) -> Page:
    """``page`` with what was recognised in its picture, source ``ocr``; source ``none`` when that is nothing.

    Words that look like specks and lines rather than letters are left out."""
    writer = _Writer(recognised)
    for line in recognised.lines:
        writer.add([token for token in line if is_legible(token)])
    text = "\n".join(writer.parts)
    if not any(character.isalnum() for character in text):
        return replace(page, text="", source="none", words=(), title_spans=(), confidence=None)
    titles = choose_titles(writer.lines, larger=_LARGER)
    confidence = round(recognised.confidence, 3)
    return replace(page, text=text, source="ocr", words=tuple(writer.words), title_spans=titles, confidence=confidence)


def is_legible(token: Token) -> bool:
    """Whether a token is likely a word: trusted, or at least made of letters or of digits."""
    if token.confidence < _HOPELESS:
        return False
    return token.confidence >= _DOUBTFUL or (len(token.text) > 2 and _is_plain(token.text))


def _is_plain(text: str) -> bool:
    body = text.strip(".,:;!?()[]\"'“”’-–")
    return body.isalpha() or body.replace(".", "").replace(",", "").isdigit()


@dataclass(slots=True)
class _Writer:
    recognised: Recognised
    parts: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    lines: list[TitleLine] = field(default_factory=list)
    length: int = 0

    def add(self, tokens: Line) -> None:
        """Write one line, its words with single spaces between them."""
        pairs = [(text, token) for token in tokens if (text := "".join(clean(token.text).split()))]
        line = " ".join(text for text, _ in pairs)
        if not line or self.length + len(line) > MAX_PAGE_CHARACTERS:
            return
        start = self.length
        for text, token in pairs:
            self.words.append(Word(self.length, self.length + len(text), _place(token, self.recognised)))
            self.length += len(text) + 1
        top, height = _measure([token for _, token in pairs], page_height=self.recognised.size[1])
        self.lines.append(TitleLine(start, self.length - 1, top, height, line))
        self.parts.append(line)


def _place(token: Token, recognised: Recognised) -> Box | None:
    """The box as a fraction of the page as displayed, which is before it was turned for reading."""
    width, height = recognised.size
    left, top, right, bottom = token.box
    return clip(turn((left / width, top / height, right / width, bottom / height), 360 - recognised.turn))


def _measure(tokens: Iterable[Token], *, page_height: int) -> tuple[float, float]:
    """Where a line begins, as a share of the page, and how high its letters are in pixels; those of a line that runs
    upwards lie on their side."""
    left, top, right, bottom = zip(*(token.box for token in tokens), strict=True)
    height = min(max(bottom) - min(top), max(right) - min(left))
    return min(top) / max(1, page_height), height

"""Quotes of a model, kept only where they stand on the page it names, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifyhub.engine.evidence import find_boxes
from classifyhub.engine.model import Evidence, Page
from jobs.providers.models.excerpt import is_visible
from jobs.providers.models.schema import MOST_QUOTES

_FEWEST_LETTERS = 3  # less stands on every page


@dataclass(frozen=True, slots=True)
class Checked:
    """The quotes that stand in the document, and how many did not."""

    evidence: tuple[Evidence, ...]
    dropped: int


def check_quotes(quotes: Iterable[tuple[int, str]], pages: Mapping[int, Page]) -> Checked:
    """Look for each quote on its page, white space and invisible characters aside."""
    folded = {number: _Folded(page.text) for number, page in pages.items()}
    found: dict[tuple[int, int, int], Evidence] = {}
    dropped = 0
    for number, text in quotes:
        span = folded[number].find(text) if number in folded else None
        if span is None:
            dropped += 1
        elif len(found) < MOST_QUOTES:
            page = pages[number]
            boxes = find_boxes(page, *span)
            found[number, *span] = Evidence(number, page.text[span[0] : span[1]], boxes, *span)
    return Checked(tuple(found.values()), dropped)


class _Folded:
    """A text with each run of white space as one space and without invisible characters, and for each character where
    it stood."""

    def __init__(self, text: str) -> None:
        self.places: list[int] = []
        characters: list[str] = []
        for place, character in enumerate(text):
            if character.isspace():
                if not characters or characters[-1] == " ":
                    continue
                character = " "  # noqa: PLW2901 - that is what it becomes
            elif not is_visible(character):
                continue
            characters.append(character)
            self.places.append(place)
        self.text = "".join(characters)

    def find(self, quote: str) -> tuple[int, int] | None:
        """From where to where ``quote`` stands in the text as it was; null when it does not."""
        wanted = _Folded(quote).text.strip()
        if sum(character.isalnum() for character in wanted) < _FEWEST_LETTERS:
            return None
        start = self.text.find(wanted)
        if start < 0:
            return None
        return self.places[start], self.places[start + len(wanted) - 1] + 1

"""One picture to its lines: read as it stands and, where that went badly in a way that can be helped, once more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from PIL import Image

from classifyhub.engine.limits import OCR_LARGEST_SIDE, OCR_SURE
from classifyhub.engine.ocr.looks import is_photograph
from classifyhub.engine.ocr.shapes import Engine, Line, OcrFailure, SmallPrint, Token

_CERTAIN = 0.6
_FEW_LETTERS = 60  # a photograph is often taken for an empty page
_UNEVEN_BELOW = 0.6  # the confidence; between it and a sure one a second reading of large print finds no more
_BACKWARDS_BELOW = 0.35  # letters that stand on their heads are taken for others, at a confidence of .15 to .35
_SMALL_PRINT = 7.0  # pixels a letter is wide
_WORTHWHILE = 1.2  # times as large, where small print is made larger before it is read


@dataclass(frozen=True, slots=True)
class Recognised:
    """Lines with boxes in pixels of a picture of ``size``, which before reading was turned by ``turn`` degrees (180,
    for what stood on its head) or made larger, or which was read as if in uneven light."""

    lines: list[Line]
    size: tuple[int, int]
    turn: int = 0
    is_enlarged: bool = False
    is_uneven: bool = False

    @property
    def tokens(self) -> list[Token]:
        return [token for line in self.lines for token in line]

    @property
    def confidence(self) -> float:
        """The mean over all letters."""
        tokens = self.tokens
        return sum(token.confidence * len(token.text) for token in tokens) / max(1, _count_letters(tokens))

    @property
    def strength(self) -> float:
        """How much was read with certainty: what the better of two readings has more of."""
        return sum(len(token.text) * token.confidence for token in self.tokens if token.confidence >= _CERTAIN)

    @property
    def has_few_letters(self) -> bool:
        """Fewer than a page of text has, be it that there are no more or that they were not seen."""
        return _count_letters(self.tokens) < _FEW_LETTERS

    @property
    def is_sure(self) -> bool:
        """Whether it is taken as it is."""
        return self.confidence >= OCR_SURE and not self.has_few_letters

    @property
    def is_small_print(self) -> bool:
        """Whether the usual letter is so narrow that a larger picture would be read better."""
        widths = [width / len(token.text) for token in self.tokens if (width := _measure_across(token))]
        return bool(widths) and median(widths) < _SMALL_PRINT


def recognise(engine: Engine, image: Image.Image, *, seconds: float) -> Recognised:
    """The text of ``image`` within ``seconds``. Reading costs as much the second time as the first, so it is done only
    where it pays: turned, what seems to stand on its head; larger, small print; and as a photograph, what else can
    hardly be read or has hardly a letter. The better reading counts. Raises ``OcrFailure``; a further attempt that
    fails costs nothing but its time."""
    reader = _Reader(engine, image, time.monotonic() + seconds)
    best = reader.begin()
    for read_again in (reader.turn, reader.take_care):
        if best.is_sure or time.monotonic() > reader.deadline:
            break
        try:
            again = read_again(best)
        except OcrFailure:
            break
        best = max(best, again, key=lambda reading: reading.strength)
    return best


@dataclass(frozen=True, slots=True)
class _Reader:
    """One picture, and until when."""

    engine: Engine
    image: Image.Image
    deadline: float

    def begin(self) -> Recognised:
        """As it stands, with the care its looks ask for."""
        try:
            return self._read(uneven=is_photograph(self.image), refuses_small=self._enlargement > _WORTHWHILE)
        except SmallPrint:
            return self._read(enlarged=True, uneven=True)

    def turn(self, best: Recognised) -> Recognised:
        """By half, which also serves a page on its left side: one on its right side is read as it is."""
        if best.has_few_letters or best.confidence >= _BACKWARDS_BELOW:
            return best
        return self._read(turn=180, enlarged=best.is_enlarged, uneven=best.is_uneven)

    def take_care(self, best: Recognised) -> Recognised:
        """Larger for small print: a form that fills a corner of its page is read four times as well at twice the size.
        With a threshold of its own for each place: a card under a lamp is not read at all with one for all of it."""
        if best.is_small_print and not best.is_enlarged:
            return self._read(turn=best.turn, enlarged=True, uneven=True)
        if not best.is_uneven and (best.confidence < _UNEVEN_BELOW or best.has_few_letters):
            return self._read(turn=best.turn, uneven=True)
        return best

    @property
    def _enlargement(self) -> float:
        return max(1.0, OCR_LARGEST_SIDE / max(self.image.size))

    def _read(
        self, *, turn: int = 0, enlarged: bool = False, uneven: bool = False, refuses_small: bool = False
    ) -> Recognised:
        scale = self._enlargement if enlarged else 1.0
        size = round(self.image.width * scale), round(self.image.height * scale)
        picture = self.image.transpose(Image.Transpose.ROTATE_180) if turn else self.image
        if size != picture.size:
            picture = picture.resize(size, Image.Resampling.BICUBIC)
        seconds = self.deadline - time.monotonic()
        lines = self.engine.read(picture, seconds=seconds, uneven=uneven, refuses_small=refuses_small)
        return Recognised(lines, size, turn, is_enlarged=enlarged, is_uneven=uneven)


def _measure_across(token: Token) -> float:
    """Pixels from the first letter to the last; 0 for what is higher than wide, as a line that runs upwards."""
    left, top, right, bottom = token.box
    return right - left if right - left > bottom - top else 0.0


def _count_letters(tokens: list[Token]) -> int:
    return sum(len(token.text) for token in tokens)

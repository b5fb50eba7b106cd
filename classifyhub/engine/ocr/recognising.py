"""One picture to its lines: read as it stands and, where that goes badly, turned upright or enlarged."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PIL import Image

from classifyhub.engine.limits import OCR_LARGEST_SIDE, OCR_SURE
from classifyhub.engine.ocr.shapes import Engine, Line, OcrFailure, Token

_CERTAIN = 0.6
_FEW_LETTERS = 40  # a page on its side is often taken for an empty one


@dataclass(frozen=True, slots=True)
class Recognised:
    """Lines with boxes in pixels of a picture of ``size``, which was turned clockwise by ``turn`` before reading."""

    lines: list[Line]
    size: tuple[int, int]
    turn: int = 0

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
    def is_sure(self) -> bool:
        """Whether it is taken as it is."""
        return self.confidence >= OCR_SURE and _count_letters(self.tokens) >= _FEW_LETTERS


def recognise(engine: Engine, image: Image.Image, *, seconds: float) -> Recognised:
    """The text of ``image`` within ``seconds``: as it stands and, where that goes badly, turned upright, and then
    larger and with more care, whichever reads best. Raises ``OcrFailure``; a further attempt that fails costs
    nothing but its time."""
    deadline = time.monotonic() + seconds
    best = Recognised(engine.read(image, seconds=seconds), image.size)
    for read_again in (_read_turned, _read_enlarged):
        if best.is_sure or time.monotonic() > deadline:
            break
        try:
            again = read_again(engine, image, best, deadline=deadline)
        except OcrFailure:
            break
        best = max(best, again, key=lambda reading: reading.strength)
    return best


def _read_turned(engine: Engine, image: Image.Image, best: Recognised, *, deadline: float) -> Recognised:
    turn = engine.find_turn(image, seconds=deadline - time.monotonic())
    if turn == 0:
        return best
    turned = image.transpose(_TURNS[turn])
    return Recognised(engine.read(turned, seconds=deadline - time.monotonic()), turned.size, turn)


def _read_enlarged(engine: Engine, image: Image.Image, best: Recognised, *, deadline: float) -> Recognised:
    """For small print on a large sheet and for photographs: a form that fills a corner of its page is read four times
    as well at twice the size, a card under a lamp not at all with one threshold for all of it."""
    upright = image.transpose(_TURNS[best.turn]) if best.turn else image
    scale = max(1.0, OCR_LARGEST_SIDE / max(image.size))
    size = round(upright.width * scale), round(upright.height * scale)
    enlarged = upright.resize(size, Image.Resampling.BICUBIC)
    lines = engine.read(enlarged, seconds=deadline - time.monotonic(), uneven=True)
    return Recognised(lines, size, best.turn)


# Pillow turns the other way round.
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def _count_letters(tokens: list[Token]) -> int:
    return sum(len(token.text) for token in tokens)

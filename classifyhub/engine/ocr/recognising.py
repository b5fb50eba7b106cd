"""One picture to its lines: read it as it stands and, where that goes badly, turned upright."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PIL import Image

from classifyhub.engine.limits import OCR_SURE
from classifyhub.engine.ocr.shapes import Engine, Line, OcrFailure, Token

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
        return sum(len(token.text) * token.confidence for token in self.tokens if token.confidence >= OCR_SURE)


def recognise(engine: Engine, image: Image.Image, *, seconds: float) -> Recognised:
    """The text of ``image`` within ``seconds``. Raises ``OcrFailure``; an attempt at turning it that fails costs
    nothing but its time."""
    deadline = time.monotonic() + seconds
    upright = Recognised(engine.read(image, seconds=seconds), image.size)
    if upright.confidence >= OCR_SURE and _count_letters(upright.tokens) >= _FEW_LETTERS:
        return upright
    try:
        turned = _read_turned(engine, image, deadline=deadline)
    except OcrFailure:
        return upright
    return max(upright, turned or upright, key=lambda reading: reading.strength)


def _read_turned(engine: Engine, image: Image.Image, *, deadline: float) -> Recognised | None:
    turn = engine.find_turn(image, seconds=deadline - time.monotonic())
    if turn == 0:
        return None
    turned = image.transpose(_TURNS[turn])
    return Recognised(engine.read(turned, seconds=deadline - time.monotonic()), turned.size, turn)


# Pillow turns the other way round.
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def _count_letters(tokens: list[Token]) -> int:
    return sum(len(token.text) for token in tokens)

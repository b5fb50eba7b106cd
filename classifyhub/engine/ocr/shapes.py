"""What an OCR engine takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, slots=True)
class Token:
    """A word as recognised: its box ``(left, top, right, bottom)`` in pixels, the engine's trust in it from 0 to 1."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float


Line = Sequence[Token]


class OcrFailure(Exception):  # noqa: N818 - errors here name the condition
    """The engine gave nothing that can be used for this picture: it took too long, crashed, or printed rubbish."""


class SmallPrint(Exception):  # noqa: N818 - as above
    """The letters run into each other at this size: a larger picture would be read better."""


class Engine(Protocol):
    """One way of reading pictures. Used from several threads at once."""

    @property
    def name(self) -> str:
        """Program, version and languages: what another reading would have to differ in to read differently."""

    @property
    def missing(self) -> str:
        """The language asked for whose data is not installed; empty when it is."""

    def read(
        self, image: Image.Image, *, seconds: float, uneven: bool = False, refuses_small: bool = False
    ) -> list[Line]:
        """The lines of an upright picture in shades of grey, in reading order. ``uneven`` light, as in photographs,
        takes more time. An engine that sees small print before it reads may raise ``SmallPrint`` where the caller
        ``refuses_small``. Raises ``OcrFailure``."""

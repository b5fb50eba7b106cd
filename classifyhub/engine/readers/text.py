"""Plain text and Markdown. A form feed starts a new page."""

from __future__ import annotations

from pathlib import Path

from classifyhub.engine.decoding import decode_text
from classifyhub.engine.limits import MAX_PAGES, MAX_TEXT_BYTES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import has_letters, many_pages


def inspect(path: Path) -> tuple[int | None, bool | None]:
    texts = _split(path)
    return len(texts), any(map(has_letters, texts[:3]))


def read(path: Path, scope: Scope) -> Parts:
    return many_pages(_split(path), scope)


def _split(path: Path) -> list[str]:
    with path.open("rb") as file:
        text = decode_text(file.read(MAX_TEXT_BYTES))
    if text.count("\f") >= MAX_PAGES:
        raise ReadError("too_large", f"More than {MAX_PAGES:,} pages.")
    return text.removesuffix("\f").replace("\r\n", "\n").replace("\r", "\n").split("\f")

"""Read a document in this process. Production code goes through ``sandbox``, which calls this in a child."""

from __future__ import annotations

from pathlib import Path

from classifyhub.engine.limits import BUDGET_SECONDS
from classifyhub.engine.model import Facts, ReadError, Reading
from classifyhub.engine.pageranges import Scope, parse_pages
from classifyhub.engine.readers import find_reader
from classifyhub.engine.version import VERSION


def read(
    path: str | Path,
    *,
    media_type: str,
    lang: str = "en",
    mode: str = "FAST",
    max_pages: int | None = None,
    target_pages: str = "",
    with_ocr: bool = True,
    budget_seconds: float = BUDGET_SECONDS,
) -> Reading:
    """Everything of the document at ``path`` that the limits allow, first pages first.

    ``max_pages`` and ``target_pages`` (``1,3,5-7``) are honoured before work is done; reading stops after
    ``budget_seconds``. What is left out stands in ``pages_not_read``. Pages without text are read from their pictures
    in ``lang``, unless ``with_ocr`` is false; in ``mode`` ``MULTIMODAL`` also pages that are mostly picture. Raises
    ``ReadError``; ``ValueError`` for page ranges that are none."""
    scope = Scope(max_pages, parse_pages(target_pages), lang, mode, with_ocr, budget_seconds)
    refuse_empty(Path(path))
    reader = find_reader(media_type)
    parts = reader.read(Path(path), scope)
    return Reading(
        media_type, parts.page_count, parts.pages, parts.facts, parts.plan.left_out, parts.plan.cut, engine=VERSION
    )


def inspect(path: str | Path, *, media_type: str) -> Facts:
    """A quick look: page count and whether there is text. Never raises ``ReadError``; it stands in ``problem``."""
    try:
        refuse_empty(Path(path))
        reader = find_reader(media_type)
        page_count, has_text = reader.inspect(Path(path))
    except ReadError as error:
        return Facts(media_type, problem=error.code, detail=error.detail)
    return Facts(media_type, page_count, has_text)


def refuse_empty(path: Path) -> None:
    """Raise ``ReadError("empty")`` for a file of no bytes or of white space alone."""
    with path.open("rb") as file:
        while chunk := file.read(65_536):
            if chunk.strip(b" \t\r\n\f\v\0"):
                return
    raise ReadError("empty", "The file is empty.")

"""PDF by PDFium: the text layer of each page with its words, titles and positions as displayed; pages without one are
read from their picture.

PDFium is not thread-safe and parses hostile bytes in C++; production code calls this inside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from classifyhub.engine.limits import (
    MAX_DOCUMENT_CHARACTERS,
    MAX_PAGES,
    MAX_PAGES_WITH_WORDS,
    OCR_BELOW_CHARACTERS,
    PAGES_LOOKED_AT,
)
from classifyhub.engine.model import Page, ReadError
from classifyhub.engine.ocr import Scan, read_scans
from classifyhub.engine.ocr.garbled import is_garbled
from classifyhub.engine.ocr.pictures import scale_for_pdf
from classifyhub.engine.ocr.scans import count_characters
from classifyhub.engine.pageranges import Plan, Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.pdf_look import look_at
from classifyhub.engine.readers.pdf_text import read_text

_LOOK = 3  # pages looked at to tell whether there is text
_MOSTLY_PICTURE = 0.5
_BEGINNING = 400  # characters, of which nearly always enough are letters
_GAIN_OVER_RUBBISH, _GAIN_OVER_TEXT = 0.3, 1.3
_WHITE = (255, 255, 255, 255)
_REFUSALS = {
    raw.FPDF_ERR_PASSWORD: ("encrypted", "The PDF needs a password to open."),
    raw.FPDF_ERR_SECURITY: ("encrypted", "The PDF is protected in a way that cannot be opened."),
}


def inspect(path: Path) -> tuple[int | None, bool | None]:
    with open_pdf(path) as document:
        count = len(document)
        looks = (read_page(document, number, with_words=False) for number in range(1, min(count, _LOOK) + 1))
        return count, any(page is not None and page.source == "layer" for page in looks)


def read(path: Path, scope: Scope) -> Parts:
    with open_pdf(path) as document:
        count = len(document)
        pages, plan = _read_pages(document, scope, scope.plan(count))
        scans = [scan for page in pages if (scan := _find_scan(page, scope))]
        return read_scans(Parts(pages, count, plan), scope, scans=scans, draw=partial(_draw_page, document))


@contextmanager
def open_pdf(path: Path) -> Iterator[pdfium.PdfDocument]:
    """The document, closed afterwards. Raises ``ReadError`` when PDFium cannot open or repair it."""
    _forget_last_error()
    try:
        document = pdfium.PdfDocument(_find_source(path))
    except pdfium.PdfiumError as error:
        code, detail = _REFUSALS.get(error.err_code or 0, ("unreadable", f"PDFium cannot open it: {error}"))
        raise ReadError(code, detail) from error
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise ReadError("too_large", f"{count:,} pages; at most {MAX_PAGES:,} are taken.")
        if count == 0:
            raise ReadError("unreadable", "The PDF has no pages.")
        yield document
    finally:
        document.close()


def _find_source(path: Path) -> Path | bytes:
    """What PDFium opens: the file, or the bytes behind a path that stands for memory, which it cannot follow."""
    return path if path.resolve().is_file() else path.read_bytes()


def _forget_last_error() -> None:
    """PDFium fails on some damaged files without saying why; what it reports then is what it said of the last one. So
    let it fail on something that is plainly damaged."""
    raw.FPDF_LoadMemDocument(b"x", 1, None)


def read_page(document: pdfium.PdfDocument, number: int, *, with_words: bool, with_look: bool = False) -> Page | None:
    """Page ``number`` (1-based) with its text, or null when the page itself is damaged. A page whose text may not be
    all there is to it is looked at in any case."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return None
    try:
        found = read_text(page, number, with_words=with_words)
        is_looked_at = with_look or _is_doubtful(found.text)
        return replace(found, look=look_at(page, has_text=bool(found.text))) if is_looked_at else found
    except pdfium.PdfiumError:
        return Page(number, "", "none", width=page.get_width(), height=page.get_height())
    finally:
        page.close()


def _is_doubtful(text: str) -> bool:
    return count_characters(text[:_BEGINNING]) < OCR_BELOW_CHARACTERS > count_characters(text) or is_garbled(text)


def _find_scan(page: Page, scope: Scope) -> Scan | None:
    """Whether to read the page from its picture: when its text is rubbish, or is little and not all there is, or, if
    pictures count, when most of the page is one."""
    if page.look is None:
        return None
    if is_garbled(page.text):
        return Scan(page.number, gain=_GAIN_OVER_RUBBISH)
    if count_characters(page.text) < OCR_BELOW_CHARACTERS:
        return Scan(page.number) if page.look.images or page.look.shapes else None
    if scope.looks_at_pictures and page.look.images >= _MOSTLY_PICTURE:
        return Scan(page.number, gain=_GAIN_OVER_TEXT)
    return None


def _draw_page(document: pdfium.PdfDocument, number: int) -> Image.Image | None:
    """The page in shades of grey, as displayed; none when PDFium cannot draw it."""
    try:
        document.init_forms()  # what people typed into a form is drawn only then
        page = document[number - 1]
        try:
            scale = scale_for_pdf(page.get_width(), page.get_height())
            picture: Image.Image = page.render(scale=scale, grayscale=True, fill_color=_WHITE).to_pil()
            return picture.convert("L")
        finally:
            page.close()
    except (pdfium.PdfiumError, ValueError):
        return None


def _read_pages(document: pdfium.PdfDocument, scope: Scope, plan: Plan) -> tuple[tuple[Page, ...], Plan]:
    """Damaged pages stand as empty ones, so that numbers stay true; a document of nothing else is unreadable."""
    pages: list[Page] = []
    used = damaged = 0
    for number in plan.numbers:
        if scope.is_over() or used > MAX_DOCUMENT_CHARACTERS:
            plan = plan.stop_before(number, cut="time" if scope.is_over() else "size")
            break
        with_look = scope.looks_at_pictures or len(pages) < PAGES_LOOKED_AT
        page = read_page(document, number, with_words=len(pages) < MAX_PAGES_WITH_WORDS, with_look=with_look)
        damaged += page is None
        pages.append(page or Page(number, "", "none"))
        used += len(pages[-1].text)
    if pages and damaged == len(pages):
        raise ReadError("unreadable", "None of its pages can be loaded.")
    return tuple(pages), plan

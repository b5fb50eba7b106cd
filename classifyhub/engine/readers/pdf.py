"""PDF by PDFium: the text layer of each page with its words, titles and positions as displayed.

PDFium is not thread-safe and parses hostile bytes in C++; production code calls this inside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
from pypdfium2 import raw

from classifyhub.engine.limits import MAX_DOCUMENT_CHARACTERS, MAX_PAGES, MAX_PAGES_WITH_WORDS
from classifyhub.engine.model import Page, ReadError
from classifyhub.engine.pageranges import Plan, Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.pdf_text import read_text

_LOOK = 3  # pages looked at to tell whether there is text
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
        return Parts(pages, count, plan)


@contextmanager
def open_pdf(path: Path) -> Iterator[pdfium.PdfDocument]:
    """The document, closed afterwards. Raises ``ReadError`` when PDFium cannot open or repair it."""
    _forget_last_error()
    try:
        document = pdfium.PdfDocument(path)
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


def _forget_last_error() -> None:
    """PDFium fails on some damaged files without saying why; what it reports then is what it said of the last one. So
    let it fail on something that is plainly damaged."""
    raw.FPDF_LoadMemDocument(b"x", 1, None)


def read_page(document: pdfium.PdfDocument, number: int, *, with_words: bool) -> Page | None:
    """Page ``number`` (1-based) with its text, or null when the page itself is damaged."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return None
    try:
        return read_text(page, number, with_words=with_words)
    except pdfium.PdfiumError:
        return Page(number, "", "none", width=page.get_width(), height=page.get_height())
    finally:
        page.close()


def _read_pages(document: pdfium.PdfDocument, scope: Scope, plan: Plan) -> tuple[tuple[Page, ...], Plan]:
    """Damaged pages stand as empty ones, so that numbers stay true; a document of nothing else is unreadable."""
    pages: list[Page] = []
    used = damaged = 0
    for number in plan.numbers:
        if scope.is_over() or used > MAX_DOCUMENT_CHARACTERS:
            plan = plan.stop_before(number, cut="time" if scope.is_over() else "size")
            break
        page = read_page(document, number, with_words=len(pages) < MAX_PAGES_WITH_WORDS)
        damaged += page is None
        pages.append(page or Page(number, "", "none"))
        used += len(pages[-1].text)
    if pages and damaged == len(pages):
        raise ReadError("unreadable", "None of its pages can be loaded.")
    return tuple(pages), plan

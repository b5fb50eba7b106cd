"""A PDF with some of its pages only, for those who read no further or charge by the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pypdfium2 as pdfium

from classifyhub.engine.model import ReadError
from classifyhub.engine.readers.pdf import open_pdf


def cut(path: str | Path, out_path: str | Path, *, pages: Sequence[int]) -> int:
    """Write ``pages`` (1-based, in the order given) of the PDF at ``path`` to ``out_path``; gives its size in bytes.
    The sandbox moves the file to its final name once it is whole.

    What belongs to the document as a whole (outline, attachments, scripts, title) stays behind. Raises ``ReadError``,
    also for a page that is not there; ``OSError`` when the system cannot write it."""
    with open_pdf(Path(path)) as document:
        _check(pages, len(document))
        copy = pdfium.PdfDocument.new()
        try:
            copy.import_pages(document, [page - 1 for page in pages])
            with Path(out_path).open("wb") as file:
                _save(copy, file)
        except pdfium.PdfiumError as error:
            raise ReadError("unreadable", f"Its pages cannot be copied: {error}") from error
        finally:
            copy.close()
    return Path(out_path).stat().st_size


def _check(pages: Sequence[int], count: int) -> None:
    if not pages:
        raise ReadError("unreadable", "No page is asked for.")
    for page in pages:
        if not 1 <= page <= count:
            raise ReadError("unreadable", f"There is no page {page}.")


def _save(copy: pdfium.PdfDocument, file: BinaryIO) -> None:
    out = _Out(file)
    copy.save(out)
    if out.failure is not None:
        raise out.failure


class _Out:
    """Keeps the reason why the disk refused: an exception would be lost on its way through PDFium."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> None:
        try:
            if self.failure is None:
                self._file.write(data)
        except OSError as error:
            self.failure = error

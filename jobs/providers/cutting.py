"""Choosing pages for vendors that have no such choice: the PDF is cut before it is sent, in the sandbox, and the
vendor's page numbers are read back as the file's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Plan, Scope, parse_pages
from classifyhub.engine.sandbox import Sandbox
from jobs.providers.base import MisconfiguredError, RejectedError, Request
from jobs.providers.local import REASONS

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Cut:
    """Which of a file's pages a vendor is sent: ``numbers`` are the file's own, in the order sent; null when the file
    goes as it is. ``left_out`` are the others. The same request always gives the same cut, so that an answer can be
    read long after the document was sent."""

    numbers: tuple[int, ...] | None = None
    left_out: tuple[int, ...] = ()

    def own_number(self, position: int) -> int | None:
        """The file's own number of the page at ``position`` (from 1) of what was sent; null for one that was not."""
        if self.numbers is None:
            return position
        return self.numbers[position - 1] if 1 <= position <= len(self.numbers) else None


def cut_for(request: Request, *, most: int | None = None) -> Cut:
    """How the document of ``request`` is cut. ``most`` pages are sent at most when there is anything to cut at all.
    Only a PDF can be cut; anything else goes whole. Raises ``RejectedError`` where no page would be left or nobody
    knows how many there are, ``MisconfiguredError`` for a choice that nobody can read."""
    if request.media_type != PDF or not (request.max_pages or request.target_pages.strip()):
        return Cut()
    if request.page_count is None:
        raise RejectedError("Its pages cannot be counted, so none can be chosen.", reason="unreadable")
    plan = _plan(request, request.page_count)
    if not plan.left_out:
        return Cut()
    numbers = plan.numbers[:most]
    if not numbers:
        said = f"It has {request.page_count} pages, none of those that were asked for ({request.target_pages})."
        raise RejectedError(said, reason="rejected")
    left_out = tuple(page for page in range(1, request.page_count + 1) if page not in set(numbers))
    return Cut(numbers, left_out)


def _plan(request: Request, page_count: int) -> Plan:
    try:
        return Scope(max_pages=request.max_pages, ranges=parse_pages(request.target_pages)).plan(page_count)
    except ValueError as error:
        raise MisconfiguredError(str(error), reason="rejected") from error


@contextmanager
def cut_file(request: Request, cut: Cut, *, sandbox: Sandbox, folder: Path) -> Iterator[Path]:
    """The file to send: the document's own, or one with the chosen pages in ``folder``, gone afterwards. The folder is
    the document's: what a crash leaves there is removed with the document, or after a day. Raises ``RejectedError``."""
    if cut.numbers is None:
        yield request.path
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cut-{uuid.uuid4().hex}.pdf"
    try:
        _cut(request, cut.numbers, path, sandbox)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _cut(request: Request, numbers: Sequence[int], path: Path, sandbox: Sandbox) -> None:
    try:
        sandbox.cut(request.path, path, pages=numbers)
    except ReadError as error:
        raise RejectedError(str(error), reason=REASONS.get(error.code, "unreadable")) from error

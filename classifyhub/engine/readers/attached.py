"""Documents attached to a mail: their pages follow the mail's own.

A mail with an invoice attached is a mail, and the invoice is on its page 2: so the pages of attachments are pages of
their own, numbered on, and the facts say how many pages are the mail's (``own_pages``) and what stands on the others
(``attached_pages``). Attachments of attached mails are named and not opened."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from classifyhub.engine.limits import MAX_ATTACHMENTS, MAX_DOCUMENT_CHARACTERS, MAX_PAGES, SMALLEST_PAGE_SIDE
from classifyhub.engine.model import Page, ReadError
from classifyhub.engine.pageranges import Plan, Scope
from classifyhub.engine.readers import Parts, find_reader
from classifyhub.engine.sniffing import IMAGES, MAILS, READABLE, sniff


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail: the name it has there, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Found:
    """An attachment that can be read: what it is and which pages it has, counted through the whole document."""

    attachment: Attachment
    media_type: str
    first: int
    count: int

    @property
    def words(self) -> str:
        last = self.first + self.count - 1
        return f"{self.first if self.count == 1 else f'{self.first}-{last}'} {self.attachment.name}".strip()


def count_attached(attachments: Iterable[Attachment]) -> int:
    """How many pages the readable ones have together."""
    return sum(found.count for found in _find_readable(attachments, Scope(), first=1))


def add_attached(own: Parts, attachments: Iterable[Attachment], scope: Scope) -> Parts:
    """The mail's ``own`` only page followed by those of its attachments, within the limits of the whole. One that
    cannot be opened is left out: its name stands in the mail."""
    found = _find_readable(attachments, scope, first=own.page_count + 1)
    if not found:
        return own
    page_count = own.page_count + sum(document.count for document in found)
    if page_count > MAX_PAGES:
        raise ReadError("too_large", f"{page_count:,} pages; at most {MAX_PAGES:,} are taken.")
    pages, plan = _read_all(found, scope, scope.plan(page_count))
    facts = (("own_pages", str(own.page_count)), ("attached_pages", ", ".join(document.words for document in found)))
    return Parts((*own.pages, *pages), page_count, plan, facts=(*own.facts, *facts))


def _find_readable(attachments: Iterable[Attachment], scope: Scope, *, first: int) -> list[_Found]:
    """Those that can be opened, as far as their number and the time for reading allow."""
    found: list[_Found] = []
    for attachment in attachments:
        with _as_file(attachment.data) as path:
            media_type = sniff(path, attachment.name or "attachment")
            count = _count_pages(path, media_type)
        if count:
            found.append(_Found(attachment, media_type, first, count))
            first += count
        if len(found) == MAX_ATTACHMENTS or scope.is_over():
            break
    return found


def _count_pages(path: Path, media_type: str) -> int:
    """0 for what cannot be read; a format without pages of its own is one page, and so is a mail, whose attachments are
    not opened."""
    if media_type in MAILS:
        return 1
    if media_type not in READABLE or not path.stat().st_size:
        return 0
    try:
        if media_type in IMAGES and _is_ornament(path):
            return 0
        count, _ = find_reader(media_type).inspect(path)
    except ReadError:
        return 0
    return 1 if count is None else count


def _is_ornament(path: Path) -> bool:
    """Whether a picture is too small for a page: a logo or an icon. How it is attached tells neither from a photo of a
    document."""
    from classifyhub.engine.readers.image import open_image  # noqa: PLC0415 - loads what most mails do not need

    with open_image(path) as image:
        return min(image.size) < SMALLEST_PAGE_SIDE


def _read_all(found: Sequence[_Found], scope: Scope, plan: Plan) -> tuple[list[Page], Plan]:
    pages: list[Page] = []
    used = 0
    for document in found:
        wanted = [number for number in plan.numbers if 0 <= number - document.first < document.count]
        if wanted and (scope.is_over() or used > MAX_DOCUMENT_CHARACTERS):
            return pages, plan.stop_before(wanted[0], cut="time" if scope.is_over() else "size")
        if wanted:
            parts = _read_one(document, wanted, scope)
            pages += parts.pages
            plan = _note_left_out(plan, parts.plan)
            used += sum(len(page.text) for page in parts.pages)
    return pages, plan


def _read_one(document: _Found, wanted: Sequence[int], scope: Scope) -> Parts:
    """Its wanted pages, numbered as pages of the mail. All of them stand in ``left_out`` when it breaks after all."""
    shift = document.first - 1
    ranges = tuple((number - shift, number - shift) for number in wanted) if len(wanted) < document.count else ()
    inner = replace(scope, max_pages=None, ranges=ranges, with_attachments=False)
    try:
        with _as_file(document.attachment.data) as path:
            parts = find_reader(document.media_type).read(path, inner)
    except ReadError:
        return Parts((), document.count, Plan((), tuple(wanted), "unreadable"))
    pages = tuple(replace(page, number=page.number + shift) for page in parts.pages)
    left_out = {number + shift for number in parts.plan.left_out} & set(wanted)
    cut = parts.plan.cut if left_out else ""
    return Parts(pages, parts.page_count, Plan((), tuple(sorted(left_out)), cut))


def _note_left_out(plan: Plan, inner: Plan) -> Plan:
    left_out = tuple(sorted({*plan.left_out, *inner.left_out}))
    return replace(plan, left_out=left_out, cut=inner.cut or plan.cut)


@contextmanager
def _as_file(data: bytes) -> Iterator[Path]:
    """A path to read ``data`` from. In memory where the system can: a reader that is killed leaves nothing behind."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            yield Path(file.name)
        return
    with open(os.memfd_create("attachment"), "wb") as memory:  # noqa: PTH123 - a descriptor has no path
        memory.write(data)
        memory.flush()
        yield Path(f"/proc/self/fd/{memory.fileno()}")

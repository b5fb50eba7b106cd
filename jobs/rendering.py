"""Page images: drawn once in the sandbox, kept per content hash, shown instead of the document itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from classifyhub import engine
from classifyhub.engine.model import ReadError
from jobs import providers_registry, storage
from jobs.models import Document

PAGE_WIDTH = 1400
THUMB_WIDTH = 144
DRAWN_AT_ONCE = 5
# At most two drawings or readings at once in one web process, and nobody waits long for a turn: a hostile document may
# hold the sandbox for its whole wall time, and must not hold every thread that serves pages with it.
_TURNS = threading.BoundedSemaphore(2)
TURN_SECONDS = 5
# What was found of these before the launch leaves nothing to draw.
UNDRAWABLE = frozenset({Document.Check.EMPTY, Document.Check.ENCRYPTED, Document.Check.UNREADABLE})
# A page that could not be drawn is not tried again for this long.
FAILED_SECONDS = 3600


class NoImageError(Exception):
    """There is no image of this page: the format has none, or the page cannot be drawn."""


def page_image(document: Document, *, page: int, width: int = PAGE_WIDTH) -> Path:
    """The path of the page's image, drawn now if it never was. ``NoImageError`` when it cannot be."""
    known = 1 <= page <= (document.page_count or 1)
    if document.blob is None or document.media_type not in engine.RENDERABLE or not known:
        raise NoImageError
    target = storage.page_image_path(document.project.uid, document.blob.sha256, page=page, width=width)
    if not target.exists():
        if _failed_lately(target):
            raise NoImageError
        with turn():
            if not target.exists():
                _draw(document, target, page=page, width=width)
    return target


def why_none(document: Document) -> str:
    """Why there will be no image of any page, as a ``Reason``; empty where there may be one."""
    return document.check_state if document.check_state in UNDRAWABLE else ""


def is_missing(document: Document, *, page: int) -> bool:
    """Whether the page was tried lately and could not be drawn: then nobody needs to ask for it again."""
    if document.blob is None:
        return True
    uid, sha256 = document.project.uid, document.blob.sha256
    tried = (storage.page_image_path(uid, sha256, page=page, width=width) for width in (PAGE_WIDTH, THUMB_WIDTH))
    return any(map(_failed_lately, tried))


@contextmanager
def turn() -> Iterator[None]:
    """One of two turns at the sandbox of this process. ``NoImageError`` when none is free within five seconds."""
    if not _TURNS.acquire(timeout=TURN_SECONDS):
        raise NoImageError("busy")
    try:
        yield
    finally:
        _TURNS.release()


def next_to_draw(run_id: int, *, after: int) -> list[Document]:
    """The next few documents of a run, past the key ``after``, that have page images."""
    of_run = Document.objects.present().filter(jobs__run=run_id, pk__gt=after, media_type__in=engine.RENDERABLE)
    return list(of_run.select_related("blob", "project").order_by("pk")[:DRAWN_AT_ONCE])


def draw_first_page(document: Document) -> None:
    """Page 1 and its thumbnail, so that the first look is instant. A page that cannot be drawn is left for later."""
    for width in (PAGE_WIDTH, THUMB_WIDTH):
        try:
            page_image(document, page=1, width=width)
        except NoImageError:
            return


def _draw(document: Document, target: Path, *, page: int, width: int) -> None:
    try:
        original = storage.document_path(document)
        target.parent.mkdir(parents=True, exist_ok=True)
        providers_registry.shared_sandbox().render(
            original, target, media_type=document.media_type, page=page, width=width
        )
    except FileNotFoundError as error:
        raise NoImageError(str(error)) from error
    except ReadError as error:
        with suppress(FileNotFoundError):  # erased meanwhile, its folder too
            _mark_failed(target).touch()
        raise NoImageError(str(error)) from error
    if not storage.keep_only_with_bytes(target, original=original):
        raise NoImageError


def _mark_failed(target: Path) -> Path:
    """The empty file beside the image that says it could not be drawn."""
    return target.with_suffix(".failed")


def _failed_lately(target: Path) -> bool:
    try:
        return time.time() - _mark_failed(target).stat().st_mtime < FAILED_SECONDS
    except FileNotFoundError:
        return False

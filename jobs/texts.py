"""The text of a document for people: what was read for its latest job, else read now."""

from __future__ import annotations

from classifyhub.engine.model import Page, ReadError, Reading
from jobs import providers_registry, rendering, storage
from jobs.models import Document
from jobs.providers.local import load_reading

MAX_PAGES_SHOWN = 50


def reading_of(document: Document) -> Reading | None:
    """What was read before, newest first; none when nothing was."""
    if document.blob is None:
        return None
    folder = storage.readings_folder(document.project.uid, document.blob.sha256)
    kept = sorted(folder.glob("*.json.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    return next((reading for path in kept if (reading := load_reading(path))), None)


def pages_of(document: Document) -> tuple[Page, ...]:
    """The pages with their text, at most fifty; empty when the document cannot be read."""
    reading = reading_of(document)
    if reading is None:
        try:
            with rendering.turn():
                reading = providers_registry.shared_sandbox().read(
                    storage.document_path(document),
                    media_type=document.media_type,
                    max_pages=MAX_PAGES_SHOWN,
                    with_ocr=False,  # takes seconds a page; nobody waits for that before a page of ours
                )
        except (ReadError, FileNotFoundError, rendering.NoImageError):
            return ()
    return reading.pages[:MAX_PAGES_SHOWN]

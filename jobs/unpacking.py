"""Unpacking an archive that was handed in: each document in it is staged as if it had been sent by itself.

Every entry has an id made of the archive's and its own place in it, so that a worker that follows a lost one stages
nothing twice and leaves nothing out. The archive stays until all of it is staged.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from jobs import archives, erasure, errands, receiving, storage, uploads
from jobs.archives import Archive, DamagedEntryError, Entry, Limits, RefusedArchiveError
from jobs.models import Document, Errand, IntakeBatch
from jobs.uploads import ReceivedFile, Spool

# Then others have their turn; well within the time limit of a task, together with one more entry.
SLICE_SECONDS = 15
DISK_FULL_PAUSE = 30


def unpack(document_id: int) -> Iterator[Document]:
    """Stage what an archive holds, each document as it is staged; those that were before come again. Stops after some
    seconds and leaves the rest to the next call. Safe to call twice, also at once."""
    errand = errands.claim(document_id, Errand.Kind.UNPACK)
    if errand is None:
        return
    try:
        yield from _unpack(errand)
    except RefusedArchiveError as error:
        errands.refuse(errand, error.code)
    except receiving.BatchClosedError:
        errands.refuse(errand, "closed")
    except uploads.DiskFullError:
        _wait_for_room(errand)
    except FileNotFoundError:
        errands.refuse(errand, "damaged_archive")  # its bytes are gone; so is, mostly, its row


def _unpack(errand: Errand) -> Iterator[Document]:
    most = uploads.FORM_CAPS * settings.MAX_UPLOAD
    path, started = storage.document_path(errand.document), time.monotonic()
    with archives.opened(path, limits=Limits(each=settings.MAX_UPLOAD, total=most)) as archive:
        total = len(archive.entries)
        for done, entry in enumerate(archive.entries[errand.done :], start=errand.done):
            if not errands.note_progress(errand, done, total=total):
                return  # it was removed meanwhile
            if time.monotonic() - started > SLICE_SECONDS:
                errands.pause(errand)
                return
            yield _stage(errand.document, archive, entry)
    if receiving.replace_archive(errand):
        erasure.erase_unpacked(errand.document)


def _stage(document: Document, archive: Archive, entry: Entry) -> Document:
    """The document that an entry becomes, or the line that says why not."""
    batch = _batch(document)
    fields = _fields(document, entry)
    if existing := receiving.sent_before(batch, fields["client_uid"]):
        return existing
    if entry.refusal:
        return receiving.note_refused(batch, entry.refusal, name=entry.name, **fields)
    if entry.size > settings.MAX_UPLOAD:
        return receiving.note_too_large(batch, name=entry.name, size=entry.size, **fields, is_found=True)
    if entry.size > shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free:
        raise uploads.DiskFullError
    return _receive(batch, archive, entry, fields)


def _receive(batch: IntakeBatch, archive: Archive, entry: Entry, fields: dict[str, Any]) -> Document:
    spool = Spool(entry.name, "")
    with spool.file:
        try:
            upload = _spool(archive, entry, spool)
        except DamagedEntryError:
            return receiving.note_refused(batch, "damaged", name=entry.name, **fields)
        if archives.is_archive(entry.name, receiving.sniff(upload, entry.name)):
            return receiving.note_refused(batch, "nested", name=entry.name, **fields)
        return receiving.receive(batch, upload, **fields, is_found=True)


def _spool(archive: Archive, entry: Entry, spool: Spool) -> ReceivedFile:
    for chunk in archive.read(entry):
        spool.write(chunk)
        if spool.file.problem:
            raise uploads.DiskFullError
    upload = spool.finish()
    if upload.problem:
        raise uploads.DiskFullError
    return upload


def _fields(document: Document, entry: Entry) -> dict[str, Any]:
    parts = (document.path, document.name, entry.folder)
    return {
        "client_uid": uuid.uuid5(document.uid, str(entry.index)),
        "path": "/".join(part for part in parts if part),
        "by": document.by,
        "source": document.source,
    }


def _batch(document: Document) -> IntakeBatch:
    if document.batch is None:
        raise receiving.BatchClosedError
    return document.batch


def _wait_for_room(errand: Errand) -> None:
    """What is staged stays; the rest is tried again for as long as an errand is."""
    if errand.attempt >= errands.ATTEMPTS:
        errands.refuse(errand, "disk_full")
    else:
        errands.postpone(errand, seconds=DISK_FULL_PAUSE)

"""Staging: one file becomes one row of an open batch, its bytes in place, or none of both.

Below the tasks, so that a worker can stage what it unpacked or fetched; ``intake`` is the same for requests and sends
the messages.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from classifyhub import engine
from classifyhub.accounts.models import Project, User
from classifyhub.engine.sniffing import ZIP
from classifyhub.formats import format_size
from classifyhub.text import clean_line, clean_text, fold
from jobs import archives, batches, errands, storage, uploads
from jobs.models import Blob, Document, Errand, IntakeBatch, Job, Run, Status
from jobs.uploads import ReceivedFile

Check, Choice, Kind = Document.Check, Document.Choice, Errand.Kind
NAME_MAX, PATH_MAX = 300, 1000


class BatchClosedError(Exception):
    """The batch was launched, cleared or removed meanwhile. What is still to come belongs into a new one."""


def receive(
    batch: IntakeBatch,
    upload: ReceivedFile,
    *,
    client_uid: uuid.UUID,
    path: str = "",
    by: User | None,
    source: str = Document.Source.UPLOAD,
    is_found: bool = False,
) -> Document:
    """Stage one upload. The same ``client_uid`` again returns the document that is there already, so a browser may
    send a file twice after a broken connection. ``is_found`` for one that nobody announced: it was in an archive.

    Raises ``BatchClosedError``, and ``DiskFullError`` with nothing kept, of a file neither row nor bytes."""
    fields: dict[str, Any] = {
        **name_fields(upload.sent_name, path),
        "claimed_type": clean_line(upload.content_type or "", max_length=150),
        "source": source,
        "by": by,
    }
    if upload.problem == uploads.DISK_FULL:
        raise uploads.DiskFullError
    if upload.problem == uploads.TOO_LARGE:
        fields |= _too_large(upload.size or 0)
        return _stage(batch, None, client_uid=client_uid, fields=fields, is_found=is_found)
    fields |= _first_look(upload, fields["name"])
    with _nothing_half_kept(batch.project, upload):
        return _stage(batch, upload, client_uid=client_uid, fields=fields, is_found=is_found)


def attach(errand: Errand, upload: ReceivedFile, *, name: str, claimed_type: str) -> None:
    """Give a document that was staged without bytes what was fetched for it. Nothing when it was removed meanwhile.

    Raises ``BatchClosedError``, and ``DiskFullError`` with nothing kept."""
    document, batch = errand.document, errand.document.batch
    names = name_fields(name, document.path)
    fields = {**names, "claimed_type": clean_line(claimed_type, max_length=150), **_first_look(upload, names["name"])}
    with _nothing_half_kept(document.project, upload), transaction.atomic():
        locked = _lock(batch)
        if not locked.is_open:
            raise BatchClosedError
        if not Errand.objects.filter(pk=errand.pk).delete()[0]:
            return
        Document.objects.filter(pk=document.pk).update(**_with_bytes(locked, upload) | fields)
        _leave_errand(document, fields)


def stage_address(
    batch: IntakeBatch, address: str, *, client_uid: uuid.UUID, name: str, path: str, by: User
) -> Document:
    """Stage a document that a worker is going to fetch. ``path`` says where from, without what only the server needs
    to know. Raises ``BatchClosedError``."""
    fields = {**name_fields(name, path), "source": Document.Source.URL, "by": by}
    return _stage(batch, None, client_uid=client_uid, fields=fields, address=address)


def note_refused(
    batch: IntakeBatch, code: str, *, client_uid: uuid.UUID, name: str, path: str, by: User | None, source: str
) -> Document:
    """List what an archive held and is not taken, so that nothing disappears without a word."""
    fields = {**name_fields(name, path), "source": source, "by": by, **_checked(Check.NOT_TAKEN, code)}
    return _stage(batch, None, client_uid=client_uid, fields=fields, is_found=True)


def replace_archive(errand: Errand) -> bool:
    """Let the documents of an archive stand for it, once they are all staged. False when it was removed meanwhile."""
    batch = errand.document.batch
    with transaction.atomic():
        locked = _lock(batch)
        if not Errand.objects.filter(pk=errand.pk).delete()[0]:
            return False
        Document.objects.filter(pk=errand.document_id).update(check_state=Check.UNPACKED, checked_at=timezone.now())
        batches.expect_found(locked, -1)
    return True


def note_too_large(
    batch: IntakeBatch,
    *,
    client_uid: uuid.UUID,
    name: str,
    path: str = "",
    size: int,
    by: User | None,
    source: str = Document.Source.UPLOAD,
    is_found: bool = False,
) -> Document:
    """Stage a file that was not even sent, or not unpacked, so that it is listed and the totals are true."""
    fields = {**name_fields(name, path), "source": source, "by": by, **_too_large(size)}
    return _stage(batch, None, client_uid=client_uid, fields=fields, is_found=is_found)


def sniff(upload: ReceivedFile, name: str) -> str:
    """What the bytes of an upload are."""
    return engine.sniff(Path(upload.temporary_file_path()), name)


def sent_before(batch: IntakeBatch, client_uid: uuid.UUID) -> Document | None:
    """The document that this file became when it was sent before."""
    return batch.documents.filter(client_uid=client_uid).first()


def find_twin(batch: IntakeBatch, blob: Blob, *, before: int | None = None) -> Document | None:
    """The document that makes another with the same bytes superfluous: one that was or is being classified, else the
    first of this batch, among those older than the key ``before``. Tries of a draft do not count, for they leave no
    answer behind."""
    same = Document.objects.present().filter(project_id=batch.project_id, blob=blob).order_by("pk")
    if before is not None:
        same = same.filter(pk__lt=before)
    answered = Job.objects.filter(
        document=OuterRef("pk"), status__in=(Status.COMPLETED, Status.RUNNING, Status.PENDING)
    ).exclude(run__source=Run.Source.TRY)
    return same.filter(Exists(answered)).first() or same.filter(batch=batch).first()


def name_fields(name: str, path: str = "") -> dict[str, str]:
    """The stored spellings of a name from outside: its last part, cleaned, 300 characters at most, its ending kept."""
    base = clean_line(PurePosixPath(name.replace("\\", "/")).name) or "unnamed"
    if len(base) > NAME_MAX:
        ending = PurePosixPath(base).suffix[:20]
        base = base[: NAME_MAX - len(ending)] + ending
    return {"name": base, "name_folded": fold(base)[:NAME_MAX], "path": clean_text(path, max_length=PATH_MAX)}


def _checked(state: str, detail: str = "") -> dict[str, Any]:
    """The fields of what needs no further look, and is left out."""
    return {"check_state": state, "check_detail": detail, "choice": Choice.LEAVE, "checked_at": timezone.now()}


def _too_large(size: int) -> dict[str, Any]:
    return _checked(Check.TOO_LARGE, format_size(size))


def _first_look(upload: ReceivedFile, name: str) -> dict[str, Any]:
    """What is known of bytes without opening them. An archive is never launched itself."""
    media_type = sniff(upload, name)
    if not upload.size:
        return {"media_type": media_type, **_checked(Check.EMPTY)}
    if archives.is_archive(name, media_type):
        return {"media_type": ZIP, "choice": Choice.LEAVE}
    return {"media_type": media_type}


def _lock(batch: IntakeBatch | None) -> IntakeBatch:
    """The batch as it is now, until the end of the transaction. ``BatchClosedError`` when its project was removed."""
    rows = IntakeBatch.objects.select_for_update(of=("self",)).select_related("project")
    locked = rows.filter(pk=batch.pk).first() if batch else None
    if locked is None:
        raise BatchClosedError
    return locked


def _stage(
    batch: IntakeBatch,
    upload: ReceivedFile | None,
    *,
    client_uid: uuid.UUID,
    fields: dict[str, Any],
    is_found: bool = False,
    address: str = "",
) -> Document:
    """Write the row, and move the bytes into place under the same lock: an erasure of the same content waits for us
    or we for it, so that neither takes away what the other relies on. The move is a rename, the bytes are written."""
    with transaction.atomic():
        locked = _lock(batch)
        if existing := sent_before(locked, client_uid):
            return existing
        if not locked.is_open:
            raise BatchClosedError
        if upload is not None:
            fields = _with_bytes(locked, upload) | fields
        document = Document.objects.create(project=locked.project, batch=locked, client_uid=client_uid, **fields)
        _leave_errand(document, fields, address=address)
        if is_found:
            batches.expect_found(locked, 1)
    return document


def _leave_errand(document: Document, fields: dict[str, Any], *, address: str = "") -> None:
    """With what cannot be looked into as it is."""
    if address:
        errands.open_for(document, Kind.FETCH, address=address)
    elif fields.get("media_type") == ZIP and archives.is_archive(fields["name"], ZIP):
        errands.open_for(document, Kind.UNPACK)


def _with_bytes(batch: IntakeBatch, upload: ReceivedFile) -> dict[str, Any]:
    blob, is_new = Blob.objects.get_or_create(
        project=batch.project, sha256=upload.sha256, defaults={"size": upload.size or 0}
    )
    if not is_new:
        Blob.objects.select_for_update().get(pk=blob.pk)  # two files of the same content: the second sees the first
    storage.keep(Path(upload.temporary_file_path()), project_uid=batch.project.uid, sha256=upload.sha256)
    twin = None if is_new else find_twin(batch, blob)
    return {"blob": blob, "twin": twin, "choice": Choice.LEAVE if twin else Choice.TAKE}


@contextmanager
def _nothing_half_kept(project: Project, upload: ReceivedFile) -> Iterator[None]:
    """Take bytes back out whose row was not written. A full disk, whoever noticed it, becomes ``DiskFullError``."""
    try:
        yield
    except Exception as error:
        with transaction.atomic():
            if not Blob.objects.filter(project=project, sha256=upload.sha256).exists():
                storage.remove_everything(project.uid, upload.sha256)
        if uploads.is_disk_full(error):
            raise uploads.DiskFullError from error
        raise

"""How documents come in: a batch is opened, files arrive in it, each is staged, and the batch is launched as a run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub import engine
from classifyhub.accounts.models import Project, User
from classifyhub.formats import format_size
from classifyhub.text import clean_line, clean_text, fold
from jobs import batches, erasure, storage, tasks, uploads
from jobs.batches import AlreadyLaunchedError, NothingToClassifyError
from jobs.models import Blob, Document, IntakeBatch, Job, Run, Status
from jobs.uploads import ReceivedFile
from rules.models import PresetVersion

__all__ = ["AlreadyLaunchedError", "BatchClosedError", "NothingToClassifyError"]

Check, Choice = Document.Check, Document.Choice
NAME_MAX, PATH_MAX = 300, 1000
# An open batch with nothing left in it is taken up again for so long; what did not arrive by then never will.
STALE = timedelta(days=1)


class BatchClosedError(Exception):
    """The batch was launched, cleared or removed meanwhile. What is still to come belongs into a new one."""


def open_batch(
    project: Project, *, by: User, expected: int, drop: uuid.UUID | None = None, name: str = ""
) -> IntakeBatch:
    """The person's open batch, made if there is none, with ``expected`` more files to come. The same ``drop`` twice,
    after a lost answer, counts once."""
    mine = IntakeBatch.objects.open().filter(project=project, by=by)
    mine.filter(created_at__lt=timezone.now() - STALE).exclude(
        Exists(Document.objects.present().filter(batch=OuterRef("pk")))
    ).update(cleared_at=Now())
    with transaction.atomic():
        batch, _created = mine.select_for_update().get_or_create(project=project, by=by)
        drops = {str(drop or uuid.uuid4()): max(expected, 0), **batch.drops}
        batch.drops, batch.expected = drops, sum(drops.values())
        batch.name = batch.name or clean_line(name, max_length=100)
        batch.save(update_fields=["drops", "expected", "name"])
    return batch


def settle(batch: IntakeBatch) -> None:
    """Expect no more than what is there: the rest will not come."""
    with transaction.atomic():
        locked = IntakeBatch.objects.select_for_update().get(pk=batch.pk)
        arrived = locked.documents.count()
        IntakeBatch.objects.filter(pk=batch.pk).update(expected=arrived, drops={"arrived": arrived})
    _launch_when_checked(batch)


def receive(
    batch: IntakeBatch,
    upload: ReceivedFile,
    *,
    client_uid: uuid.UUID,
    path: str = "",
    by: User,
    source: str = Document.Source.UPLOAD,
) -> Document:
    """Stage one upload. The same ``client_uid`` again returns the document that is there already, so a browser may
    send a file twice after a broken connection.

    Raises ``BatchClosedError``, and ``DiskFullError`` with nothing kept, of a file neither row nor bytes."""
    fields = {
        **name_fields(upload.sent_name, path),
        "claimed_type": clean_line(upload.content_type or "", max_length=150),
        "source": source,
        "by": by,
    }
    if upload.problem == uploads.DISK_FULL:
        raise uploads.DiskFullError
    if upload.problem == uploads.TOO_LARGE:
        return _stage(batch, None, client_uid=client_uid, fields=fields | _too_large(upload.size or 0))
    fields["media_type"] = engine.sniff(Path(upload.temporary_file_path()), upload.sent_name)
    if not upload.size:
        fields |= {"check_state": Check.EMPTY, "choice": Choice.LEAVE, "checked_at": timezone.now()}
    with _nothing_half_kept(batch.project, upload):
        return _stage(batch, upload, client_uid=client_uid, fields=fields)


def note_too_large(
    batch: IntakeBatch, *, client_uid: uuid.UUID, name: str, path: str = "", size: int, by: User
) -> Document:
    """Stage a file that the browser did not even send, so that it is listed and the totals are true."""
    fields = {**name_fields(name, path), "source": Document.Source.UPLOAD, "by": by, **_too_large(size)}
    return _stage(batch, None, client_uid=client_uid, fields=fields)


def add_file(project: Project, path: Path, *, by: User, source: str, name: str = "") -> Document:
    """Stage a file from this machine, such as a sample document; its bytes are copied. Not checked yet."""
    data = path.read_bytes()
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    temporary.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    media_type = engine.sniff(temporary, name or path.name)
    storage.keep(temporary, project_uid=project.uid, sha256=digest)
    with transaction.atomic():
        blob, _created = Blob.objects.get_or_create(project=project, sha256=digest, defaults={"size": len(data)})
        return Document.objects.create(
            project=project,
            blob=blob,
            **name_fields(name or path.name),
            media_type=media_type,
            source=source,
            by=by,
        )


def launch(batch: IntakeBatch, version: PresetVersion, *, by: User, name: str = "") -> Run:
    """Start a run with the staged documents that are to be taken. A second launch of the same batch raises
    ``AlreadyLaunchedError``; a batch with nothing to take raises ``NothingToClassifyError``."""
    run = batches.launch(batch, version, by=by, name=name)
    _send_on_commit(tasks.dispatch, run.pk)
    return run


def clear(batch: IntakeBatch) -> int:
    """Take an open batch off the desk; a worker erases what is staged in it. Returns how many documents that are."""
    count = batches.close(batch)
    _send_on_commit(tasks.erase_cleared, batch.pk)
    return count


def to_launch(batch: IntakeBatch) -> Iterable[Document]:
    """The staged documents that a launch takes, in the order they came."""
    return batches.to_launch(batch)


def choose(document: Document, choice: str) -> None:
    """Take a staged document along or leave it out."""
    choose_many([document.pk], choice)


def choose_many(document_ids: Iterable[int], choice: str) -> None:
    """The same for several. One that was never stored cannot be taken; one that was launched stays as it is."""
    staged = Document.objects.present().filter(pk__in=list(document_ids), blob__isnull=False, jobs__isnull=True)
    Document.objects.filter(pk__in=list(staged.values_list("pk", flat=True))).update(choice=Choice(choice))


def remove(document: Document, *, by: User) -> None:
    """Erase one staged document. A duplicate that leaned on it takes its place."""
    if document.jobs.exists():
        return
    batch, blob = document.batch, document.blob
    erasure.erase_document(document, by=by)
    follower = Document.objects.present().filter(batch=batch, twin=document).order_by("pk").first()
    if follower is None or batch is None or blob is None:
        return
    twin = find_twin(batch, blob, before=follower.pk)
    takes_over = twin is None and follower.check_state == Check.READY
    Document.objects.filter(pk=follower.pk).update(twin=twin, **({"choice": Choice.TAKE} if takes_over else {}))
    if twin is None:
        Document.objects.filter(batch=batch, twin=document).update(twin=follower)


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


def _too_large(size: int) -> dict[str, Any]:
    return {
        "check_state": Check.TOO_LARGE,
        "check_detail": format_size(size),
        "choice": Choice.LEAVE,
        "checked_at": timezone.now(),
    }


def _stage(
    batch: IntakeBatch, upload: ReceivedFile | None, *, client_uid: uuid.UUID, fields: dict[str, Any]
) -> Document:
    """Write the row, and move the bytes into place under the same lock: an erasure of the same content waits for us
    or we for it, so that neither takes away what the other relies on. The move is a rename, the bytes are written."""
    with transaction.atomic():
        locked = (
            IntakeBatch.objects.select_for_update(of=("self",)).select_related("project").filter(pk=batch.pk).first()
        )
        if locked is None:
            raise BatchClosedError  # its project was removed meanwhile
        if existing := sent_before(locked, client_uid):
            return existing
        if not locked.is_open:
            raise BatchClosedError
        if upload is not None:
            fields = _with_bytes(locked, upload) | fields
        document = Document.objects.create(project=locked.project, batch=locked, client_uid=client_uid, **fields)
    if document.check_state == Check.PENDING:
        _send_on_commit(tasks.check_document, document.pk)
    else:
        _launch_when_checked(batch)
    return document


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


def _launch_when_checked(batch: IntakeBatch) -> None:
    run = batches.launch_when_checked(batch.pk)
    if run:
        _send_on_commit(tasks.dispatch, run.pk)


def _send_on_commit(task: Any, key: int) -> None:
    transaction.on_commit(partial(tasks.send, task, key))

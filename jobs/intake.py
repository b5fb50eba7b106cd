"""How documents come in: a batch is opened, files arrive in it, each is staged, and the batch is launched as a run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from classifyhub import engine
from classifyhub.accounts.models import Project, User
from classifyhub.text import clean_line, clean_text, fold
from jobs import runs, storage, tasks
from jobs.models import Blob, Document, IntakeBatch, Run
from jobs.uploads import ReceivedFile
from rules.models import PresetVersion

Check, Choice = Document.Check, Document.Choice


class AlreadyLaunchedError(Exception):
    """The batch was launched before, perhaps in another tab; ``run`` is what came of it."""

    def __init__(self, run: Run) -> None:
        super().__init__(str(run.uid))
        self.run = run


class NothingToClassifyError(Exception):
    """Every staged document is left out."""


def open_batch(project: Project, *, by: User, expected: int, name: str = "") -> IntakeBatch:
    """A batch for ``expected`` files that the browser is about to send."""
    return IntakeBatch.objects.create(
        project=project, by=by, expected=max(expected, 0), name=clean_line(name, max_length=100)
    )


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
    send a file twice after a broken connection."""
    existing = Document.objects.filter(batch=batch, client_uid=client_uid).first()
    if existing is not None:
        return existing
    facts = _refused(upload) if upload.problem else _stored(batch.project, upload)
    document = _create(batch, upload, facts, client_uid=client_uid, path=path, by=by, source=source)
    if document.check_state == Check.PENDING:
        tasks.check_document.delay_on_commit(document.pk)
    return document


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
    with transaction.atomic():
        locked = IntakeBatch.objects.select_for_update().select_related("run").get(pk=batch.pk)
        if locked.run is not None:
            raise AlreadyLaunchedError(locked.run)
        documents = list(to_launch(locked))
        if not documents:
            raise NothingToClassifyError
        run = runs.create(batch.project, version, documents, by=by, name=name or run_name(batch))
        IntakeBatch.objects.filter(pk=batch.pk).update(run=run, launched_at=Now())
        tasks.dispatch.delay_on_commit(run.pk)
    return run


def to_launch(batch: IntakeBatch) -> Iterable[Document]:
    """The staged documents that a launch takes, in the order they came."""
    return batch.documents.present().filter(choice=Choice.TAKE, blob__isnull=False, jobs__isnull=True).order_by("pk")


def choose(document: Document, choice: str) -> None:
    """Take a staged document along or leave it out."""
    Document.objects.filter(pk=document.pk).update(choice=Choice(choice))


def run_name(batch: IntakeBatch) -> str:
    """The batch's own name, or the time of day. Never a document's name: that must be gone once it is erased."""
    return batch.name or _("Upload, %(day)s") % {"day": timezone.localtime().strftime("%d %b %H:%M")}


def name_fields(name: str, path: str = "") -> dict[str, str]:
    """The stored spellings of a name from outside: its last part, cleaned, at most 300 characters, the ending kept."""
    base = clean_line(PurePosixPath(name.replace("\\", "/")).name) or "unnamed"
    if len(base) > 300:
        ending = PurePosixPath(base).suffix[:20]
        base = base[: 300 - len(ending)] + ending
    return {"name": base, "name_folded": fold(base)[:300], "path": clean_text(path, max_length=1000)}


def _refused(upload: ReceivedFile) -> dict[str, object]:
    return {
        "blob": None,
        "check_state": Check.TOO_LARGE if upload.problem == "too_large" else Check.UNREADABLE,
        "check_detail": upload.problem,
        "choice": Choice.LEAVE,
        "checked_at": timezone.now(),
    }


def _stored(project: Project, upload: ReceivedFile) -> dict[str, object]:
    """Sniff and keep the bytes: file work, done before any transaction."""
    size = upload.size or 0
    media_type = engine.sniff(Path(upload.temporary_file_path()), upload.name or "") if size else ""
    storage.keep(Path(upload.temporary_file_path()), project_uid=project.uid, sha256=upload.sha256)
    blob, _created = Blob.objects.get_or_create(project=project, sha256=upload.sha256, defaults={"size": size})
    facts: dict[str, object] = {"blob": blob, "media_type": media_type}
    if not size:
        facts |= {"check_state": Check.EMPTY, "choice": Choice.LEAVE, "checked_at": timezone.now()}
    return facts


def _create(
    batch: IntakeBatch,
    upload: ReceivedFile,
    facts: dict[str, object],
    *,
    client_uid: uuid.UUID,
    path: str,
    by: User,
    source: str,
) -> Document:
    twin = _twin(batch.project, facts["blob"])
    try:
        with transaction.atomic():
            return Document.objects.create(
                project=batch.project,
                batch=batch,
                client_uid=client_uid,
                **name_fields(upload.name or "", path),
                claimed_type=clean_line(upload.content_type or "", max_length=150),
                source=source,
                by=by,
                twin=twin,
                **({"choice": Choice.LEAVE} if twin else {}) | facts,
            )
    except IntegrityError:  # the same file was sent twice at once
        return Document.objects.get(batch=batch, client_uid=client_uid)


def _twin(project: Project, blob: object) -> Document | None:
    """The earliest other document with the same bytes, one that was classified before all others."""
    if blob is None:
        return None
    same = Document.objects.present().filter(project=project, blob=blob)
    return same.filter(jobs__isnull=False).order_by("pk").first() or same.order_by("pk").first()

"""How documents come in: a batch is opened, files arrive in it, each is staged, and the batch is launched as a run."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub import engine
from classifyhub.accounts import audit
from classifyhub.accounts.models import Project, User
from classifyhub.text import clean_line
from jobs import batches, erasure, receiving, storage, tasks
from jobs.batches import AlreadyLaunchedError, NothingToClassifyError
from jobs.models import Blob, Document, IntakeBatch, Run
from jobs.receiving import BatchClosedError, find_twin, name_fields, sent_before
from jobs.uploads import ReceivedFile
from jobs.web.addresses import Address
from rules.models import PresetVersion

__all__ = [
    "AlreadyLaunchedError",
    "BatchClosedError",
    "NothingToClassifyError",
    "find_twin",
    "name_fields",
    "sent_before",
]

Check, Choice = Document.Check, Document.Choice
# An open batch with nothing left in it is taken up again for so long; what did not arrive by then never will.
STALE = timedelta(days=1)


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
        arrived = batches.count_arrived(locked)
        IntakeBatch.objects.filter(pk=batch.pk).update(expected=arrived, drops={"arrived": arrived})
    _launch_when_checked(batch)


def receive(batch: IntakeBatch, upload: ReceivedFile, *, client_uid: uuid.UUID, path: str = "", by: User) -> Document:
    """Stage one upload and have it looked into, or unpacked; see ``receiving.receive`` for what it promises."""
    document = receiving.receive(batch, upload, client_uid=client_uid, path=path, by=by)
    _go_on(document)
    return document


def note_too_large(
    batch: IntakeBatch, *, client_uid: uuid.UUID, name: str, path: str = "", size: int, by: User
) -> Document:
    """Stage a file that the browser did not even send, so that it is listed and the totals are true."""
    document = receiving.note_too_large(batch, client_uid=client_uid, name=name, path=path, size=size, by=by)
    _launch_when_checked(batch)
    return document


def add_addresses(batch: IntakeBatch, found: Iterable[Address], *, drop: uuid.UUID, by: User) -> list[Document]:
    """Stage a document for each address, for workers to fetch; the same ``drop`` twice stages each once. Raises
    ``BatchClosedError``."""
    staged = []
    for address in found:
        key = uuid.uuid5(drop, address.text)
        if sent_before(batch, key):
            continue
        with transaction.atomic():
            document = receiving.stage_address(
                batch, address.text, client_uid=key, name=address.name, path=address.place, by=by
            )
            # Where to, and neither path nor query: both may hold a key, and the log cannot be erased.
            audit.record("document.fetch_asked", document, by=by, project=batch.project, after={"from": address.origin})
        _go_on(document)
        staged.append(document)
    return staged


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


def _go_on(document: Document) -> None:
    """Whatever comes next for a document that was just staged."""
    if document.check_state == Check.PENDING:
        transaction.on_commit(partial(tasks.go_on, document.pk))
    elif document.batch is not None:
        _launch_when_checked(document.batch)


def _launch_when_checked(batch: IntakeBatch) -> None:
    run = batches.launch_when_checked(batch.pk)
    if run:
        _send_on_commit(tasks.dispatch, run.pk)


def _send_on_commit(task: Any, key: int) -> None:
    transaction.on_commit(partial(tasks.send, task, key))

"""Errands: who may run one, and what becomes of it. The messages are sent by ``tasks``; an errand whose worker was lost
is due again by itself."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import Document, Errand

Check = Document.Check
# Longer than the time limit of a task, so that a lost worker is never followed while it still works.
LEASE_SECONDS = 150
ATTEMPTS = 5
SENT_AT_ONCE = 50


def open_for(document: Document, kind: str, *, address: str = "") -> None:
    """Leave an errand with a document that was just staged, in the transaction that stages it."""
    Errand.objects.create(document=document, kind=kind, address=address)


def claim(document_id: int, kind: str) -> Errand | None:
    """Take a due errand for this worker alone. None when there is nothing to do: it is done, somebody is at it, or it
    was tried too often, which is then written down."""
    mine = Errand.objects.filter(document_id=document_id, kind=kind)
    if not mine.filter(due_at__lte=Now()).update(due_at=in_seconds(LEASE_SECONDS), attempt=F("attempt") + 1):
        return None
    errand = mine.select_related(
        "document__by", "document__blob", "document__project", "document__batch__by", "document__batch__project"
    ).first()
    if errand is not None and errand.attempt > ATTEMPTS:
        refuse(errand, "gave_up")
        return None
    return errand


def note_progress(errand: Errand, done: int, *, total: int) -> bool:
    """Write down how far it is. False when the errand is gone, because its document was removed."""
    return bool(Errand.objects.filter(pk=errand.pk).update(done=done, total=total))


def pause(errand: Errand) -> None:
    """Let go of an errand that went well so far, for whoever comes next."""
    Errand.objects.filter(pk=errand.pk).update(due_at=Now(), attempt=0)


def postpone(errand: Errand, *, seconds: int) -> None:
    """Try again later; the attempt stays counted."""
    Errand.objects.filter(pk=errand.pk).update(due_at=in_seconds(seconds))


def refuse(errand: Errand, code: str) -> None:
    """End an errand that led to nothing, with the code of the reason on its document."""
    with transaction.atomic():
        if Errand.objects.filter(pk=errand.pk).delete()[0]:
            Document.objects.present().filter(pk=errand.document_id, check_state=Check.PENDING).update(
                check_state=Check.NOT_TAKEN, check_detail=code, choice=Document.Choice.LEAVE, checked_at=Now()
            )


def is_due(errand: Errand) -> bool:
    """Whether a worker may take it up now."""
    return Errand.objects.filter(pk=errand.pk, due_at__lte=Now()).exists()


def due() -> list[tuple[str, int]]:
    """Kind and document of some errands that nobody is at, the longest due first."""
    found = Errand.objects.filter(due_at__lte=Now()).order_by("due_at")
    return list(found.values_list("kind", "document_id")[:SENT_AT_ONCE])

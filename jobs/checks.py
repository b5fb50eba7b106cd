"""The look before the launch: can it be opened, how many pages, is there text.

A few milliseconds a document, so that five hundred dropped files are ready in seconds. Page images, which take twenty
times as long, are drawn after the launch.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub import engine
from classifyhub.clock import in_seconds
from classifyhub.engine.model import Facts, ReadError
from classifyhub.text import clean_line
from jobs import providers_registry, storage
from jobs.models import Document

Check, Choice = Document.Check, Document.Choice
# What is left out unless a person says otherwise. A format without a local reader is taken: it fails with that reason
# and can still be decided by hand.
LEFT_OUT = frozenset({Check.EMPTY, Check.ENCRYPTED, Check.TOO_LARGE, Check.UNREADABLE})
# A message that was sent this long ago and led to nothing is taken for lost.
OVERDUE_SECONDS, OVERDUE_LIMIT = 60, 50
WAITING_LIMIT = 5


def check(document_id: int) -> Document | None:
    """Look into one staged document and write down what was found. The document as it was before, none where there was
    nothing to do, as in the second of two calls."""
    unchecked = _unchecked().filter(pk=document_id)
    document = unchecked.select_related("blob", "project").first()
    if document is None:
        return None
    facts = inspect(document)
    state = state_of(facts)
    unchecked.update(
        media_type=facts.media_type,
        page_count=facts.page_count,
        has_text=facts.has_text,
        check_state=state,
        check_detail=clean_line(facts.detail, max_length=300),
        checked_at=Now(),
        **({"choice": Choice.LEAVE} if state in LEFT_OUT else {}),
    )
    return document


def inspect(document: Document) -> Facts:
    """What a quick look in the sandbox finds; a look that fails is itself a finding."""
    if document.media_type not in engine.READABLE:
        return Facts(media_type=document.media_type, problem=Check.NO_LOCAL_READER)
    try:
        path = storage.document_path(document)
        return providers_registry.shared_sandbox().inspect(path, media_type=document.media_type)
    except ReadError as error:
        return Facts(media_type=document.media_type, problem=error.code, detail=error.detail)
    except FileNotFoundError:
        return Facts(media_type=document.media_type, problem=Check.UNREADABLE, detail="Its bytes are gone.")


def state_of(facts: Facts) -> Document.Check:
    """The check that a finding leads to: a look that ran out of time or memory found it unreadable."""
    if not facts.problem:
        return Check.READY
    return Check(facts.problem) if facts.problem in Check.values else Check.UNREADABLE


def waiting() -> list[int]:
    """A few documents that wait for their look, the oldest first."""
    return list(_unchecked().values_list("pk", flat=True)[:WAITING_LIMIT])


def overdue() -> list[int]:
    """Documents whose look is long due, because its message or its worker was lost; the oldest first."""
    late = _unchecked().filter(created_at__lt=in_seconds(-OVERDUE_SECONDS))
    return list(late.values_list("pk", flat=True)[:OVERDUE_LIMIT])


def _unchecked() -> QuerySet[Document]:
    """Those that can be looked into: what is still to be fetched or unpacked cannot."""
    unchecked = Document.objects.present().filter(check_state=Check.PENDING, blob__isnull=False, errand__isnull=True)
    return unchecked.order_by("created_at")

"""The look before the launch: can it be opened, how many pages, is there text; and its first page drawn."""

from __future__ import annotations

from django.db.models.functions import Now

from classifyhub import engine
from classifyhub.engine.model import Facts, ReadError
from classifyhub.text import clean_line
from jobs import providers_registry, rendering, storage
from jobs.models import Document

Check, Choice = Document.Check, Document.Choice
# What is left out unless a person says otherwise. A format without a local reader is taken: it fails with that reason
# and can still be decided by hand.
LEFT_OUT = frozenset({Check.EMPTY, Check.ENCRYPTED, Check.TOO_LARGE, Check.UNREADABLE})


def check(document_id: int) -> None:
    """Look into one staged document and write down what was found. Safe to run twice."""
    document = Document.objects.present().select_related("blob", "project").filter(pk=document_id).first()
    if document is None or document.blob is None:
        return
    facts = inspect(document)
    state = Check(facts.problem) if facts.problem in Check.values else Check.READY
    if facts.problem and state == Check.READY:
        state = Check.UNREADABLE
    Document.objects.filter(pk=document_id).update(
        media_type=facts.media_type,
        page_count=facts.page_count,
        has_text=facts.has_text,
        check_state=state,
        check_detail=clean_line(facts.detail, max_length=300),
        checked_at=Now(),
        **({"choice": Choice.LEAVE} if state in LEFT_OUT else {}),
    )
    rendering.draw_first_page(document)


def inspect(document: Document) -> Facts:
    """What a quick look in the sandbox finds; a look that fails is itself a finding."""
    if document.media_type not in engine.READABLE:
        return Facts(media_type=document.media_type, problem="no_local_reader")
    path = storage.document_path(document)
    try:
        return providers_registry.shared_sandbox().inspect(path, media_type=document.media_type)
    except ReadError as error:
        return Facts(media_type=document.media_type, problem=error.code, detail=error.detail)

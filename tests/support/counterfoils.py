"""Papers of a kind that the rules of the factories do not know and that people here decide."""

from __future__ import annotations

from classifyhub.accounts.models import User
from jobs import pipeline, review
from jobs.models import Document, ReviewItem
from rules.models import PresetVersion
from tests.support.factories import a_document, a_run

# Nothing in it says invoice or letter.
_TEXT = "Yellow counterfoil of the branch vault. Remitter {who}, teller {who}, ledger folio nine, sealed at noon."


def classify_counterfoil(version: PresetVersion, who: str, *, by: User) -> ReviewItem:
    """The answer about the counterfoil in somebody's name, as an item in the queue."""
    document = a_document(version.project, content=_TEXT.format(who=who).encode(), name=f"{who}.txt")
    job = a_run(version.project, version=version, documents=[document], by=by).jobs.get()
    pipeline.run(job.pk)
    return ReviewItem.objects.select_related("document", "job", "current_result").get(document=document)


def decide(item: ReviewItem, type_name: str | None, *, by: User) -> Document:
    """What a reviewer does about the item."""
    held = review.claim(item, by=by)
    assert held is not None
    review.decide(held.item, type_name, token=held.claim.token, by=by)
    return item.document

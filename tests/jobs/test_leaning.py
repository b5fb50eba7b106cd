"""What people decided changes the next answer, and the answer says so; nothing of that outlasts an erasure."""

from __future__ import annotations

import math

import pytest

from classifyhub.accounts.models import Role
from jobs import erasure, learning, pipeline, review
from jobs.models import Document, Result, ReviewItem
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# Neither rule knows it: nothing here says invoice or letter.
SHEET = "Yellow counterfoil of the branch vault. Remitter {who}, teller {who}, ledger folio nine, sealed at noon."
LIKE = "Like documents decided as Letter"


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def ann(project):
    return a_member(project, Role.REVIEWER, name="Ann")


@pytest.fixture
def version(project):
    return a_version(project, provider="local")


def classify(version, who: str, *, by) -> ReviewItem:
    """The local engine's answer about a sheet in somebody's name, as an item in the queue."""
    document = a_document(version.project, content=SHEET.format(who=who).encode())
    job = a_run(version.project, version=version, documents=[document], by=by).jobs.get()
    pipeline.run(job.pk)
    return ReviewItem.objects.select_related("document", "current_result").get(document=document)


def decide(item: ReviewItem, type_name: str, *, by) -> Document:
    held = review.claim(item, by=by)
    review.decide(held.item, type_name, token=held.claim.token, by=by)
    return item.document


def said_of_decisions(result: Result) -> list[float]:
    return [part["value"] for part in result.contributions if part["name"] == LIKE]


def test_three_decisions_change_the_fourth_answer_and_erasing_them_changes_it_back(version, ann):
    before = [classify(version, who, by=ann) for who in ("Abel", "Boas", "Cora")]
    assert [item.current_result.type for item in before] == [None, None, None]
    decided = [decide(item, "Letter", by=ann) for item in before]

    leant = classify(version, "Dora", by=ann).current_result
    leaning = learning.leaning_of(leant)
    assert leant.type == "Letter"
    assert (leaning.decisions, leaning.type) == (3, "Letter")
    assert leaning.document in {str(document.uid) for document in decided}
    [value] = said_of_decisions(leant)
    assert value > 0
    log_odds = math.log(leant.confidence / (1 - leant.confidence))
    assert math.isclose(sum(part["value"] for part in leant.contributions), log_odds, abs_tol=1e-6)

    for document in decided:
        erasure.erase_document(document, by=ann)
    alone = classify(version, "Edna", by=ann).current_result
    assert alone.type is None
    assert said_of_decisions(alone) == []
    assert learning.leaning_of(alone) is None

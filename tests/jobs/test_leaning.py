"""What people decided changes the next answer, and the answer says so; nothing of that outlasts an erasure."""

from __future__ import annotations

import math

import pytest

from classifyhub.accounts.models import Role
from jobs import erasure, learning
from jobs.models import Result
from tests.support.counterfoils import classify_counterfoil, decide
from tests.support.factories import a_member, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

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


def said_of_decisions(result: Result) -> list[float]:
    return [part["value"] for part in result.contributions if part["name"] == LIKE]


def test_three_decisions_change_the_fourth_answer_and_erasing_them_changes_it_back(version, ann):
    before = [classify_counterfoil(version, who, by=ann) for who in ("Abel", "Boas", "Cora")]
    assert [item.current_result.type for item in before] == [None, None, None]
    decided = [decide(item, "Letter", by=ann) for item in before]

    leant = classify_counterfoil(version, "Dora", by=ann).current_result
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
    alone = classify_counterfoil(version, "Edna", by=ann).current_result
    assert alone.type is None
    assert said_of_decisions(alone) == []
    assert learning.leaning_of(alone) is None

"""What people decide is remembered, what they take back or erase is not, and every worker knows."""

from __future__ import annotations

import pytest

from classifyhub.accounts.models import Role
from classifyhub.engine.memory import Profile
from classifyhub.engine.memory.profiles import hash_stem
from classifyhub.engine.words import stem
from jobs import erasure, learning, pipeline, review
from jobs.models import MemoryEntry, Result, ReviewItem
from jobs.providers_registry import provider_for
from tests.support.factories import a_document, a_job, a_member, a_project, a_run, a_version, an_item

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

MARK = "Zanzibarine"
SHEET = f"Yellow counterfoil of the branch vault. Remitter {MARK}, teller twelve, ledger folio nine.".encode()


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def ann(project):
    return a_member(project, Role.REVIEWER, name="Ann")


def an_answered(project, *, content: bytes = SHEET, version=None, provider="local", **policy) -> ReviewItem:
    """A document that the local engine has answered and that waits for a person."""
    version = version or a_version(project, provider=provider, policy=policy or {"auto_approve_at": None})
    documents = [a_document(project, content=content)]
    job = a_run(project, version=version, documents=documents, by=a_member(project)).jobs.get()
    pipeline.run(job.pk)
    return ReviewItem.objects.get(document=job.document, preset=version.preset)


def decide(item: ReviewItem, type_name: str | None, *, by) -> ReviewItem:
    held = review.claim(item, by=by)
    review.decide(held.item, type_name, token=held.claim.token, by=by)
    item.refresh_from_db()
    return item


def remembered(item: ReviewItem) -> dict[str, str | None]:
    """What a worker that knows nothing yet would be told: decided types by document."""
    learning._kept.clear()
    return {entry.document: entry.type for entry in learning.recall(item.preset_id).entries}


class TestWhatIsRemembered:
    @pytest.mark.parametrize("type_name", ["Letter", None])
    def test_a_decision_is_remembered_a_no_match_too(self, project, ann, type_name):
        item = decide(an_answered(project), type_name, by=ann)
        assert remembered(item) == {str(item.document.uid): type_name}

    def test_approving_is_deciding(self, project, ann):
        item = an_answered(project)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        assert remembered(item) == {str(item.document.uid): item.current_result.type}

    def test_what_the_rules_said_is_remembered_beside_it(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        [entry] = learning.recall(item.preset_id).entries
        assert {candidate.type for candidate in entry.unaided} == {"Invoice", "Letter"}
        assert hash_stem(stem(MARK)) in dict(entry.profile.words)

    def test_what_the_machine_approved_by_itself_teaches_nothing(self, project):
        item = an_answered(project, content=b"INVOICE\nInvoice number 12\nTotal due 5.00", auto_approve_at=0.0)
        assert item.status == ReviewItem.State.AUTO_APPROVED
        assert remembered(item) == {}

    def test_answers_of_other_providers_leave_nothing_to_remember(self, project, ann):
        item = decide(an_item(project, type="Invoice", confidence=0.4), "Letter", by=ann)
        assert remembered(item) == {}

    def test_escalating_and_setting_aside_are_no_decisions(self, project, ann):
        for verb in (review.escalate, review.set_aside):
            item = an_answered(project)
            held = review.claim(item, by=ann)
            verb(held.item, token=held.claim.token, by=ann, comment="What is this?")
            assert remembered(item) == {}

    def test_each_preset_has_a_memory_of_its_own(self, project, ann):
        item, other = decide(an_answered(project), "Letter", by=ann), an_answered(project)
        assert remembered(item)
        assert remembered(other) == {}


PACKET = (
    "Harbour Paints\nINVOICE\nInvoice number: 4711\nBill to: Mill Lane Stores\nAmount due: 346.77\nPage 1 of 1\f"
    "Dear Ms Example,\n\nLETTER\n\nthank you for your visit.\n\nYours sincerely,\nThe harbour master\nPage 1 of 1"
)


class TestPackets:
    """A decision about a file of several documents is about one of them."""

    @pytest.fixture
    def item(self, project):
        return an_answered(project, content=PACKET.encode())

    def test_it_teaches_what_that_document_says_and_not_what_is_stapled_to_it(self, item, ann):
        decide(item, "Letter", by=ann)
        [entry] = learning.recall(item.preset_id).entries
        words = dict(entry.profile.words)
        assert hash_stem(stem("sincerely")) in words
        assert hash_stem(stem("paints")) not in words

    def test_it_teaches_nothing_where_nobody_knows_which_was_meant(self, item, ann):
        assert remembered(decide(item, None, by=ann)) == {}


class TestTakingBack:
    def test_undo_forgets(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        review.undo(project, by=ann)
        assert remembered(item) == {}

    def test_reopening_forgets_and_deciding_again_remembers_that(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        review.reopen(item, by=ann, comment="Look again")
        assert remembered(item) == {}
        assert remembered(decide(item, "Invoice", by=ann)) == {str(item.document.uid): "Invoice"}

    def test_undoing_what_was_decided_after_a_reopening_remembers_neither(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        review.reopen(item, by=a_member(project, Role.REVIEWER), comment="Look again")
        decide(item, "Invoice", by=ann)
        review.undo(project, by=ann)
        assert remembered(item) == {}


class TestForgetting:
    def test_erasing_a_document_erases_what_was_learned_of_it(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        known = hash_stem(stem(MARK))
        assert holding(known) == ["MemoryEntry", "Result"]
        assert entries_of(item)
        erasure.erase_document(item.document, by=ann)
        assert holding(known) == []
        assert entries_of(item) == []

    def test_a_decision_on_a_document_that_goes_at_that_moment_is_not_remembered(self, project, ann):
        item = an_answered(project)
        erasure.erase_document(item.document, by=ann)
        item.refresh_from_db()
        item.status, item.final_type = ReviewItem.State.OVERRIDDEN, "Letter"
        item.current_result.lesson = {"profile": {"words": ""}, "unaided": []}
        learning.follow(item)
        assert remembered(item) == {}

    def test_a_project_that_is_removed_takes_its_memory_along(self, project, ann):
        decide(an_answered(project), "Letter", by=ann)
        erasure.remove_project(project, by=ann)
        assert not MemoryEntry.objects.exists()


class TestWhatAWorkerKnows:
    def test_it_learns_and_forgets_what_others_decided_meanwhile(self, project, ann):
        version = a_version(project, provider="local")
        first, second = (an_answered(project, content=SHEET + tail, version=version) for tail in (b" A", b" B"))
        decide(first, "Letter", by=ann)
        assert len(entries_of(first)) == 1
        decide(second, "Invoice", by=ann)
        assert [entry.type for entry in entries_of(first)] == ["Letter", "Invoice"]
        erasure.erase_document(first.document, by=ann)
        assert [entry.type for entry in entries_of(first)] == ["Invoice"]

    def test_a_decision_that_was_changed_is_known_as_changed(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        assert [entry.type for entry in entries_of(item)] == ["Letter"]
        review.reopen(item, by=ann, comment="Look again")
        decide(item, "Invoice", by=ann)
        assert [entry.type for entry in entries_of(item)] == ["Invoice"]

    def test_looking_again_costs_one_query_and_keeps_what_was_made_ready(self, project, ann, django_assert_num_queries):
        item = decide(an_answered(project), "Letter", by=ann)
        memory = learning.recall(item.preset_id)
        with django_assert_num_queries(1):
            assert learning.recall(item.preset_id) is memory

    def test_it_keeps_the_memories_of_few_presets(self, project, ann, monkeypatch):
        monkeypatch.setattr(learning, "MOST_PRESETS", 2)
        learning._kept.clear()
        items = [decide(an_answered(project), "Letter", by=ann) for _ in range(3)]
        for item in items:
            learning.recall(item.preset_id)
        assert list(learning._kept) == [item.preset_id for item in items[1:]]

    def test_it_asks_the_newest_and_lets_go_of_the_oldest_several_at_a_time(self, project, ann, monkeypatch):
        monkeypatch.setattr(learning, "MOST_ENTRIES", 4)
        monkeypatch.setattr(learning, "DROPPED_AT_ONCE", 2)
        version = a_version(project, provider="local")
        sizes = []
        for number in range(7):
            item = an_answered(project, content=SHEET + f" {number}".encode(), version=version)
            decide(item, "Letter", by=ann)
            sizes.append(len(entries_of(item)))
        assert sizes == [1, 2, 3, 4, 3, 4, 3]
        assert entries_of(item)[-1].document == str(item.document.uid)

    def test_the_local_engine_is_asked_with_the_memory_of_the_preset(self, project, ann):
        item = decide(an_answered(project), "Letter", by=ann)
        again = a_run(project, version=item.job.version, documents=1, by=ann).jobs.get()
        provider = provider_for(again)
        assert [entry.type for entry in provider.memory.entries] == ["Letter"]
        assert provider.document == str(again.document.uid)

    def test_rules_that_came_with_a_call_have_no_memory(self, project):
        job = a_job(project, version=a_version(project, provider="local"))
        job.version.preset = None
        assert provider_for(job).memory.entries == ()


def test_an_answer_that_leant_on_a_decision_says_on_which(project, ann):
    version = a_version(project, provider="local")
    decide(an_answered(project, version=version), "Letter", by=ann)
    known = MemoryEntry.objects.get()
    result = Result(
        raw={"answer": {"leaning": {"decisions": 1, "document": str(known.document.uid), "type": "Letter"}}}
    )
    assert learning.leaning_of(result).document == str(known.document.uid)
    assert learning.leaning_of(Result(raw=None)) is None


def entries_of(item: ReviewItem):
    """What a worker that has been running for long says."""
    return list(learning.recall(item.preset_id).entries)


def holding(known: int) -> list[str]:
    """The tables in which a word of the document is remembered, hashed."""
    rows = [("MemoryEntry", row) for row in MemoryEntry.objects.values_list("lesson", flat=True)]
    rows += [("Result", row) for row in Result.objects.values_list("lesson", flat=True)]
    return sorted({name for name, row in rows if row and known in dict(Profile.from_json(row["profile"]).words)})

"""People deciding: who holds what, what each key means, and taking it back."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifyhub.accounts.models import AuditEvent, Role
from classifyhub.clock import in_seconds
from jobs import erasure, pipeline, review
from jobs.models import Job, Review, ReviewClaim, ReviewItem, Status
from tests.support.factories import a_document, a_member, a_project, a_run, a_version, an_item
from tests.support.races import race

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

State = ReviewItem.State


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def ann(project):
    return a_member(project, Role.REVIEWER, name="Ann")


@pytest.fixture
def ben(project):
    return a_member(project, Role.REVIEWER, name="Ben")


def a_queue(project, *confidences, preset=None) -> list[ReviewItem]:
    preset = preset or a_version(project).preset
    return [an_item(project, preset=preset, confidence=confidence) for confidence in confidences]


def let_expire(held: review.Held) -> None:
    ReviewClaim.objects.filter(pk=held.claim.pk).update(expires_at=in_seconds(-1))


def approve_next(project, *, by) -> ReviewItem:
    held = review.claim_next(project, None, by=by)
    review.approve(held.item, token=held.claim.token, by=by)
    return held.item


class TestHolding:
    def test_the_worst_comes_first(self, project, ann):
        items = a_queue(project, 0.9, 0.2, 0.5)
        assert review.claim_next(project, None, by=ann).item == items[1]

    def test_two_people_are_given_two_documents(self, project, ann, ben):
        a_queue(project, 0.1, 0.2)
        held = [review.claim_next(project, None, by=person).item.pk for person in (ann, ben)]
        assert len(set(held)) == 2

    def test_nothing_is_left_when_others_hold_the_rest(self, project, ann, ben):
        a_queue(project, 0.1)
        review.claim_next(project, None, by=ann)
        assert review.claim_next(project, None, by=ben) is None
        assert review.held_by_others(project, None, by=ben) == 1
        assert review.held_by_others(project, None, by=ann) == 0

    def test_a_reload_keeps_the_document_and_its_token(self, project, ann):
        a_queue(project, 0.1, 0.2)
        first, second = (review.claim_next(project, None, by=ann) for _ in range(2))
        assert (first.item, first.claim.token) == (second.item, second.claim.token)

    def test_a_claim_that_ran_out_is_taken_over_under_a_new_token(self, project, ann, ben):
        a_queue(project, 0.1)
        first = review.claim_next(project, None, by=ann)
        let_expire(first)
        second = review.claim_next(project, None, by=ben)
        assert second.item == first.item
        assert second.claim.token != first.claim.token
        with pytest.raises(review.StaleClaimError):
            review.approve(first.item, token=first.claim.token, by=ann)

    def test_a_claim_that_ran_out_and_that_nobody_took_still_decides(self, project, ann):
        a_queue(project, 0.1)
        held = review.claim_next(project, None, by=ann)
        let_expire(held)
        assert review.approve(held.item, token=held.claim.token, by=ann).decision == "approve"

    def test_holding_on_renews_what_is_held_and_takes_nothing_else(self, project, ann, ben):
        a_queue(project, 0.1)
        held = review.claim_next(project, None, by=ann)
        ReviewClaim.objects.update(expires_at=in_seconds(5))
        assert review.hold(held.item, by=ann) is True
        assert ReviewClaim.objects.filter(expires_at__gt=in_seconds(500)).exists()
        assert review.hold(held.item, by=ben) is False
        review.approve(held.item, token=held.claim.token, by=ann)
        assert review.hold(held.item, by=ann) is False
        assert not ReviewClaim.objects.exists()

    def test_a_queue_can_be_narrowed_to_one_preset(self, project, ann):
        wanted = a_version(project).preset
        a_queue(project, 0.1)
        [item] = a_queue(project, 0.9, preset=wanted)
        assert review.claim_next(project, wanted, by=ann).item == item

    def test_another_projects_documents_are_never_given(self, project, ann):
        a_queue(a_project(), 0.1)
        assert review.claim_next(project, None, by=ann) is None

    def test_what_is_decided_in_the_moment_before_it_is_claimed_is_not_given(self, project, ann):
        [item] = a_queue(project, 0.1)
        approve_next(project, by=ann)
        assert review._claim_open(item, by=ann) is None
        assert not ReviewClaim.objects.exists()

    def test_who_holds_it_is_told_by_name(self, project, ann):
        a_queue(project, 0.1)
        held = review.claim_next(project, None, by=ann)
        assert review.holder(held.item) == "Ann"
        review.release(held.item, by=ann)
        assert review.holder(held.item) == ""


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_eight_people_who_ask_at_once_hold_eight_documents(self, project):
        a_queue(project, *[0.1] * 8)
        people = [a_member(project, Role.REVIEWER) for _ in range(8)]
        held = race(*[lambda person=person: review.claim_next(project, None, by=person) for person in people])
        assert len({one.item.pk for one in held}) == 8
        assert ReviewClaim.objects.count() == 8

    def test_of_two_people_who_take_over_one_expired_claim_one_gets_it(self, project, ann, ben):
        [item] = a_queue(project, 0.1)
        ReviewClaim.objects.create(item=item, by=a_member(project), expires_at=in_seconds(-1))
        held = race(lambda: review.claim(item, by=ann), lambda: review.claim(item, by=ben))
        assert sum(one is None for one in held) == 1

    def test_enter_twice_at_once_is_one_decision(self, project, ann):
        a_queue(project, 0.1)
        held = review.claim_next(project, None, by=ann)
        done = race(*[lambda: review.approve(held.item, token=held.claim.token, by=ann)] * 4)
        assert len({one.pk for one in done}) == 1
        assert Review.objects.count() == 1

    def test_a_decision_and_a_new_answer_at_once_never_approve_what_was_not_seen(self, project, ann):
        preset, document = a_version(project).preset, a_document(project)
        for seen, new in (("Invoice", "Letter"), ("Letter", "Invoice")) * 3:
            an_item(project, preset=preset, document=document, type=seen)
            held = review.claim_next(project, None, by=ann)
            version = a_version(project, preset=preset, provider_options={"type": new})
            job = a_run(project, by=ann, version=version, documents=[document]).jobs.get()
            done, _ran = race(
                lambda held=held: review.approve(held.item, token=held.claim.token, by=ann),
                lambda job=job: pipeline.run(job.pk),
            )
            item = ReviewItem.objects.get()
            if isinstance(done, Review):
                assert (item.status, item.final_type) == (State.APPROVED, seen)
                review.reopen(item, by=ann, comment="again")
            else:
                assert isinstance(done, review.StaleClaimError)
                assert (item.status, item.final_type) == (State.WAITING, None)


class TestSkipping:
    def test_what_is_skipped_goes_to_the_back_in_the_order_it_was_skipped(self, project, ann):
        items = a_queue(project, 0.1, 0.2, 0.3)
        seen = []
        for _ in range(5):
            held = review.claim_next(project, None, by=ann)
            seen.append(held.item)
            review.skip(held.item, by=ann)
        assert seen == [*items, items[0], items[1]]

    def test_what_one_person_skips_is_still_first_for_another(self, project, ann, ben):
        items = a_queue(project, 0.1, 0.2)
        review.skip(review.claim_next(project, None, by=ann).item, by=ann)
        assert review.claim_next(project, None, by=ben).item == items[0]

    def test_anothers_skip_does_not_change_the_order_of_mine(self, project, ann, ben):
        items = a_queue(project, 0.1, 0.2)
        review.skip(items[1], by=ann)
        review.skip(items[0], by=ann)
        review.skip(items[0], by=ben)
        assert review.claim_next(project, None, by=ann).item == items[1]

    def test_skipping_decides_nothing(self, project, ann):
        [item] = a_queue(project, 0.1)
        review.skip(item, by=ann)
        item.refresh_from_db()
        assert (item.status, Review.objects.count()) == (State.WAITING, 0)


class TestDeciding:
    @pytest.mark.parametrize("type_name", ["Invoice", None], ids=["a type", "no match"])
    def test_enter_confirms_what_the_machine_said(self, project, ann, type_name):
        item = an_item(project, type=type_name, confidence=0.7)
        held = review.claim(item, by=ann)
        done = review.approve(held.item, token=held.claim.token, by=ann, comment="sure")
        item.refresh_from_db()
        assert (item.status, item.final_type, item.effective_review) == (State.APPROVED, type_name, done)
        assert (done.result_seen, done.version_seen) == (item.current_result, item.job.version)
        assert (done.comment, done.status_before) == ("sure", State.WAITING)
        assert done.seconds >= 0

    def test_enter_asks_for_a_type_where_the_answer_was_not_scored(self, project, ann):
        held = review.claim(an_item(project, type=None, confidence=None), by=ann)
        with pytest.raises(review.TypeNeededError):
            review.approve(held.item, token=held.claim.token, by=ann)
        assert ReviewClaim.objects.filter(token=held.claim.token).exists()

    @pytest.mark.parametrize(
        ("machine", "person", "status"),
        [
            ({"type": "Invoice"}, "Letter", State.OVERRIDDEN),
            ({"type": "Invoice"}, None, State.OVERRIDDEN),
            ({"type": "Invoice"}, "Invoice", State.APPROVED),
            ({"type": None}, "Letter", State.OVERRIDDEN),
            ({"type": None}, None, State.APPROVED),
            ({"type": None, "confidence": None}, None, State.APPROVED),
            ({"type": None, "confidence": None}, "Letter", State.OVERRIDDEN),
        ],
    )
    def test_a_digit_or_n_approves_the_same_and_overrides_the_rest(self, ann, machine, person, status):
        item = an_item(ann.memberships.get().project, **machine)
        held = review.claim(item, by=ann)
        review.decide(held.item, person, token=held.claim.token, by=ann)
        item.refresh_from_db()
        assert (item.status, item.final_type) == (status, person)

    def test_a_type_outside_the_version_is_refused(self, project, ann):
        held = review.claim(an_item(project), by=ann)
        with pytest.raises(ValueError, match="not a type"):
            review.decide(held.item, "Spaceship", token=held.claim.token, by=ann)

    def test_the_same_token_twice_is_one_decision(self, project, ann):
        held = review.claim(an_item(project), by=ann)
        first = review.approve(held.item, token=held.claim.token, by=ann)
        assert review.decide(held.item, "Letter", token=held.claim.token, by=ann) == first
        assert Review.objects.count() == 1

    def test_a_token_decides_only_its_own_document(self, project, ann):
        [one, other] = a_queue(project, 0.1, 0.2)
        token = review.claim(one, by=ann).claim.token
        with pytest.raises(review.StaleClaimError):
            review.approve(review.load(other.pk), token=token, by=ann)
        review.approve(review.load(one.pk), token=token, by=ann)
        with pytest.raises(review.StaleClaimError):
            review.approve(review.load(other.pk), token=token, by=ann)

    def test_a_token_is_no_use_to_anybody_else(self, project, ann, ben):
        held = review.claim(an_item(project), by=ann)
        with pytest.raises(review.StaleClaimError):
            review.approve(held.item, token=held.claim.token, by=ben)
        review.approve(held.item, token=held.claim.token, by=ann)
        with pytest.raises(review.StaleClaimError):
            review.approve(held.item, token=held.claim.token, by=ben)

    def test_an_invented_token_decides_nothing(self, project, ann):
        item = an_item(project)
        with pytest.raises(review.StaleClaimError):
            review.approve(review.load(item.pk), token=uuid.uuid4(), by=ann)
        assert not Review.objects.exists()

    def test_what_was_decided_is_reopened_before_it_is_decided_again(self, project, ann, ben):
        item = an_item(project)
        first = review.claim(item, by=ann)
        review.approve(first.item, token=first.claim.token, by=ann)
        second = review.claim(item, by=ben)
        with pytest.raises(review.StaleClaimError):
            review.decide(second.item, "Letter", token=second.claim.token, by=ben)

    def test_a_comment_from_anywhere_is_cleaned_and_cut(self, project, ann):
        held = review.claim(an_item(project), by=ann)
        done = review.approve(held.item, token=held.claim.token, by=ann, comment="a\x00\ud800" + "x" * 2000)
        done.refresh_from_db()
        assert done.comment.startswith("a\ufffd\ufffdx")
        assert len(done.comment) == 1000

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.characters(exclude_categories=()), max_size=1200))
    def test_whatever_somebody_writes_is_kept_with_the_decision(self, project, ann, text):
        held = review.claim(an_item(project, by=ann), by=ann)
        review.escalate(held.item, token=held.claim.token, by=ann, comment=text)
        item = ReviewItem.objects.get(pk=held.item.pk)
        assert item.effective_review.comment[:500] == item.note
        assert len(item.effective_review.comment) == min(len(text), 1000)

    def test_a_document_the_machine_could_not_read_can_be_decided(self, project, ann):
        document = a_document(project, content=b"", media_type="application/pdf")
        job = a_run(project, version=a_version(project, provider="local"), documents=[document]).jobs.get()
        pipeline.run(job.pk)
        item = review.open_item(job)
        assert (item.status, review.claim_next(project, None, by=ann)) == (State.SET_ASIDE, None)
        held = review.claim(item, by=ann)
        review.decide(held.item, "Letter", token=held.claim.token, by=ann)
        item.refresh_from_db()
        assert (item.status, item.final_type) == (State.OVERRIDDEN, "Letter")


class TestMovingOut:
    def test_what_is_escalated_stays_in_the_queue_with_its_question(self, project, ann, ben):
        [item] = a_queue(project, 0.1)
        held = review.claim(item, by=ann)
        review.escalate(held.item, token=held.claim.token, by=ann, comment="which one is it?")
        item.refresh_from_db()
        assert (item.status, item.note) == (State.ESCALATED, "which one is it?")
        assert review.claim_next(project, None, by=ben).item == item

    def test_what_i_escalate_comes_last_for_me(self, project, ann):
        items = a_queue(project, 0.1, 0.2)
        held = review.claim_next(project, None, by=ann)
        review.escalate(held.item, token=held.claim.token, by=ann, comment="?")
        assert review.claim_next(project, None, by=ann).item == items[1]
        approve_next(project, by=ann)
        assert review.claim_next(project, None, by=ann).item == items[0]

    def test_what_is_set_aside_leaves_the_queue(self, project, ann):
        [item] = a_queue(project, 0.1)
        held = review.claim(item, by=ann)
        review.set_aside(held.item, token=held.claim.token, by=ann, comment="two documents in one")
        item.refresh_from_db()
        assert (item.status, item.note, item.final_type) == (State.SET_ASIDE, "two documents in one", None)
        assert review.claim_next(project, None, by=ann) is None


class TestUndo:
    def test_the_last_twenty_are_taken_back_one_by_one_and_no_more(self, project, ann):
        items = a_queue(project, *[n / 100 for n in range(22)])
        assert [approve_next(project, by=ann) for _ in items] == items
        taken_back = []
        for _ in range(review.UNDO_LIMIT):
            held = review.undo(project, by=ann)
            taken_back.append(held.item)
            assert held.item.status == State.WAITING
            review.release(held.item, by=ann)
        assert taken_back == items[:1:-1]
        with pytest.raises(review.NothingToUndoError):
            review.undo(project, by=ann)
        assert ReviewItem.objects.filter(status=State.APPROVED).count() == 2

    def test_what_is_taken_back_is_held_again_under_a_new_token(self, project, ann):
        a_queue(project, 0.1)
        first = review.claim_next(project, None, by=ann)
        review.approve(first.item, token=first.claim.token, by=ann)
        held = review.undo(project, by=ann)
        assert held.claim.token != first.claim.token
        with pytest.raises(review.StaleClaimError):
            review.approve(first.item, token=first.claim.token, by=ann)
        review.decide(held.item, "Letter", token=held.claim.token, by=ann)
        item = ReviewItem.objects.get()
        assert (item.status, item.final_type) == (State.OVERRIDDEN, "Letter")
        assert Review.objects.filter(undone_at__isnull=False).count() == 1

    def test_nobody_takes_back_what_somebody_decided_after_them(self, project, ann, ben):
        item = an_item(project)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        review.reopen(item, by=ben, comment="look again")
        with pytest.raises(review.NothingToUndoError):
            review.undo(project, by=ann)

    def test_a_decision_on_an_escalated_document_taken_back_shows_the_question_again(self, project, ann, ben):
        item = an_item(project)
        held = review.claim(item, by=ann)
        review.escalate(held.item, token=held.claim.token, by=ann, comment="which?")
        held = review.claim(item, by=ben)
        review.decide(held.item, "Letter", token=held.claim.token, by=ben)
        held = review.undo(project, by=ben)
        assert (held.item.status, held.item.note) == (State.ESCALATED, "which?")
        assert held.item.effective_review.decision == "escalate"

    def test_a_reopening_is_not_taken_back(self, project, ann):
        item = an_item(project)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        review.reopen(item, by=ann, comment="look again")
        with pytest.raises(review.NothingToUndoError):
            review.undo(project, by=ann)

    def test_nothing_is_taken_back_of_a_document_that_was_erased(self, project, ann):
        held = review.claim(an_item(project), by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        erasure.erase_document(held.item.document, by=ann)
        with pytest.raises(review.NothingToUndoError):
            review.undo(project, by=ann)
        assert ReviewItem.objects.get().status == State.APPROVED

    def test_another_projects_decisions_are_not_taken_back(self, project, ann):
        held = review.claim(an_item(project), by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        with pytest.raises(review.NothingToUndoError):
            review.undo(a_project(), by=ann)


class TestReopening:
    def test_a_decided_document_waits_again_with_the_reason_and_its_history(self, project, ann, ben):
        item = an_item(project)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        review.reopen(item, by=ben, comment="the total is missing")
        item.refresh_from_db()
        assert (item.status, item.why, item.note) == (State.WAITING, "reopened", "the total is missing")
        assert item.final_type is None
        assert [one.decision for one in item.reviews.order_by("pk")] == ["approve", "reopen"]
        assert AuditEvent.objects.filter(verb="review.reopened", object_uid=str(item.uid)).exists()

    def test_reopening_twice_is_reopening_once(self, project, ann):
        item = an_item(project, policy={"auto_approve_at": 0.5})
        review.reopen(item, by=ann, comment="one")
        with pytest.raises(review.StaleClaimError):
            review.reopen(item, by=ann, comment="two")
        assert Review.objects.count() == 1

    def test_an_erased_document_is_not_reopened(self, project, ann):
        item = an_item(project, policy={"auto_approve_at": 0.5})
        erasure.erase_document(item.document, by=ann)
        with pytest.raises(review.StaleClaimError):
            review.reopen(item, by=ann, comment="one")

    def test_a_later_answer_does_not_let_a_reopened_document_pass(self, project, ann):
        document = a_document(project)
        item = an_item(project, document=document, policy={"auto_approve_at": 0.5})
        review.reopen(item, by=ann, comment="look")
        an_item(project, document=document, preset=item.preset, policy={"auto_approve_at": 0.5})
        item.refresh_from_db()
        assert (item.status, item.why) == (State.WAITING, "reopened")


class TestLaterRuns:
    @pytest.fixture
    def decided(self, project, ann):
        item = an_item(project, type="Invoice")
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        return item

    def test_a_different_answer_is_flagged_and_changes_nothing(self, project, decided):
        an_item(project, document=decided.document, preset=decided.preset, type="Letter")
        decided.refresh_from_db()
        assert (decided.status, decided.final_type, decided.why) == (State.APPROVED, "Invoice", "differs")
        assert decided.current_result.type == "Letter"

    def test_the_same_answer_takes_the_flag_away_again(self, project, decided):
        for name in ("Letter", "Invoice"):
            an_item(project, document=decided.document, preset=decided.preset, type=name)
        decided.refresh_from_db()
        assert decided.why == ""

    @pytest.mark.parametrize("verb", [review.escalate, review.set_aside])
    def test_what_a_person_moved_out_of_the_way_stays_there(self, project, ann, verb):
        item = an_item(project)
        held = review.claim(item, by=ann)
        verb(held.item, token=held.claim.token, by=ann, comment="why")
        before = ReviewItem.objects.get().status
        an_item(project, document=item.document, preset=item.preset, policy={"auto_approve_at": 0.1})
        item.refresh_from_db()
        assert (item.status, item.note) == (before, "why")

    def test_a_reviewer_who_looks_at_the_old_answer_is_told_and_decides_nothing(self, project, ann):
        item = an_item(project, type="Invoice")
        held = review.claim(item, by=ann)
        an_item(project, document=item.document, preset=item.preset, type="Letter")
        with pytest.raises(review.StaleClaimError):
            review.approve(held.item, token=held.claim.token, by=ann)
        item.refresh_from_db()
        assert item.status == State.WAITING

    def test_a_later_failure_leaves_the_earlier_answer(self, project):
        item = an_item(project, type="Invoice")
        version = a_version(project, preset=item.preset, provider_options={"error": "rejected"})
        job = a_run(project, version=version, documents=[item.document]).jobs.get()
        pipeline.run(job.pk)
        item.refresh_from_db()
        assert (item.status, item.current_result.type) == (State.WAITING, "Invoice")

    def test_a_document_that_could_not_be_read_is_decided_under_the_newest_version(self, project):
        preset, document = a_version(project).preset, a_document(project)
        for _ in range(2):
            version = a_version(project, preset=preset, provider_options={"error": "rejected"})
            job = a_run(project, version=version, documents=[document]).jobs.get()
            pipeline.run(job.pk)
        assert ReviewItem.objects.get().job == job

    def test_the_machines_later_success_brings_a_failed_document_into_the_queue(self, project):
        preset, document = a_version(project).preset, a_document(project)
        version = a_version(project, preset=preset, provider_options={"error": "rejected"})
        pipeline.run(a_run(project, version=version, documents=[document]).jobs.get().pk)
        assert an_item(project, document=document, preset=preset).status == State.WAITING


class TestHeldAnswers:
    HOLD = {"hold": True}

    def client_states(self) -> list[tuple[str, bool]]:
        return [(job.client_status, job.released_at is not None) for job in Job.objects.order_by("pk")]

    def test_a_client_sees_the_answer_once_a_person_has_decided(self, project, ann):
        item = an_item(project, policy=self.HOLD)
        assert self.client_states() == [(Status.RUNNING, False)]
        held = review.claim(item, by=ann)
        review.decide(held.item, "Letter", token=held.claim.token, by=ann)
        assert self.client_states() == [(Status.COMPLETED, True)]

    @pytest.mark.parametrize("verb", [review.escalate, review.set_aside])
    def test_moving_it_out_of_the_way_releases_nothing(self, project, ann, verb):
        item = an_item(project, policy=self.HOLD)
        held = review.claim(item, by=ann)
        verb(held.item, token=held.claim.token, by=ann, comment="why")
        assert self.client_states() == [(Status.RUNNING, False)]

    def test_one_decision_releases_the_answers_of_all_runs(self, project, ann):
        item = an_item(project, policy=self.HOLD)
        an_item(project, document=item.document, preset=item.preset, policy=self.HOLD)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        assert self.client_states() == [(Status.COMPLETED, True)] * 2

    def test_another_presets_answer_stays_held(self, project, ann):
        item = an_item(project, policy=self.HOLD)
        an_item(project, document=item.document, policy=self.HOLD)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        assert self.client_states() == [(Status.COMPLETED, True), (Status.RUNNING, False)]

    def test_an_answer_for_what_is_decided_already_is_not_held(self, project, ann):
        item = an_item(project)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        an_item(project, document=item.document, preset=item.preset, policy=self.HOLD)
        assert self.client_states() == [(Status.COMPLETED, True)] * 2

    def test_what_passes_by_itself_is_not_held(self, project):
        an_item(project, policy={"hold": True, "auto_approve_at": 0.5})
        assert self.client_states() == [(Status.COMPLETED, True)]

    def test_taking_a_decision_back_does_not_hide_what_a_client_has_seen(self, project, ann):
        held = review.claim(an_item(project, policy=self.HOLD), by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
        review.undo(project, by=ann)
        assert self.client_states() == [(Status.COMPLETED, True)]


def test_the_rank_follows_the_state_in_the_database_itself(project):
    item = an_item(project, confidence=0.25)
    assert ReviewItem.objects.get().rank == 250
    ReviewItem.objects.update(status=State.SET_ASIDE)
    item.refresh_from_db()
    assert item.rank is None
    ReviewItem.objects.update(status=State.ESCALATED)
    assert list(review.waiting(project)) == [item]

"""Home in numbers: what waits and why, what runs, what I did today, and the first steps of a new desk."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifyhub.accounts.models import Role
from classifyhub.clock import in_seconds
from jobs import overview, pipeline, review, runs, workforce
from jobs.models import Job, Reason, Review, ReviewItem, Run, Status, WorkerBeat
from rules.models import Preset
from tests.support.factories import a_job, a_member, a_project, a_run, a_version, an_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def ann(project):
    return a_member(project, Role.ADMIN)


class TestWaiting:
    def test_each_preset_with_something_to_decide_is_a_line_the_fullest_first(self, project):
        small, large, _quiet = (a_version(project).preset for _ in range(3))
        for preset in (small, large, large):
            an_item(project, preset=preset)
        an_item(a_project())
        assert [(line.preset, line.count) for line in overview.waiting(project)] == [(large, 2), (small, 1)]

    def test_the_reasons_are_told_the_most_frequent_first(self, project):
        preset = a_version(project).preset
        policy = {"auto_approve_at": 0.8}
        for confidence in (0.5, 0.6):
            an_item(project, preset=preset, policy=policy, confidence=confidence)
        an_item(project, preset=preset, policy=policy, type=None)
        [line] = overview.waiting(project)
        assert line.whys == "2 below 80%, 1 no match"

    @pytest.mark.parametrize("why", [*ReviewItem.Why.values, ""])
    def test_every_reason_has_its_words(self, project, why):
        an_item(project)
        ReviewItem.objects.update(why=why)
        [line] = overview.waiting(project)
        assert line.whys.startswith("1 ")

    def test_a_long_queue_is_not_counted_to_its_end(self, project, monkeypatch):
        monkeypatch.setattr(overview, "COUNT_LIMIT", 2)
        preset = a_version(project).preset
        for _ in range(3):
            an_item(project, preset=preset)
        [line] = overview.waiting(project)
        assert (line.count, line.is_capped, line.whys) == (2, True, "2 to confirm")

    def test_presets_with_nothing_to_decide_cost_nothing(self, project):
        an_item(project)
        with CaptureQueriesContext(connection) as few:
            overview.waiting(project)
        for _ in range(10):
            a_version(project)
        with CaptureQueriesContext(connection) as many:
            overview.waiting(project)
        assert len(few) == len(many)

    def test_an_archived_preset_is_listed_while_documents_wait_under_it(self, project):
        item = an_item(project)
        Preset.objects.update(archived_at=item.created_at)
        assert [line.preset for line in overview.waiting(project)] == [item.preset]


class TestRuns:
    def test_live_ones_and_those_that_ended_today_are_told_apart(self, project, ann):
        live, done, old = (a_run(project, by=ann) for _ in range(3))
        for run in (done, old):
            pipeline.run(run.jobs.get().pk)
        Run.objects.filter(pk=old.pk).update(finished_at=in_seconds(-86_400))
        a_run(project, by=ann, source=Run.Source.TRY)
        assert [row.run for row in overview.live_runs(project)] == [live]
        [row] = overview.finished_today(project)
        assert (row.run, row.counts.completed, row.counts.waiting) == (done, 1, 1)

    def test_any_number_of_runs_is_counted_in_one_query(self, project, ann):
        for _ in range(5):
            a_run(project, by=ann)
        found = list(Run.objects.all())
        with CaptureQueriesContext(connection) as queries:
            rows = overview.run_rows(found)
        assert (len(rows), len(queries)) == (5, 1)

    def test_a_run_without_documents_has_counts_of_nothing(self, project):
        [row] = overview.run_rows([a_run(project, documents=0)])
        assert row.counts == runs.Counts()


class TestMyDay:
    def decide(self, project, by, *, type_name):
        held = review.claim(an_item(project, type="Invoice"), by=by)
        return review.decide(held.item, type_name, token=held.claim.token, by=by)

    def test_it_counts_what_i_decided_today_and_what_i_took_back_not(self, project, ann):
        for name in ("Invoice", "Letter", "Letter"):
            self.decide(project, ann, type_name=name)
        self.decide(project, a_member(project), type_name="Letter")
        yesterday = self.decide(project, ann, type_name="Letter")
        Review.objects.filter(pk=yesterday.pk).update(at=in_seconds(-2 * 86_400))
        self.decide(project, ann, type_name="Invoice")
        review.undo(project, by=ann)
        day = overview.my_day(project, by=ann)
        assert (day.decided, day.overridden) == (3, 2)
        assert day.median_seconds >= 0

    def test_a_day_without_a_decision_has_no_median(self, project, ann):
        assert overview.my_day(project, by=ann) == overview.MyDay(decided=0, overridden=0, median_seconds=None)


def test_the_first_steps_are_done_as_their_traces_appear(project, ann):
    def done() -> list[bool]:
        return [step.is_done for step in overview.first_steps(project, by=ann)]

    assert done() == [False] * 5
    type(project).objects.filter(pk=a_project().pk).update(is_sample=True)
    preset = a_version(project).preset
    a_version(project, preset=preset)
    for _ in range(10):
        item = an_item(project, by=ann, preset=preset)
        held = review.claim(item, by=ann)
        review.approve(held.item, token=held.claim.token, by=ann)
    a_member(project)
    assert done() == [True] * 5


class TestWorkforce:
    def test_a_crew_is_what_was_seen_within_half_a_minute(self):
        WorkerBeat.objects.create(name="a", queue="local", busy=1, capacity=2)
        WorkerBeat.objects.create(name="b", queue="local", busy=2, capacity=2)
        gone = WorkerBeat.objects.create(name="c", queue="call", busy=1, capacity=8)
        WorkerBeat.objects.filter(pk=gone.pk).update(seen_at=in_seconds(-workforce.ALIVE_SECONDS - 1))
        local, call = workforce.crews()
        assert (local.workers, local.busy, local.capacity, local.is_missing) == (2, 3, 4, False)
        assert (call.workers, call.is_missing, call.seen_at is None) == (0, True, False)

    def test_nobody_was_ever_seen_on_a_new_desk(self):
        assert [crew.seen_at for crew in workforce.crews()] == [None, None]
        assert workforce.clock_seen_at() is None

    def test_stuck_is_what_has_been_due_for_five_minutes(self, project):
        late, fresh, lost = (a_job(project) for _ in range(3))
        Job.objects.filter(pk__in=[late.pk, lost.pk]).update(next_action_at=in_seconds(-400))
        Job.objects.filter(pk=lost.pk).update(
            status=Status.RUNNING, client_status=Status.RUNNING, started_at=in_seconds(-500)
        )
        a_job()
        assert list(workforce.unclaimed(project)) == [late]
        assert list(workforce.overdue(project)) == [lost]
        assert fresh.status == Status.PENDING

    def test_an_unknown_outcome_is_listed_in_its_own_project(self, project):
        for job in (a_job(project), a_job()):
            claimed = pipeline.states.claim(job.pk, worker="w", lease_seconds=9)
            pipeline.states.fail(claimed, reason=Reason.OUTCOME_UNKNOWN)
        assert workforce.outcome_unknown(project).count() == 1

    def test_the_disk_has_room(self):
        assert workforce.disk_free() > 0

"""The state machine: every pair of states, the fence, the races, and what the database refuses."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from classifyhub.clock import in_seconds
from jobs import states
from jobs.models import Job, JobEvent, Reason, Status
from tests.support.factories import a_job, a_member, a_project, a_run
from tests.support.races import race

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def put(job: Job, status: str) -> Job:
    """Bring a PENDING job into ``status`` by legal moves."""
    if status == Status.CANCELLED:
        states.cancel(job, by=None)
    elif status != Status.PENDING:
        job = states.claim(job.pk, worker="w", lease_seconds=60)
        if status == Status.COMPLETED:
            states.complete(job, held=False)
        elif status == Status.FAILED:
            states.fail(job, reason=Reason.UNREADABLE)
    job.refresh_from_db()
    return job


ATTEMPTED = {
    Status.RUNNING: lambda job: (
        states.claim(job.pk, worker="w", lease_seconds=60) or (_ for _ in ()).throw(states.LostRaceError)
    ),
    Status.COMPLETED: lambda job: states.complete(job, held=False),
    Status.FAILED: lambda job: states.fail(job, reason=Reason.UNREADABLE),
    Status.CANCELLED: lambda job: states.cancel(job, by=None),
}


@pytest.mark.parametrize(("start", "end"), list(product(Status.values, ATTEMPTED)))
def test_only_the_drawn_moves_are_possible(start, end):
    job = put(a_job(), start)
    if (start, end) in states.MOVES:
        ATTEMPTED[end](job)
        job.refresh_from_db()
        assert job.status == end
    else:
        with pytest.raises(states.LostRaceError):
            ATTEMPTED[end](job)
        job.refresh_from_db()
        assert job.status == start


@pytest.mark.parametrize("start", Status.values)
def test_only_a_running_job_is_postponed(start):
    job = put(a_job(), start)
    if start == Status.RUNNING:
        assert states.postpone(job, reason=Reason.UNAVAILABLE) == Status.PENDING
    else:
        with pytest.raises(states.LostRaceError):
            states.postpone(job, reason=Reason.UNAVAILABLE)


@pytest.mark.parametrize("start", Status.values)
def test_only_a_failed_job_is_retried_and_under_the_next_submission_number(start):
    job = put(a_job(), start)
    by = a_member(job.project)
    if start == Status.FAILED:
        states.retry(job, by=by)
        job.refresh_from_db()
        assert (job.status, job.submission_number, job.finished_at) == (Status.PENDING, 2, None)
    else:
        with pytest.raises(states.LostRaceError):
            states.retry(job, by=by)


def test_each_move_leaves_one_event():
    job = put(a_job(), Status.COMPLETED)
    moves = list(JobEvent.objects.filter(job=job).values_list("from_status", "to_status"))
    assert moves == [("", "PENDING"), ("PENDING", "RUNNING"), ("RUNNING", "COMPLETED")]


def test_a_late_answer_is_fenced_off_by_the_attempt():
    job = a_job()
    first = states.claim(job.pk, worker="slow", lease_seconds=60)
    states.postpone(states.Job.objects.get(pk=job.pk), reason=Reason.WORKER_LOST)
    Job.objects.filter(pk=job.pk).update(next_action_at=Now())
    second = states.claim(job.pk, worker="fast", lease_seconds=60)
    with pytest.raises(states.LostRaceError):
        states.complete(first, held=False)
    states.complete(second, held=False)
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Status.COMPLETED, 2)


def test_a_job_that_is_not_due_is_not_claimed():
    job = a_job()
    Job.objects.filter(pk=job.pk).update(next_action_at=in_seconds(60))
    assert states.claim(job.pk, worker="w", lease_seconds=60) is None


def test_a_transient_failure_is_tried_five_times_and_then_fails():
    job = a_job()
    seen = []
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(next_action_at=Now())
        claimed = states.claim(job.pk, worker="w", lease_seconds=60)
        seen.append(states.postpone(claimed, reason=Reason.UNAVAILABLE, message="503"))
    assert seen == [Status.PENDING] * 4 + [Status.FAILED]
    job.refresh_from_db()
    assert (job.reason, job.error_message) == (Reason.UNAVAILABLE, "503")


def test_a_retry_brings_a_fresh_allowance_of_attempts():
    job = put(a_job(), Status.FAILED)
    states.retry(job, by=a_member(job.project))
    job.refresh_from_db()
    assert job.attempt_limit - job.attempt == states.ATTEMPTS - 1


def test_retry_after_wins_over_the_back_off_when_it_is_longer():
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)
    states.postpone(job, reason=Reason.RATE_LIMITED, retry_after=50)
    assert Job.objects.filter(pk=job.pk, next_action_at__gt=in_seconds(40)).exists()


def test_a_held_answer_stays_running_for_clients_until_it_is_released():
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)
    states.complete(job, held=True)
    job.refresh_from_db()
    assert (job.status, job.client_status, job.released_at) == (Status.COMPLETED, Status.RUNNING, None)
    states.release([job.pk])
    job.refresh_from_db()
    assert (job.client_status, job.released_at is None) == (Status.COMPLETED, False)


def test_a_lease_that_was_given_up_cannot_be_renewed_or_handed_over():
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)
    states.renew(job, lease_seconds=60)
    states.cancel(Job.objects.get(pk=job.pk), by=None)
    with pytest.raises(states.LostRaceError):
        states.renew(job, lease_seconds=60)
    with pytest.raises(states.LostRaceError):
        states.hand_over(job)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.COMPLETED, "client_status": Status.COMPLETED},
        {"finished_at": Now()},
        {"next_action_at": None},
        {"lease_until": Now()},
        {"status": "DONE", "client_status": "DONE"},
        {"client_status": Status.RUNNING},
        {"attempt": 0},
    ],
    ids=[
        "final without end",
        "end without final",
        "no due time",
        "lease while queued",
        "unknown",
        "client ahead",
        "no attempt",
    ],
)
def test_the_database_refuses_a_state_that_lies(fields):
    job = a_job()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**fields)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_claim_at_once_one_gets_the_job():
    job = a_job()
    outcomes = race(*[lambda n=n: states.claim(job.pk, worker=f"w{n}", lease_seconds=60) for n in range(8)])
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 1
    assert sum(outcome is None for outcome in outcomes) == 7
    assert JobEvent.objects.filter(job=job, to_status=Status.RUNNING).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_cancel_at_once_leave_one_of_the_two():
    project = a_project()
    by = a_member(project)
    for _ in range(5):
        job = states.claim(a_job(project, by=by).pk, worker="w", lease_seconds=60)
        other = Job.objects.get(pk=job.pk)
        outcomes = race(
            lambda job=job: states.complete(job, held=False), lambda other=other: states.cancel(other, by=by)
        )
        assert sum(isinstance(outcome, states.LostRaceError) for outcome in outcomes) == 1
        job.refresh_from_db()
        assert job.status in (Status.COMPLETED, Status.CANCELLED)
        assert JobEvent.objects.filter(job=job, to_status__in=(Status.COMPLETED, Status.CANCELLED)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_cancel_reaches_a_job_that_a_worker_takes_at_that_moment():
    project = a_project()
    by = a_member(project)
    for _ in range(5):
        job = a_job(project, by=by)
        race(
            lambda job=job: states.claim(job.pk, worker="w", lease_seconds=60),
            lambda job=job: states.cancel(job, by=by),
        )
        job.refresh_from_db()
        assert job.status == Status.CANCELLED


def test_a_cancel_reaches_a_job_that_was_taken_since_it_was_looked_at():
    job = a_job()
    states.claim(job.pk, worker="w", lease_seconds=60)
    states.cancel(job, by=None)
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_a_cancel_of_a_job_that_is_gone_has_lost_the_race():
    job = a_job()
    Job.objects.filter(pk=job.pk).delete()
    with pytest.raises(states.LostRaceError):
        states.cancel(job, by=None)


def test_a_postponed_job_is_sent_again_when_it_is_due_and_not_a_minute_after_its_last_message():
    job = a_job()
    Job.objects.filter(pk=job.pk).update(enqueued_at=Now())
    states.postpone(states.claim(job.pk, worker="w", lease_seconds=60), reason=Reason.UNAVAILABLE)
    job.refresh_from_db()
    assert job.enqueued_at is None


def test_a_job_of_unknown_outcome_goes_on_where_it_was_and_under_the_same_attempt():
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)
    states.fail(job, reason=Reason.OUTCOME_UNKNOWN)
    states.resume(job)
    job.refresh_from_db()
    assert (job.status, job.attempt, job.submission_number, job.finished_at) == (Status.RUNNING, 1, 1, None)


def test_only_a_job_of_unknown_outcome_goes_on_where_it_was():
    job = states.claim(a_job().pk, worker="w", lease_seconds=60)
    states.fail(job, reason=Reason.REJECTED)
    with pytest.raises(states.LostRaceError):
        states.resume(job)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_take_groups_at_once_share_no_job():
    run = a_run(a_project(), documents=12)
    firsts = [states.claim(job.pk, worker="w", lease_seconds=60) for job in run.jobs.order_by("pk")[:2]]
    groups = race(*[lambda first=first: states.claim_like(first, most=8, worker="w") for first in firsts])
    keys = [job.pk for group in groups for job in group]
    assert len(keys) == len(set(keys)) == 10
    assert Job.objects.filter(status=Status.RUNNING).count() == 12
    assert all(job.status == Status.RUNNING and job.started_at for group in groups for job in group)
    claimed = JobEvent.objects.filter(from_status=Status.PENDING, to_status=Status.RUNNING)
    assert claimed.values("job").distinct().count() == claimed.count() == 12


def test_a_group_is_taken_in_a_handful_of_statements():
    first, *others = a_run(a_project(), documents=30).jobs.order_by("pk")
    job = states.claim(first.pk, worker="w", lease_seconds=60)
    with CaptureQueriesContext(connection) as queries:
        taken = states.claim_like(job, most=500, worker="w")
    assert [one.pk for one in taken] == [one.pk for one in others]
    assert len(queries) <= 9, [one["sql"][:80] for one in queries]
    job.refresh_from_db()
    assert {one.lease_until for one in taken} == {job.lease_until}

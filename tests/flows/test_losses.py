"""What a power cut, a lost broker and a second worker do to a run: nothing that people see. Every document is answered,
and none twice."""

from __future__ import annotations

import os
import signal
import time

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub.celery import app
from classifyhub.clock import in_seconds
from jobs import sweeper, tasks
from jobs.models import Document, Job, JobEvent, Result, Run, Status
from tests.hostile_files import plain_pdf
from tests.support.clerk import Clerk, wait_until, wait_until_done
from tests.support.workers import Worker

MANY = 40
LONG_AGO = sweeper.MESSAGE_LOST_SECONDS + 200


@pytest.fixture
def clerk(transactional_db) -> Clerk:
    return Clerk()


def launch_unchecked(clerk: Clerk) -> Run:
    """Forty documents of six pages, so that a worker is caught in the middle of them. Nobody looks into them first:
    whoever works has this run to work on."""
    files = {f"{number:02}.pdf": plain_pdf(6) + b"%%%d" % number for number in range(MANY)}
    run = clerk.launch(clerk.upload(files))
    app.control.purge()
    return run


def wait_until_in_the_middle(run: Run) -> None:
    wait_until(lambda: run.jobs.filter(status=Status.COMPLETED).count() >= 3, what="the first answers")


def kill_at_work(worker: Worker, run: Run) -> QuerySet[Job]:
    """End the worker as a power cut does, at a moment when it has a document in its hands; the jobs it leaves so."""
    in_hands = run.jobs.filter(status=Status.RUNNING)
    while True:
        os.killpg(worker.pid, signal.SIGSTOP)
        if in_hands.exists():
            break
        os.killpg(worker.pid, signal.SIGCONT)
        time.sleep(0.02)
    worker.kill()
    return in_hands


def let_time_pass(seconds: int) -> None:
    """As if everything had happened that much longer ago: leases have run out, messages count as lost."""
    ago = in_seconds(-seconds)
    Job.objects.open().filter(enqueued_at__isnull=False).update(enqueued_at=ago)
    Job.objects.filter(status=Status.RUNNING).update(lease_until=ago, next_action_at=ago)
    Document.objects.filter(check_state=Document.Check.PENDING).update(created_at=ago)


def assert_each_was_answered_once(run: Run) -> None:
    jobs = run.jobs.all()
    assert {job.status for job in jobs} == {Status.COMPLETED}
    assert Result.objects.filter(job__run=run).count() == len(jobs) == MANY
    endings = JobEvent.objects.filter(job__run=run, to_status__in=(Status.COMPLETED, Status.FAILED))
    assert endings.count() == MANY


def test_a_run_survives_the_death_of_its_worker(clerk, start_worker):
    run = launch_unchecked(clerk)
    call, local = start_worker("call", is_awaited=False), start_worker("local")
    call.wait_until_ready()
    tasks.send(tasks.dispatch, run.pk)
    wait_until_in_the_middle(run)
    caught = {job.pk for job in kill_at_work(local, run)}
    answered = set(run.jobs.filter(status=Status.COMPLETED).values_list("pk", "finished_at"))
    assert len(answered) + len(caught) < MANY

    let_time_pass(LONG_AGO)
    start_worker("local")
    tasks.send(tasks.sweep)
    lost = JobEvent.objects.filter(job__in=caught, reason="worker_lost")
    wait_until(lambda: lost.count() == len(caught), what="a sweep that finds the lost ones")
    Job.objects.filter(pk__in=caught).update(next_action_at=Now())
    tasks.send(tasks.sweep)
    wait_until_done(run)
    assert_each_was_answered_once(run)
    assert {job.pk for job in run.jobs.filter(attempt__gt=1)} == caught
    assert answered <= set(run.jobs.values_list("pk", "finished_at"))


@pytest.mark.long
def test_what_the_broker_forgets_the_sweeper_sends_again(clerk, start_worker):
    run = launch_unchecked(clerk)
    start_worker("local")
    start_worker("call", with_clock=True)
    tasks.send(tasks.dispatch, run.pk)
    wait_until_in_the_middle(run)
    staged = clerk.upload({"letter.txt": b"Dear Sir", "bill.pdf": plain_pdf()})
    app.control.purge()
    assert run.jobs.open().count() > MANY // 2
    assert staged.documents.filter(check_state=Document.Check.PENDING).exists()

    let_time_pass(LONG_AGO)
    wait_until_done(run)
    assert_each_was_answered_once(run)
    assert not run.jobs.filter(attempt__gt=2).exists()
    wait_until(lambda: not staged.documents.filter(check_state=Document.Check.PENDING).exists(), what="the checks")


def test_two_workers_share_a_run_and_never_a_document(clerk, start_worker):
    run = launch_unchecked(clerk)
    for worker in [start_worker(queue, is_awaited=False) for queue in ("local", "local", "call")]:
        worker.wait_until_ready()
    tasks.send(tasks.dispatch, run.pk)
    wait_until_done(run)
    assert_each_was_answered_once(run)
    assert JobEvent.objects.filter(job__run=run, to_status=Status.RUNNING).count() == MANY
    assert run.jobs.values("worker").distinct().count() == 2


@pytest.mark.long
def test_after_a_death_the_run_ends_in_its_own_time(clerk, start_worker):
    """The same without a hand on the clock: leases run out and messages come back when they do."""
    run = launch_unchecked(clerk)
    start_worker("call", with_clock=True)
    local = start_worker("local", concurrency=2)
    tasks.send(tasks.dispatch, run.pk)
    wait_until_in_the_middle(run)
    kill_at_work(local, run)
    start_worker("local")
    wait_until(lambda: not run.jobs.open().exists(), what="the end of the run", seconds=400)
    wait_until_done(run)
    assert_each_was_answered_once(run)

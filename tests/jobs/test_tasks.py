"""Messages: they only say "look at this", may be lost or doubled, and a broker that is away breaks nothing."""

from __future__ import annotations

import kombu
import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from classifyhub.celery import app
from classifyhub.clock import in_seconds
from jobs import checks, pipeline, tasks
from jobs.models import Job, Status, WorkerBeat
from tests.support.factories import a_job, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def _empty_queues():
    app.control.purge()
    yield
    app.control.purge()


@pytest.fixture
def broker_away(monkeypatch):
    refused = []

    def publish(*args, **options):
        refused.append(args)
        raise OperationalError

    monkeypatch.setattr(kombu.Producer, "publish", publish)
    return refused


def messages(queue: str) -> int:
    with app.connection_for_read() as connection:
        return connection.default_channel._size(queue)


class TestDispatching:
    def test_every_queued_document_is_a_message_once(self, monkeypatch):
        monkeypatch.setattr(tasks, "DISPATCHED_AT_ONCE", 2)
        run = a_run(a_project(), documents=5)
        for _ in range(2):
            tasks.dispatch(run.pk)
        assert messages("call") == 5
        assert not run.jobs.filter(enqueued_at__isnull=True).exists()

    def test_what_is_not_due_yet_waits_for_the_sweeper(self):
        run = a_run(a_project(), documents=2)
        Job.objects.filter(pk=run.jobs.first().pk).update(next_action_at=in_seconds(30))
        tasks.dispatch(run.pk)
        assert messages("call") == 1
        assert run.jobs.filter(enqueued_at__isnull=True).count() == 1

    def test_the_drawing_of_pages_queues_up_behind_local_work(self):
        project = a_project()
        run = a_run(project, version=a_version(project, provider="local"), documents=2)
        type(run.jobs.first().document).objects.update(media_type="application/pdf")
        tasks.dispatch(run.pk)
        assert messages("local") == 3

    @pytest.mark.usefixtures("broker_away")
    def test_a_broker_that_is_away_leaves_it_to_the_sweeper(self):
        run = a_run(a_project(), documents=2)
        tasks.dispatch(run.pk)
        assert set(run.jobs.values_list("status", flat=True)) == {Status.PENDING}


class TestABrokerThatIsAway:
    pytestmark = pytest.mark.usefixtures("broker_away")

    def test_it_does_not_break_what_was_written(self):
        job = a_job()
        with transaction.atomic():
            tasks.send_on_commit(tasks.dispatch, job.run_id)
            Job.objects.update(worker="written")
        assert Job.objects.get().worker == "written"

    def test_the_clock_sweeps_on_and_tries_once(self, broker_away):
        for _ in range(3):
            a_job()
        tasks.sweep()
        assert len(broker_away) == 1
        assert WorkerBeat.objects.filter(name="clock").exists()

    def test_a_sent_document_is_polled_by_the_next_sweep(self):
        job = a_job(version=a_version(a_project(), provider_options={"waits": 1}))
        tasks.call_job(job.pk)
        assert Job.objects.get().reason == "waiting"


def test_whoever_queues_something_does_not_wait_for_a_broker_that_is_away():
    with app.connection_for_write() as connection:
        options = connection._extract_failover_opts()
        assert (options["max_retries"], options["interval_start"]) == (1, 0)


def test_nothing_is_sent_for_a_transaction_that_is_rolled_back():
    job = a_job()
    with transaction.atomic():
        tasks.send_on_commit(tasks.dispatch, job.run_id)
        transaction.set_rollback(True)
    assert messages("call") == 0


def test_an_accepted_document_is_polled_a_second_later_and_an_answered_one_never():
    waits = a_job(version=a_version(a_project(), provider_options={"waits": 1}))
    tasks.call_job(waits.pk)
    assert messages("call") == 1
    tasks.call_job(a_job().pk)
    assert messages("call") == 1


def test_a_sweep_sends_what_is_due_and_what_is_to_be_polled_once():
    a_job()
    pipeline.run(a_job(version=a_version(a_project(), provider_options={"waits": 1})).pk)
    Job.objects.filter(status=Status.RUNNING).update(next_action_at=in_seconds(-1))
    tasks.sweep()
    assert messages("call") == 2


def test_a_look_that_breaks_keeps_no_job_from_its_turn(monkeypatch):
    job = a_job()
    monkeypatch.setattr(checks, "waiting", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.run_job(job.pk)
    assert Job.objects.get().status == Status.COMPLETED


@pytest.mark.parametrize("task", [tasks.run_job, tasks.call_job, tasks.dispatch, tasks.draw_first_pages])
def test_a_message_about_what_is_gone_does_nothing(task):
    task(10**9)

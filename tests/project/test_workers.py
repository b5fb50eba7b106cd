"""Workers as tests start them: real processes on the test's own database and broker."""

import os
import signal
import time

import pytest

from jobs import tasks
from jobs.models import Status
from tests.support import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_a_worker_sees_what_the_test_committed_and_the_test_sees_what_it_did(start_worker):
    job = factories.a_job()
    tasks.enqueue(job.pk, "call")
    start_worker("call")
    assert status_of(job, wanted=Status.COMPLETED) == Status.COMPLETED


@pytest.mark.long
def test_the_clock_sweeps_up_what_nobody_enqueued(start_worker):
    job = factories.a_job()
    start_worker("call", with_clock=True)
    assert status_of(job, wanted=Status.COMPLETED) == Status.COMPLETED


def test_a_stopped_worker_is_gone_with_its_pool(start_worker):
    worker = start_worker("local", concurrency=2)
    worker.stop()
    with pytest.raises(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGCONT)
    assert worker.process.returncode == 0


def status_of(job, *, wanted, seconds=30):
    deadline = time.monotonic() + seconds
    while job.status != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
        job.refresh_from_db()
    return job.status

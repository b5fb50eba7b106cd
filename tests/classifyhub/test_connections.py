"""Database connections that workers keep from task to task."""

import time

import pytest
from django.db import connection

from jobs import tasks
from jobs.models import Status
from tests.support import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def status_of(job, *, seconds=30):
    """After at most half the time in which the sweeper would find a lost message."""
    deadline = time.monotonic() + seconds
    while job.status != Status.COMPLETED and time.monotonic() < deadline:
        time.sleep(0.05)
        job.refresh_from_db()
    return job.status


def end_the_connections_of_others():
    with connection.cursor() as cursor:
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        cursor.execute(f"{ended} WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server that could go away")
@pytest.mark.parametrize("queue", ["local", "call"])
def test_a_task_does_not_meet_the_connection_of_a_server_that_was_restarted_since_the_last(start_worker, queue):
    before, after = factories.a_run(factories.a_project(), documents=2).jobs.order_by("pk")
    start_worker(queue)
    tasks.send(tasks.call_job, before.pk, queue=queue)
    assert status_of(before) == Status.COMPLETED

    assert end_the_connections_of_others() > 0, "the worker kept none"

    tasks.send(tasks.call_job, after.pk, queue=queue)
    assert status_of(after) == Status.COMPLETED

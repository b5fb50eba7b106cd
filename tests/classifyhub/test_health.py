"""Alive, ready, and the heartbeat behind the second of them."""

import signal
import time
from dataclasses import dataclass

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.models.functions import Now

from classifyhub import marker
from classifyhub.clock import in_seconds
from classifyhub.heartbeat import Heartbeat
from jobs.models import WorkerBeat


def beat(queue, *, name=None, seconds_ago=0.0, seen_marker=None):
    WorkerBeat.objects.create(
        name=name or f"{queue}@somewhere",
        queue=queue,
        capacity=2,
        marker=marker.place() if seen_marker is None else seen_marker,
        seen_at=in_seconds(-seconds_ago),
    )


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()["checks"]


def wait_for(condition, *, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_process_that_answers_is_alive_whatever_else_is_broken(client):
    response = client.get("/healthz")  # and this test may not use a database

    assert (response.status_code, response.content) == (200, b"ok")
    assert response["Content-Type"] == "text/plain"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_names_every_check(client):
    beat("local")
    beat("call")

    assert ready(client) == (200, {"database": "ok", "broker": "ok", "workers": "ok", "shared files": "ok"})


@pytest.mark.django_db
def test_without_workers_it_is_not_ready(client):
    status, checks = ready(client)

    assert status == 503
    assert checks["workers"] == "no worker seen in 30 s for: local, call"
    assert checks["shared files"] == "no worker to ask"


@pytest.mark.django_db
def test_a_queue_without_a_worker_is_named_and_an_old_heartbeat_is_none(client):
    beat("local")
    beat("call", seconds_ago=31)

    status, checks = ready(client)

    assert status == 503
    assert checks["workers"] == "no worker seen in 30 s for: call"


@pytest.mark.django_db
def test_a_worker_on_another_disk_is_found_out(client):
    beat("local")
    beat("call", seen_marker="of another folder")

    status, checks = ready(client)

    assert status == 503
    assert checks["shared files"] == "1 workers do not see this server's files"


@pytest.mark.django_db
def test_the_clock_is_no_worker(client):
    beat("local")
    beat("call")
    WorkerBeat.objects.create(name="clock", queue="clock", seen_at=Now())

    assert ready(client)[0] == 200


@pytest.mark.django_db
def test_a_broker_that_is_away_is_named(client, tmp_path, monkeypatch):
    beat("local")
    beat("call")
    monkeypatch.setenv("CELERY_BROKER_URL", f"sqlite-queue:///{tmp_path}/no/such/folder/queue.sqlite3")

    status, checks = ready(client)

    assert status == 503
    assert checks == {"database": "ok", "broker": "cannot be reached", "workers": "ok", "shared files": "ok"}


@pytest.mark.django_db
def test_without_a_database_the_rest_is_unknown_and_no_detail_is_told(client):
    def refuse(*_arguments):
        raise OperationalError("connection to server at 10.0.0.5 failed")

    with connection.execute_wrapper(refuse):
        status, checks = ready(client)

    assert status == 503
    assert checks == {
        "database": "cannot be reached",
        "broker": "ok",
        "workers": "unknown without the database",
        "shared files": "unknown without the database",
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_workers_make_the_desk_ready_and_take_their_row_away_when_they_stop(client, start_worker, number):
    local, call = start_worker("local", concurrency=2, is_awaited=False), start_worker("call", concurrency=3)
    local.wait_until_ready()
    marker.place()
    wait_for(lambda: ready(client)[0] == 200)
    assert dict(WorkerBeat.objects.values_list("queue", "capacity")) == {"local": 2, "call": 3}
    assert set(WorkerBeat.objects.values_list("pid", flat=True)) == {local.pid, call.pid}

    local.process.send_signal(number)
    local.process.wait(60)
    call.kill()

    assert list(WorkerBeat.objects.values_list("queue", flat=True)) == ["call"]


@dataclass
class Hiccup:
    """A database that refuses a number of statements."""

    left: int

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left >= 0:
            raise DatabaseError
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_survives_a_database_that_was_away():
    heartbeat = Heartbeat({"local": "local@here"}, capacity=1)

    with connection.execute_wrapper(Hiccup(1)):
        heartbeat._survive(heartbeat._start)
    assert not WorkerBeat.objects.exists()
    heartbeat._survive(heartbeat._beat)

    assert WorkerBeat.objects.get().name == "local@here"


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_comes_back_takes_its_row_over():
    beat("local", name="local@here", seconds_ago=3600)
    WorkerBeat.objects.update(started_at=in_seconds(-3600))
    heartbeat = Heartbeat({"local": "local@here"}, capacity=7)

    heartbeat._survive(heartbeat._start)

    row = WorkerBeat.objects.get()
    assert row.capacity == 7
    assert abs((row.seen_at - row.started_at).total_seconds()) < 5


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_away_its_own_row_only():
    heartbeat = Heartbeat({"local": "local@here"}, capacity=1)
    heartbeat._survive(heartbeat._start)
    WorkerBeat.objects.update(pid=1)  # another process took the name over meanwhile

    heartbeat._survive(heartbeat._leave)

    assert WorkerBeat.objects.exists()

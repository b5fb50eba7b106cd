"""The broker under real workers: processes that compete, are stopped and are killed. Django is not involved."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.announce_ready import READY_FILE
from tests.support.programs import running

ROOT = Path(__file__).resolve().parents[2]
PRODUCE = """
import sys
from tests.classifyhub import queue_app
for number in range(int(sys.argv[2])):
    queue_app.note.delay(f"{sys.argv[1]}-{number}", float(sys.argv[3]))
"""


class Trial:
    """A folder with a queue and a ledger, and the processes at work on it."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.started, self.lease = 0, 2  # seconds
        (folder / "ledger").touch()

    def environment(self, **more):
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return environment | {"TRIAL_FOLDER": str(self.folder), "TRIAL_LEASE": str(self.lease), **more}

    def start_worker(self, *, pool="threads", concurrency=4):
        self.started += 1
        ready = self.folder / f"ready-{self.started}"
        command = [
            *(sys.executable, "-m", "celery", "-q", "-A", "tests.classifyhub.queue_app", "worker"),
            *("-P", pool, "-c", str(concurrency), "-n", f"w{self.started}@%h", "--loglevel", "WARNING"),
            *("--include", "tests.support.announce_ready"),
        ]
        return self.stack.enter_context(
            running(
                command,
                is_ready=ready.exists,
                log=self.folder / f"worker-{self.started}.log",
                env=self.environment(**{READY_FILE: str(ready)}),
                cwd=ROOT,
            )
        )

    def start_producer(self, name, *, tasks, seconds=0.0):
        return subprocess.Popen(
            [sys.executable, "-c", PRODUCE, name, str(tasks), str(seconds)], cwd=ROOT, env=self.environment()
        )

    def produce(self, *, producers, tasks, seconds=0.0):
        started = [self.start_producer(f"p{number}", tasks=tasks, seconds=seconds) for number in range(producers)]
        assert [producer.wait(120) for producer in started] == [0] * producers

    def runs(self):
        return Counter(line.split()[0] for line in (self.folder / "ledger").read_text().splitlines())

    def wait_for(self, tasks, *, seconds=60):
        end = time.monotonic() + seconds
        while len(self.runs()) < tasks and time.monotonic() < end:
            time.sleep(0.02)
        return self.runs()

    def wait_until_empty(self, *, seconds=30):
        end = time.monotonic() + seconds
        while self.left_in_queue() != (0, 0):
            assert time.monotonic() < end, self.left_in_queue()
            time.sleep(0.02)
        assert set(self.runs().values()) == {1}, "a task ran again"

    def left_in_queue(self):
        with sqlite3.connect(self.folder / "queue.sqlite3") as queue:
            return queue.execute("SELECT count(*), count(*) FILTER (WHERE visible_at > 0) FROM message").fetchone()


@pytest.fixture
def trial(tmp_path):
    with ExitStack() as stack:
        yield Trial(tmp_path, stack)


def wait_until_taken(trial, tasks):
    end = time.monotonic() + 20
    while trial.left_in_queue()[1] < tasks and time.monotonic() < end:
        time.sleep(0.02)


def kill_while_it_holds(worker, trial):
    """End the worker at a moment at which it has taken something, and say how many messages that is."""
    while True:
        os.killpg(worker.pid, signal.SIGSTOP)
        _left, taken = trial.left_in_queue()
        if taken:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            return taken
        os.killpg(worker.pid, signal.SIGCONT)  # just between two tasks
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("producers", "tasks"), [(2, 100), pytest.param(4, 1500, marks=pytest.mark.long)], ids=["small", "large"]
)
def test_every_task_runs_exactly_once_whoever_competes(trial, producers, tasks):
    trial.lease = 30  # no lease may run out only because the machine is busy
    trial.start_worker(pool="threads", concurrency=4)
    trial.start_worker(pool="prefork", concurrency=2)

    trial.produce(producers=producers, tasks=tasks)
    runs = trial.wait_for(producers * tasks, seconds=120)

    assert len(runs) == producers * tasks
    assert set(runs.values()) == {1}
    trial.wait_until_empty()


@pytest.mark.parametrize(
    ("pool", "tasks"),
    [
        ("prefork", 8),
        pytest.param("prefork", 40, marks=pytest.mark.long),
        pytest.param("threads", 40, marks=pytest.mark.long),
    ],
)
def test_after_a_kill_every_task_still_runs(trial, pool, tasks):
    worker = trial.start_worker(pool=pool, concurrency=2)
    trial.produce(producers=1, tasks=tasks, seconds=0.2)
    trial.wait_for(2)

    taken = kill_while_it_holds(worker, trial)
    assert trial.left_in_queue()[1] == taken <= 4  # the leases stand still: two at work, two done but not yet deleted
    trial.start_worker(pool=pool, concurrency=2)
    runs = trial.wait_for(tasks)

    assert len(runs) == tasks
    assert sum(runs.values()) <= tasks + taken


def test_a_clean_stop_gives_back_at_once_what_it_cannot_finish(trial):
    worker = trial.start_worker(pool="prefork", concurrency=2)
    trial.produce(producers=1, tasks=4, seconds=60)
    wait_until_taken(trial, 2)

    worker.send_signal(signal.SIGQUIT)
    worker.wait(60)

    assert trial.left_in_queue() == (4, 0)
    assert not trial.runs()


@pytest.mark.long
def test_a_thread_cannot_be_stopped_so_its_task_ends_first_and_the_rest_stays(trial):
    worker = trial.start_worker(pool="threads", concurrency=2)
    trial.produce(producers=1, tasks=4, seconds=2)
    wait_until_taken(trial, 2)

    worker.send_signal(signal.SIGQUIT)
    worker.wait(60)
    trial.start_worker(pool="threads", concurrency=2)

    assert set(trial.wait_for(4).values()) == {1}


def test_a_task_longer_than_its_lease_is_not_handed_out_twice(trial):
    trial.lease = 3
    trial.start_worker(concurrency=2)
    trial.start_worker(concurrency=2)

    trial.produce(producers=1, tasks=2, seconds=4.5)
    runs = trial.wait_for(2)

    assert set(runs.values()) == {1}
    trial.wait_until_empty()

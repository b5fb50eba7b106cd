"""``manage.py up`` as a person runs it: the whole desk, its start, its end, and what goes wrong."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.support.programs import free_port

ROOT = Path(__file__).resolve().parents[2]


class Up:
    """One running ``manage.py up``."""

    def __init__(self, folder, *, port=None):
        self.folder, self.port = folder, port or free_port()
        self.log = folder / f"up-{time.monotonic_ns()}.log"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "classifyhub.settings",
            "CLASSIFYHUB_DATA_DIR": str(folder / "data"),
            "CLASSIFYHUB_PORT": str(self.port),
            "DATABASE_URL": "",
            "CELERY_BROKER_URL": "",
        }
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                # From elsewhere on purpose: nobody should have to change folders first.
                [sys.executable, str(ROOT / "manage.py"), "up"],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self):
        return self.log.read_text()

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def wait_until_ready(self):
        self.wait_for(lambda: "Ready at" in self.output)
        self.wait_for(lambda: self.get("/readyz")[0] == 200)
        return self

    def wait_for(self, condition, *, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.2)

    def family(self):
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def query(self, statement):
        """Rows of the desk's database."""
        with closing(sqlite3.connect(self.folder / "data" / "db.sqlite3")) as database:
            return database.execute(statement).fetchall()

    def child(self, word):
        """The main process of one program, a child of the supervisor's own; none while it is between two starts."""
        return next((p for p in psutil.Process(self.process.pid).children() if word in p.cmdline()), None)


@pytest.fixture
def start_up(tmp_path):
    started = []

    def start(**options):
        started.append(Up(tmp_path, **options))
        return started[-1]

    yield start
    for up in started:
        if up.process.poll() is None:
            up.process.kill()
        up.process.wait()
        print(up.output)


def are_gone(processes, *, seconds=5):
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_one_command_starts_the_desk_and_ctrl_c_ends_it_without_a_trace(start_up, tmp_path):
    up = start_up().wait_until_ready()
    family = up.family()
    assert up.get("/healthz") == (200, b"ok")
    assert up.get("/")[0] == 200
    assert up.output.count("(shown this once)") == 2

    second = start_up()
    assert second.process.wait(60) == 1
    assert f"already runs on the data folder {tmp_path}/data (process {up.process.pid})" in second.output

    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    assert are_gone(family)
    assert "Traceback" not in up.output
    assert "error" not in up.output.lower()


@pytest.mark.long
def test_a_second_start_reuses_the_data_and_its_clock_ticks(start_up, tmp_path):
    first = start_up().wait_until_ready()
    secrets = (tmp_path / "data" / "secrets.json").read_text()
    first.process.terminate()
    assert first.process.wait(60) == 0

    second = start_up().wait_until_ready()

    assert "Password" not in second.output
    assert (tmp_path / "data" / "secrets.json").read_text() == secrets
    assert second.query("SELECT count(*) FROM accounts_user") == [(1,)]
    second.wait_for(lambda: second.query("SELECT count(*) FROM jobs_workerbeat WHERE name = 'clock'") == [(1,)])


@pytest.mark.long
def test_nobody_outlives_a_desk_that_is_killed_and_the_next_start_finds_its_port_free(start_up):
    up = start_up().wait_until_ready()
    family = up.family()

    up.process.kill()
    up.process.wait()

    assert are_gone(family)
    again = start_up(port=up.port)
    again.wait_for(lambda: "Ready at" in again.output)


@pytest.mark.long
def test_what_dies_is_started_again_and_the_desk_is_ready_as_before(start_up):
    up = start_up().wait_until_ready()

    for word in ("gunicorn", "local", "call"):
        victim = up.child(word)
        family = [victim, *victim.children(recursive=True)]
        victim.kill()
        assert are_gone(family)
        up.wait_for(lambda word=word: up.child(word) is not None)

    assert up.output.count("ended unexpectedly (exit status -9)") == 3
    # The rows of killed workers are still fresh: the process numbers of their successors tell them apart.
    pids = {(up.child(word).pid,) for word in ("local", "call")}
    up.wait_for(lambda: pids <= set(up.query("SELECT pid FROM jobs_workerbeat")))
    assert up.get("/readyz")[0] == 200


def test_a_port_in_use_is_one_line_and_status_1(start_up):
    with socket.create_server(("127.0.0.1", 0)) as server:
        up = start_up(port=server.getsockname()[1])

        assert up.process.wait(60) == 1
        assert up.output.splitlines() == [
            f"CommandError: Port {up.port} is in use: stop what listens there, or set CLASSIFYHUB_PORT."
        ]


def test_a_data_folder_that_cannot_be_written_is_one_line_and_status_1(start_up, tmp_path):
    (tmp_path / "data").write_text("a file is in the way")

    up = start_up()

    assert up.process.wait(60) == 1
    assert up.output.splitlines() == [f"CommandError: The data folder {tmp_path}/data cannot be written: File exists."]

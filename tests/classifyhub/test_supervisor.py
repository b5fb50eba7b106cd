"""The supervisor with little programs instead of the desk's; the desk itself is in ``test_up.py``."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from classifyhub.up.processes import GIVE_UP_AFTER, LONGEST_PAUSE, WITHIN, Child, Console, Program
from classifyhub.up.supervisor import Plan
from tests.support.vendor_server import running_vendor

ROOT = Path(__file__).resolve().parents[2]


class Supervised:
    """A supervisor process and what its programs noted."""

    def __init__(self, folder, behaviours, *, health_url="http://127.0.0.1:9/healthz", early_signal=0):
        self.folder = folder
        programs = [
            Program(name, ("tests.classifyhub.trial_program", str(folder), name, behaviour), early_signal=early_signal)
            for name, behaviour in behaviours.items()
        ]
        plan = Plan(programs, health_url=health_url, public_url="", started_at=0)
        with (folder / "output").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "classifyhub.up.supervisor", json.dumps(asdict(plan))],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def pids(self, name, *, at_least=1):
        path = self.folder / name
        wait_for(lambda: path.exists() and len(path.read_text().split()) >= at_least)
        return [int(pid) for pid in path.read_text().split()]

    @property
    def output(self):
        return (self.folder / "output").read_text()


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(options=None, **behaviours):
        started.append(Supervised(tmp_path, behaviours, **(options or {})))
        return started[-1]

    yield start
    for supervised in started:
        if supervised.process.poll() is None:
            supervised.process.kill()
            supervised.process.wait()


def wait_for(condition, *, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order_and_exits_with_0(supervise, number):
    supervised = supervise(first="tidy", second="tidy")
    pids = supervised.pids("first") + supervised.pids("second")

    supervised.process.send_signal(number)

    assert supervised.process.wait(60) == 0
    assert supervised.pids("first-tidied") + supervised.pids("second-tidied") == pids
    assert all(is_gone(pid) for pid in pids)


@pytest.mark.parametrize("has_answered", [False, True])
def test_before_the_desk_has_answered_nobody_is_waited_for(supervise, has_answered):
    with running_vendor() as server:  # 404 is an answer
        url = server.url if has_answered else "http://127.0.0.1:9/healthz"
        supervised = supervise({"health_url": url, "early_signal": signal.SIGUSR1}, first="tidy")
        [pid] = supervised.pids("first")
        if has_answered:
            wait_for(lambda: "Ready" in supervised.output)
        supervised.process.send_signal(signal.SIGINT)
        assert supervised.process.wait(timeout=30) == 0
    assert supervised.pids("first-tidied" if has_answered else "first-left") == [pid]


def test_each_line_says_who_says_it(supervise):
    supervised = supervise(web="tidy", local="tidy")
    supervised.pids("web")
    supervised.pids("local")
    supervised.process.terminate()
    supervised.process.wait(60)

    assert set(supervised.output.splitlines()) == {
        "web   | web says tidy",
        "local | local says tidy",
        "up    | Stopping.",
    }


def test_a_stop_takes_the_relatives_too(supervise):
    supervised = supervise(web="family")
    [relative] = supervised.pids("web-relative")
    supervised.pids("web")

    supervised.process.terminate()
    supervised.process.wait(60)

    wait_for(lambda: is_gone(relative))


def test_what_is_killed_is_started_again_without_its_old_relatives(supervise):
    supervised = supervise(web="family", local="tidy")
    [first], [relative] = supervised.pids("web"), supervised.pids("web-relative")

    os.kill(first, signal.SIGKILL)

    assert len(supervised.pids("web", at_least=2)) == 2
    wait_for(lambda: is_gone(relative))
    assert "web ended unexpectedly (exit status -9); it starts again in 1 s." in supervised.output
    assert len(supervised.pids("local")) == 1


def test_nobody_outlives_a_supervisor_that_is_killed(supervise):
    supervised = supervise(web="tidy", local="stubborn")
    pids = supervised.pids("web") + supervised.pids("local")

    supervised.process.kill()
    supervised.process.wait()

    wait_for(lambda: all(is_gone(pid) for pid in pids))


@pytest.mark.long
def test_a_program_that_keeps_ending_ends_everything_with_status_1(supervise):
    supervised = supervise(web="tidy", local="ends")

    assert supervised.process.wait(60) == 1
    assert len(supervised.pids("local")) == GIVE_UP_AFTER
    assert supervised.pids("web-tidied")
    assert "local ended 5 times within a minute (last exit status 3): giving up." in supervised.output


@pytest.mark.long
def test_what_does_not_stop_in_time_is_killed(supervise):
    supervised = supervise(web="stubborn")
    [pid] = supervised.pids("web")

    supervised.process.terminate()

    assert supervised.process.wait(60) == 0
    assert is_gone(pid)
    assert "web did not stop in time and is killed." in supervised.output


def test_a_second_signal_means_at_once(supervise):
    supervised = supervise(web="stubborn")
    [pid] = supervised.pids("web")
    supervised.process.terminate()
    wait_for(lambda: "Stopping." in supervised.output)
    stopped = time.monotonic()

    supervised.process.terminate()
    supervised.process.wait(60)

    assert is_gone(pid)
    assert time.monotonic() - stopped < 5


def test_pauses_double_up_to_a_limit_until_it_is_too_often():
    child = Child(Program("web", ()), Console(sys.stdout))

    pauses = [child.plan_restart(now) for now in range(GIVE_UP_AFTER)]

    assert pauses == [1, 2, 4, 8, None]
    assert child.start_at == 3 + 8


def test_ends_long_ago_do_not_count():
    child = Child(Program("web", ()), Console(sys.stdout))

    pauses = [child.plan_restart(number * (WITHIN / (GIVE_UP_AFTER - 1) + 1)) for number in range(50)]

    assert None not in pauses
    assert max(pauses) <= LONGEST_PAUSE


@pytest.mark.parametrize("wait", ["classifyhub.up.lifeline.watch", "classifyhub.up.lifeline.hold_on_to"])
def test_a_child_notices_the_end_of_its_parent_by_the_kernel_and_by_looking(tmp_path, wait):
    module, function = wait.rsplit(".", 1)
    child = (
        f"import os, time, {module}; {module}.{function}(os.getppid()); print(os.getpid(), flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)

    parent.kill()
    parent.communicate()

    wait_for(lambda: is_gone(pid))

"""Turns at the processors: no more pages are read at once than there are processors, whoever reads them."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifyhub.engine.ocr import turns

HOLD = """
import sys, time
from pathlib import Path
from classifyhub.engine.ocr import turns
turns.shared_folder = lambda: Path(sys.argv[1])
turns.count_cores = lambda: 1
with turns.take_turn(seconds=5) as has_turn:
    print(has_turn, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def one_core(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "shared_folder", lambda: tmp_path / "turns")
    monkeypatch.setattr(turns, "count_cores", lambda: 1)
    return tmp_path / "turns"


def test_no_more_are_at_work_than_there_are_processors(one_core, monkeypatch):
    monkeypatch.setattr(turns, "count_cores", lambda: 2)
    lock, at_work, most = threading.Lock(), 0, 0

    def work(_number):
        nonlocal at_work, most
        with turns.take_turn(seconds=30) as has_turn:
            with lock:
                at_work += 1
                most = max(most, at_work)
            time.sleep(0.03)
            with lock:
                at_work -= 1
        return has_turn

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6)))
    assert most == 2


def test_a_turn_held_by_another_process_is_waited_for_no_longer_than_there_is_time(one_core):
    with holding(one_core), turns.take_turn(seconds=0.05) as has_turn:
        assert not has_turn
    with turns.take_turn(seconds=10) as has_turn:
        assert has_turn


def test_where_no_lock_can_be_had_the_work_goes_on(one_core):
    one_core.write_text("a file where the folder should be")
    with turns.take_turn(seconds=10) as has_turn:
        assert not has_turn


class holding:  # noqa: N801 - reads as a context
    """Another process that holds the only turn until it is killed."""

    def __init__(self, folder):
        self._command = [sys.executable, "-c", HOLD, str(folder)]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "True\n"

    def __exit__(self, *_error):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

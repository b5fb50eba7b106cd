"""The benchmarks: that they measure, skip, and leave nothing behind. What they find is nobody's promise."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import psutil
import pytest

from classifyhub.bench import figures, places, table
from classifyhub.bench.figures import Aim, Figure, SkippedError, Spread
from classifyhub.bench.sections import SECTIONS
from tests.support.programs import is_ci, stop

ROOT = Path(__file__).resolve().parents[2]
MACHINE = {"commit": "abc", "cores": 2, "python": "3.11", "at": "now"}


# --- Figures ---------------------------------------------------------------------------------------------------------


def test_a_spread_says_how_far_its_repeats_lie_apart():
    assert str(Spread.of([20.0, 24.0, 21.5])) == "21.5 (20–24)"
    assert str(Spread.of([312.4])) == "312"


@pytest.mark.parametrize(
    ("number", "words"), [(0.0312, "0.03"), (3.14159, "3.14"), (45.67, "45.7"), (1234.5, "1,234"), (20.0, "20")]
)
def test_a_figure_shows_no_more_digits_than_matter(number, words):
    assert figures.write(number) == words


def test_an_aim_is_met_on_its_bound_and_beyond():
    assert Aim(350).is_met_by(350)
    assert not Aim(350).is_met_by(350.1)
    assert Aim(0.25, is_least=True).is_met_by(0.25)
    assert not Aim(0.25, is_least=True).is_met_by(0.24)


def test_an_aim_for_the_ratio_does_not_judge_the_value():
    figure = figures.compare("pages", [80.0], [100.0], unit="ms", beside="ms", aim=Aim(1.5, of_ratio=True))
    assert figure.is_met
    assert str(figure.aim) == "≤ 1.50×"


def test_each_repeat_is_held_against_its_own_baseline():
    ratio = figures.compare("path", [10.0, 30.0], [20.0, 40.0], unit="/s", beside="/s").ratio
    assert (ratio.low, ratio.high) == (0.5, 0.75)


@pytest.mark.parametrize("aim", [None, Aim(5)])
def test_a_figure_survives_the_way_from_one_process_to_the_other(aim):
    figure = Figure(name="memory", value=Spread.of([1.0, 2.0]), unit="MB", aim=aim)
    assert Figure.from_json(json.loads(json.dumps(figure.to_json()))) == figure


# --- The table -------------------------------------------------------------------------------------------------------


def result(**fields):
    return {"section": "memory", "place": "SQLite", "load": [1.0, 2.0], "seconds": 12.3} | fields


def test_the_table_says_of_each_figure_what_was_aimed_at_and_whether_it_was_reached():
    met = Figure(name="idle", value=Spread.of([282.0]), unit="MB", aim=Aim(350))
    missed = Figure(name="after the run", value=Spread.of([408.0]), unit="MB", aim=Aim(350))
    lines = list(table.lines(MACHINE, [result(figures=[met.to_json(), missed.to_json()])]))
    assert next(line for line in lines if "idle" in line).split() == ["idle", "282", "MB", "≤", "350", "ok"]
    assert next(line for line in lines if "after the run" in line).endswith("short")
    assert any("load 1.0 before, 2.0 after" in line for line in lines)


def test_the_table_says_what_was_skipped_and_what_broke():
    text = "\n".join(table.lines(MACHINE, [result(skipped="no Redis"), result(failed="Traceback\nValueError")]))
    assert "skipped: no Redis" in text
    assert "    ValueError" in text


# --- The sections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS)
def test_a_section_takes_the_sizes_that_are_named_for_it(section):
    module = import_module(f"classifyhub.bench.{section.name}")
    taken = set(inspect.signature(module.measure).parameters)
    assert taken == set(section.full) == set(section.tiny)


def test_a_server_that_is_not_installed_skips_what_needs_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SkippedError, match="redis-server is not installed here"), places.prepared(places.TEAM):
        pass


def test_a_measurement_is_kept_from_the_desk_that_this_shell_names(monkeypatch, tmp_path):
    monkeypatch.setenv("CLASSIFYHUB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    with places.prepared(places.EMBEDDED) as (folder, environment):
        assert environment["CLASSIFYHUB_DATA_DIR"].startswith(str(folder))
        assert "DATABASE_URL" not in environment
    assert not folder.exists()


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder():
    """Not pytest's own, which PostgreSQL's user may not enter."""
    with tempfile.TemporaryDirectory(prefix="classifyhub-test-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def start_bench(folder):
    """``make bench`` in small, in a temporary folder of its own, by which everything it starts is known."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-m", "classifyhub.bench", "--tiny", "--output", str(folder / "bench.json")]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        stop(process)
        process.stdout.close()


def left_behind(folder):
    """Processes and folders, but for the one in which all desks of a machine take turns at OCR."""
    folders = (path for path in folder.glob("classifyhub-*") if "-turns-" not in path.name)
    return [*_processes_in(folder), *folders]


def _processes_in(folder):
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


@pytest.mark.long
@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_measures_and_leaves_nothing_behind(section, start_bench, folder):
    bench = start_bench(section)
    printed, _errors = bench.communicate(timeout=600)

    assert bench.returncode == 0, printed
    results = json.loads((folder / "bench.json").read_text())["results"]
    assert [found["place"] for found in results] == list(SECTIONS[section].places)
    for found in results:
        may_skip = section == "start" or not is_ci()  # the one that asks a package index
        assert "figures" in found or (may_skip and "skipped" in found), found
        for figure in found.get("figures", ()):
            assert figure["name"] in printed
    assert left_behind(folder) == []


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_in_the_middle_ends_everything_that_was_started(number, start_bench, folder):
    bench = start_bench("memory")
    while not any("gunicorn" in process.cmdline() for process in _processes_in(folder)):
        assert bench.poll() is None
        time.sleep(0.1)

    bench.send_signal(number)

    assert bench.wait(60) == 130
    assert left_behind(folder) == []

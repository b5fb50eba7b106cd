"""From a fresh clone to the first page: ``make run`` with empty package caches, and a second time.

The first start takes its packages from the index that this machine is set up for; without one the section is skipped.
Only what is committed is cloned."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psutil
from django.conf import settings

from classifyhub.bench import desks
from classifyhub.bench.figures import Aim, Figure, SkippedError, Spread
from tests.support.programs import running

# What would lead back to the environment this runs in, or say where its desk lies.
OURS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL", "CLASSIFYHUB_DATA_DIR")


def measure() -> list[Figure]:
    """Seconds until the first page answers: cold with its share for the installation, then once more."""
    folder = settings.DATA_DIR.parent
    clone, environment = folder / "clone", _bare_environment(folder)
    _clone(clone)
    install = _install(clone, environment)
    first, _spent = _start(clone, environment, log=folder / "first.log")
    second, spent = _start(clone, environment, log=folder / "second.log")
    return [
        Figure(name="cold: clone to first page", value=Spread.of([install + first]), unit="s", aim=Aim(60)),
        Figure(name="of it installing packages", value=Spread.of([install]), unit="s"),
        Figure(name="second start", value=Spread.of([second]), unit="s", aim=Aim(6)),
        Figure(name="processor time of it", value=Spread.of([spent]), unit="s"),
    ]


def _bare_environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    own = str(desks.ROOT / ".venv")
    path = os.pathsep.join(part for part in kept["PATH"].split(os.pathsep) if not part.startswith(own))
    return kept | {"PATH": path, "UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}


def _clone(target: Path) -> None:
    made = subprocess.run(["git", "clone", "--quiet", desks.ROOT, target], capture_output=True, check=False)
    if made.returncode:
        raise SkippedError("this is no git checkout that could be cloned")


def _install(clone: Path, environment: dict[str, str]) -> float:
    """What ``make run`` does before it starts anything, apart, so that a package index out of reach is told from a desk
    that does not start."""
    started = time.monotonic()
    made = subprocess.run(
        ["make", ".venv/.base"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise SkippedError(f"no packages could be installed: {(made.stderr.strip() or 'no word why').splitlines()[-1]}")
    return time.monotonic() - started


def _start(clone: Path, environment: dict[str, str], *, log: Path) -> tuple[float, float]:
    """Seconds from ``make run`` until its first page, by the clock and on the processor; the desk is stopped again."""
    started = time.monotonic()
    # SIGTERM: make passes that on, and leaves a SIGINT to the terminal.
    with running(
        ["make", "run"], is_ready=lambda: desks.answers("/"), log=log, env=environment, cwd=clone, seconds=600
    ) as make:
        seconds = time.monotonic() - started
        return seconds, desks.processor_seconds(psutil.Process(make.pid).children(recursive=True))

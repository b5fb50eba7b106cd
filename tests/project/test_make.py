"""The Makefile and the locks: what a newcomer's first minute rests on."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DECLARED = {
    "base": PYPROJECT["project"]["dependencies"],
    "dev": PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"],
    "bootstrap": PYPROJECT["dependency-groups"]["bootstrap"],
}


def make(*arguments, folder=ROOT, **environment):
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env=os.environ | {"MAKEFLAGS": ""} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def locked(name):
    """What requirements/<name>.txt pins: name to version."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE))


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_help_is_what_make_alone_says_and_it_names_every_target():
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1].split()
    assert re.findall(r"^  make (\S+)", make().stdout, flags=re.MULTILINE) == targets


def test_an_old_python_is_told_what_is_needed(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("Makefile", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    tried = make("run", folder=tmp_path, PYTHON=str(old))
    assert tried.returncode != 0
    assert "ClassifyHub needs Python 3.11 or newer" in tried.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", DECLARED)
def test_the_lock_holds_what_is_declared(name):
    pins = locked(name)
    requirements = [Requirement(text) for text in DECLARED[name]]
    unmet = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(pins.get(plain(requirement.name), "0"), prereleases=True)
    ]
    assert unmet == []


@pytest.mark.parametrize("name", DECLARED)
def test_every_pin_has_a_hash_and_no_address_is_written_down(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pins = re.findall(r"^\S+==.+(?:\n    .+)*", text, flags=re.MULTILINE)
    assert len(pins) >= len(locked(name))
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_what_runs_is_also_what_is_tested():
    dev = locked("dev")
    assert {name: version for name, version in locked("base").items() if dev.get(name) != version} == {}


def test_every_dependency_says_what_it_is_for():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for requirement in {text for texts in DECLARED.values() for text in texts}:
        line = next(line for line in lines if f'"{requirement}"' in line)
        assert re.search(r",\s+# \S", line), line


def without_redis(folder, **environment):
    """The second run of ``make test`` on a machine where nothing but Python is in the path."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.team_services", "--version"],
        cwd=ROOT,
        env=os.environ | {"PATH": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_laptop_without_redis_is_told_so_and_goes_on(tmp_path):
    ran = without_redis(tmp_path, CI="")
    assert "SKIPPED, nothing ran on PostgreSQL and Redis: redis-server is not installed here" in ran.stderr
    assert ran.returncode == 0


def test_ci_without_redis_fails(tmp_path):
    assert without_redis(tmp_path, CI="true").returncode == 1

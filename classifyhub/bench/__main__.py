"""Measure the desk: ``python -m classifyhub.bench [SECTION…]``, all sections without one. Writes ``bench.json``.

Figures are of this machine in this hour: each is shown with its range over the repeats, next to a baseline from the
same run where there is one, and with the machine's load. A missed aim is a finding and no error; the exit status is 1
when a section could not be measured."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifyhub.bench import places, table
from classifyhub.bench.desks import ROOT
from classifyhub.bench.figures import SkippedError
from classifyhub.bench.sections import SECTIONS, Section
from tests.support.programs import running

LONGEST = 3_600  # seconds of one section in one place


def measure(section: Section, place: str, *, is_tiny: bool) -> dict[str, Any]:
    """What a process of its own finds: ``figures``, ``skipped`` or ``failed``, with the seconds it took and the
    machine's load before and after."""
    load, started = os.getloadavg()[0], time.monotonic()
    try:
        with places.prepared(place) as (folder, environment):
            found = _measure_in(folder, environment, section, section.tiny if is_tiny else section.full)
    except SkippedError as reason:
        found = {"skipped": str(reason)}
    except Exception:  # noqa: BLE001 - one section that breaks must not cost the others
        found = {"failed": traceback.format_exc()}
    seconds = round(time.monotonic() - started, 1)
    return {"place": place, "load": [round(load, 1), round(os.getloadavg()[0], 1)], "seconds": seconds} | found


def _measure_in(folder: Path, environment: dict[str, str], section: Section, sizes: Any) -> dict[str, Any]:
    answer, log = folder / "answer.json", folder / "measuring.log"
    command = [sys.executable, "-m", "classifyhub.bench.measuring", section.name, json.dumps(dict(sizes)), str(answer)]
    # In a session of its own, so that a Ctrl-C reaches it once, by way of this process, and it ends what it started.
    with running(
        command, is_ready=lambda: True, log=log, stop_signal=signal.SIGINT, env=environment, cwd=ROOT
    ) as process:
        process.wait(LONGEST)
    if process.returncode:
        return {"failed": log.read_text(errors="replace")}
    return dict(json.loads(answer.read_text(encoding="utf-8")))


def measure_all(names: list[str], *, is_tiny: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Section by section, place by place, one at a time: two at once would measure each other."""
    for name in names:
        for place in SECTIONS[name].places:
            print(f"measuring {name} on {place} …", file=sys.stderr, flush=True)
            yield name, measure(SECTIONS[name], place, is_tiny=is_tiny)


def describe_machine() -> dict[str, Any]:
    """What a reader needs to place the figures."""
    return {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _describe_commit(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _describe_commit() -> str:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "outside of git"
    return found.stdout.strip()


def main(arguments: list[str]) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m classifyhub.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS), choices=[[], *SECTIONS])
    parser.add_argument("--output", type=Path, default=ROOT / "bench.json", metavar="FILE")
    parser.add_argument("--tiny", action="store_true", help="a trial that shows only that it works")
    options = parser.parse_args(arguments)
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # both unwind, also where a shell had one ignored: nothing stays behind
        signal.signal(number, signal.default_int_handler)
    results: list[dict[str, Any]] = []
    machine = describe_machine()
    for name, result in measure_all(options.sections or list(SECTIONS), is_tiny=options.tiny):
        results.append({"section": name} | result)
        text = json.dumps({"machine": machine, "is_tiny": options.tiny, "results": results}, indent=1)
        options.output.write_text(text + "\n", encoding="utf-8")
    print(*table.lines(machine, results), sep="\n")
    return 1 if any("failed" in result for result in results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

"""Memory of the whole embedded desk: idle after its start, and after a run with its page images."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil

from classifyhub.bench import desks
from classifyhub.bench.figures import Aim, Figure, Spread
from classifyhub.bench.footprint import MemoryWatch, memory_of
from classifyhub.bench.visiting import Visitor, wait_for
from jobs.models import Job, Run

LARGEST = Aim(350)
LOOKED_AT = ("", "runs/", "review/", "upload/")


def measure(*, settle: int) -> list[Figure]:
    """The sample desk is the run: a dozen documents of every kind, read, classified and drawn by the real engine."""
    with desks.running_desk() as desk:
        time.sleep(settle)
        idle = _by_program(desk)
        with desks.first_visitor() as visitor, MemoryWatch(lambda: [desk, *desk.children(recursive=True)]) as watch:
            _work(visitor)
        time.sleep(settle)
        after = _by_program(desk)
    return [
        Figure(name="idle after the start", value=Spread.of([sum(idle.values())]), unit="MB", aim=LARGEST),
        Figure(name="during a run, at most", value=Spread.of([watch.peak]), unit="MB"),
        Figure(name="after the run", value=Spread.of([sum(after.values())]), unit="MB", aim=LARGEST),
        *_shares(idle, after),
    ]


def _by_program(desk: psutil.Process) -> dict[str, float]:
    return {name: memory_of(processes) for name, processes in desks.programs(desk).items()}


def _work(visitor: Visitor) -> None:
    """Load the sample desk, wait until all is answered and drawn, then look around."""
    run = visitor.post("sample/load/").headers["Location"]
    live, first = Run.objects.filter(finished_at__isnull=True), Job.objects.select_related("document", "project")
    wait_for(lambda: Job.objects.exists() and not live.exists(), what="the sample run")
    wait_for(lambda: not desks.open_messages("local"), what="the page images")
    home, job = run.partition("runs/")[0], first.order_by("pk")[0]
    pages = [*LOOKED_AT, f"jobs/{job.uid}/", f"documents/{job.document.uid}/pages/1.webp"]
    for address in [run, *(home + page for page in pages)]:
        visitor.client.get(address, follow_redirects=True).raise_for_status()


def _shares(idle: dict[str, float], after: dict[str, float]) -> Iterator[Figure]:
    for name, value in after.items():
        yield Figure(
            name=f"of it {name}",
            value=Spread.of([value]),
            unit="MB",
            baseline=Spread.of([idle.get(name, 0.0)]),
            beside="MB idle",
        )

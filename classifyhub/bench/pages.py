"""How long the pages people live in take, on a small desk and on one a hundred times as large.

Times are of whole requests through Django's test client, in milliseconds: SQL, views and templates, without a web
server. Both desks lie in one database and are asked in turns, so that the machine's noise meets them alike."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from classifyhub.bench.figures import Aim, Figure, compare
from classifyhub.bench.filling import Desk, fill
from jobs.models import ReviewClaim

# The times of one round on each desk: by the clock and on the processor.
Round = list[tuple[tuple[float, float], ...]]

P50, P95_RATIO = Aim(50), Aim(1.5, of_ratio=True)
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Page:
    """One row of measurements. ``is_alike`` where both desks draw as many rows, so that the ratio tells what the size
    of the desk costs."""

    name: str
    address: Callable[[Desk], str]
    is_alike: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """A desk with somebody who asks for its pages."""

    desk: Desk
    client: Client

    def time(self, page: Page) -> tuple[float, float]:
        """Milliseconds of one request, by the clock and on the processor. What the person holds is let go before, so
        that the queue has to find the next document every time."""
        ReviewClaim.objects.filter(by=self.desk.user).delete()
        address = page.address(self.desk)
        start, processor = time.perf_counter(), time.process_time()
        response = self.client.get(address)
        elapsed = time.perf_counter() - start, time.process_time() - processor
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        return elapsed[0] * 1000, elapsed[1] * 1000


def measure(*, small: int, large: int, run_size: int, requests: int, rounds: int) -> list[Figure]:
    """p50 and p95 of each page on both desks."""
    call_command("prepare", verbosity=0)
    visits = [_visit(fill(jobs, run_size=run_size)) for jobs in (small, large)]
    _update_statistics()
    pages = _pages(small // run_size)
    for page in pages:
        _ask(visits, page, WARM_UP)
    times: dict[str, list[Round]] = {page.name: [] for page in pages}
    for _round in range(rounds):
        for page in pages:
            times[page.name].append(_ask(visits, page, requests))
    beside = f"ms at {small:,}"
    return [figure for page in pages for figure in _figures(page, times[page.name], beside=beside)]


def _pages(few_runs: int) -> list[Page]:
    """The small desk has but ``few_runs`` runs, so its list is held against a page of as many on the large one, and
    the large one's full page is told beside."""
    dice = random.Random(1)  # noqa: S311  # which run is all the same
    return [
        Page("home", lambda desk: reverse("home", args=[desk.project.slug])),
        Page(f"runs list, {few_runs} runs each", lambda desk: _oldest_runs(desk, few_runs)),
        Page(f"runs list, full page against {few_runs}", _newest_runs, is_alike=False),
        Page("run", lambda desk: reverse("run", args=[desk.project.slug, dice.choice(desk.runs).uid])),
        Page("queue", lambda desk: reverse("review", args=[desk.project.slug])),
    ]


def _newest_runs(desk: Desk) -> str:
    return reverse("runs", args=[desk.project.slug])


def _oldest_runs(desk: Desk, count: int) -> str:
    return f"{_newest_runs(desk)}?before={desk.runs[count - 1].pk + 1}"


def _visit(desk: Desk) -> Visit:
    client = Client(SERVER_NAME="localhost")
    client.force_login(desk.user)
    return Visit(desk, client)


def _ask(visits: Sequence[Visit], page: Page, requests: int) -> Round:
    """The times of each visit, asked in turns."""
    asked = [[visit.time(page) for visit in visits] for _request in range(requests)]
    return list(zip(*asked, strict=True))


def _figures(page: Page, rounds: list[Round], *, beside: str) -> Iterator[Figure]:
    """Of the large desk, beside the small one."""
    for name, summarize, aim in (
        ("p50", lambda times: statistics.median(clock for clock, _processor in times), P50),
        ("p50, processor alone", lambda times: statistics.median(processor for _clock, processor in times), None),
        ("p95", lambda times: _p95([clock for clock, _processor in times]), P95_RATIO if page.is_alike else None),
    ):
        small, large = zip(*([summarize(times) for times in desks] for desks in rounds), strict=True)
        yield compare(f"{page.name}, {name}", large, small, unit="ms", beside=beside, aim=aim)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _update_statistics() -> None:
    """What PostgreSQL does by itself after a while, done now. SQLite does it only when told to, and nobody does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

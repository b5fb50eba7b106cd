"""How long the pages people live in take, on a small desk and on one a hundred times as large.

Run as a process of its own with ``DATABASE_URL`` set to an empty database: ``python -m classifyhub.bench.pages``.
Prints one JSON object. Times are of whole requests through Django's test client, in milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

REQUESTS = 60
SIZES = (1_000, 100_000)


def measure(sizes: tuple[int, int] = SIZES, *, requests: int = REQUESTS) -> dict[str, Any]:
    """p50 and p95 of each page at both sizes, interleaved so that the machine's noise meets both alike, and the
    ratio of the large desk to the small one."""
    from classifyhub.bench.filling import fill

    desks = {size: _pages(*fill(size)) for size in sizes}
    _update_statistics()
    times: dict[tuple[str, int], list[float]] = {}
    for _round in range(requests):
        for size, pages in desks.items():
            for name, request in pages.items():
                times.setdefault((name, size), []).append(_timed(request))
    return {name: _row(times, name, sizes) for name in next(iter(desks.values()))}


def _pages(user: Any, project: Any) -> dict[str, Callable[[], Any]]:
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(user)
    runs = list(project.runs.values_list("uid", flat=True))
    dice = random.Random(1)  # noqa: S311  # any page will do
    pages = {
        "runs list": lambda: reverse("runs", args=[project.slug]),
        "run": lambda: reverse("run", args=[project.slug, dice.choice(runs)]),
        "queue": lambda: reverse("review", args=[project.slug]),
        "home": lambda: reverse("home", args=[project.slug]),
    }
    return {name: (lambda address=address: client.get(address())) for name, address in pages.items()}


def _timed(request: Callable[[], Any]) -> float:
    start = time.perf_counter()
    response = request()
    elapsed = (time.perf_counter() - start) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{response.request['PATH_INFO']} answered {response.status_code}")
    return elapsed


def _row(times: dict[tuple[str, int], list[float]], name: str, sizes: tuple[int, int]) -> dict[str, float]:
    small, large = (sorted(times[name, size]) for size in sizes)
    p95_small, p95_large = (statistics.quantiles(values, n=20)[-1] for values in (small, large))
    return {
        "p50 small ms": round(statistics.median(small), 1),
        "p50 large ms": round(statistics.median(large), 1),
        "p95 small ms": round(p95_small, 1),
        "p95 large ms": round(p95_large, 1),
        "p95 ratio": round(p95_large / p95_small, 2),
        "p50 ratio": round(statistics.median(large) / statistics.median(small), 2),
    }


def _update_statistics() -> None:
    """What both databases do by themselves after a while, done now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> None:
    """Make the tables, fill, measure, print."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.bench.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(measure()))


if __name__ == "__main__":
    main()

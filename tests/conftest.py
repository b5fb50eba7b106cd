"""What every test finds: servers of the test run's own, workers, a browser, and the marks that go with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_network

import hypothesis
import pytest

from classifyhub.celery import app
from tests.support.desk import CHROMIUM_ARGUMENTS, Desk, find_chromium
from tests.support.flushing import flush_past_triggers
from tests.support.postgres import STEADY, running_postgres
from tests.support.programs import skipped_without_program
from tests.support.redis import running_redis
from tests.support.strange_server import StrangeServer, running_strange_server
from tests.support.workers import Worker, print_logs, running_crew, running_worker

# Playwright's synchronous API keeps an event loop in the main thread, and Django then takes any query for one made
# inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# No test asserts a time, on a busy machine least of all.
hypothesis.settings.register_profile(
    "desk", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("desk")

MARK_BY_FIXTURE = {
    "page": pytest.mark.browser,
    "browser": pytest.mark.browser,
    "live_server": pytest.mark.processes,
    "start_worker": pytest.mark.processes,
    "crew": pytest.mark.processes,
    "sandbox": pytest.mark.processes,
    "supervise": pytest.mark.processes,
    "start_up": pytest.mark.processes,
    "trial": pytest.mark.processes,
    "postgres_url": pytest.mark.postgres,
    "redis_url": pytest.mark.redis,
}


# Real processes and a browser share two cores with whatever else the machine does; a first try that failed shows as R.
ONE_SECOND_TRY = pytest.mark.flaky(reruns=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, and the flows as those that run on both databases."""
    for item in items:
        for fixture, mark in MARK_BY_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
        if {"browser", "processes", "long"} & {mark.name for mark in item.iter_markers()}:
            item.add_marker(ONE_SECOND_TRY)
        if "flows" in item.path.parts:
            item.add_marker(pytest.mark.both_databases)


@pytest.fixture(scope="session", autouse=True)
def _flushable_audit_log() -> Iterator[None]:
    """Tests that commit leave an empty database, the append-only audit log included."""
    with flush_past_triggers():
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a database, not yet created, on a PostgreSQL server of this run."""
    with skipped_without_program(), running_postgres(STEADY) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of an empty Redis of this run."""
    with skipped_without_program(), running_redis() as url:
        yield url


@pytest.fixture
def start_worker(transactional_db, tmp_path, request) -> Iterator[Callable[..., Worker]]:
    """Start worker processes: ``start_worker("local", concurrency=2)``, ``start_worker("call", with_clock=True)``.

    They share database, broker and data folder with the test, which must commit (``transaction=True``), and are gone
    when it ends, together with the messages they left. Several start in the time of one with ``is_awaited=False``, each
    to be waited for by ``wait_until_ready``.
    """
    with ExitStack() as workers:
        started: list[Worker] = []

        def start(queue: str, **options) -> Worker:
            started.append(workers.enter_context(running_worker(queue, folder=tmp_path, **options)))
            return started[-1]

        yield start
        for worker in started:
            worker.process.terminate()  # all at once; what has ended is not touched
    print_logs(tmp_path)
    app.control.purge()


@pytest.fixture(scope="module")
def crew(django_db_setup, tmp_path_factory) -> Iterator[None]:
    """A worker of each queue for all tests of a module, which must commit: a start takes longer than most of them."""
    with running_crew(tmp_path_factory.mktemp("crew")):
        yield


@pytest.fixture
def server(settings) -> Iterator[StrangeServer]:
    """A web server on loopback from which the operator of this desk lets documents be fetched."""
    with running_strange_server() as strange:
        settings.FETCH_NETWORKS = (ip_network("127.0.0.1/32"),)
        settings.FETCH_PORTS = frozenset({strange.port})
        yield strange


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium: nothing is downloaded."""
    with skipped_without_program():
        chromium = find_chromium()
    return browser_type_launch_args | {"executable_path": str(chromium), "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    """Every page hangs from the live server: ``page.goto("/healthz")``."""
    return live_server.url


@pytest.fixture
def desk(page, live_server) -> Desk:
    """A browser before the login page; add ``start_worker`` where documents are to be classified."""
    return Desk(page=page, url=live_server.url)

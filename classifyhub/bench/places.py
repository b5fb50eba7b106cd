"""Where a measurement happens: a temporary data folder, and a PostgreSQL and a Redis of its own where it asks for them.

Only in a checkout with its development packages: the servers are those of the tests."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from classifyhub.bench.figures import SkippedError
from classifyhub.environment import NAMES
from tests.support.postgres import running_postgres
from tests.support.programs import MissingProgramError, free_port
from tests.support.redis import running_redis

EMBEDDED, POSTGRESQL, TEAM = "SQLite", "PostgreSQL", "PostgreSQL and Redis"


@contextmanager
def prepared(place: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder, and an environment that names an empty data folder in it, a free port, and the servers of ``place``;
    all of it gone afterwards. ``SkippedError`` where a server is not installed."""
    with ExitStack() as opened:
        folder = opened.enter_context(
            tempfile.TemporaryDirectory(prefix="classifyhub-bench-", ignore_cleanup_errors=True)
        )
        yield Path(folder), _environment(Path(folder)) | _servers(place, opened)


def _servers(place: str, opened: ExitStack) -> dict[str, str]:
    urls = {}
    try:
        if place == TEAM:
            urls["CELERY_BROKER_URL"] = opened.enter_context(running_redis())
        if place in {POSTGRESQL, TEAM}:
            urls["DATABASE_URL"] = opened.enter_context(running_postgres())
            _create_database(urls["DATABASE_URL"])
    except MissingProgramError as error:
        raise SkippedError(str(error)) from error
    return urls


def _create_database(url: str) -> None:
    server, _slash, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of what this shell says about a desk: a benchmark must never write into somebody's data."""
    outside = {name: value for name, value in os.environ.items() if name not in NAMES}
    return outside | {
        "DJANGO_SETTINGS_MODULE": "classifyhub.settings",
        "CLASSIFYHUB_DATA_DIR": str(folder / "data"),
        "CLASSIFYHUB_PORT": str(free_port()),
        "CLASSIFYHUB_ADMIN_EMAIL": "bench@example.org",
        "CLASSIFYHUB_ADMIN_PASSWORD": secrets.token_urlsafe(16),
    }

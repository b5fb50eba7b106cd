"""A Redis of the test run's own, set up as docker-compose.yml sets it up but for the append-only file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.support.programs import find_program, free_port, running


@contextmanager
def running_redis() -> Iterator[str]:
    """Yield the URL of an empty Redis on a free loopback port. Raises MissingProgramError."""
    binary = find_program("redis-server", package="redis-server")
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "maxmemory-policy": "noeviction"}
    with tempfile.TemporaryDirectory(prefix="classifyhub-redis-") as folder:
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        command = [str(binary), "--dir", folder, *arguments]
        with (
            redis.Redis(port=port, socket_connect_timeout=2) as client,
            running(command, is_ready=lambda: _answers(client), log=Path(folder) / "log"),
        ):
            yield f"redis://127.0.0.1:{port}/0"


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False

"""A stand-in for each test, and a client that speaks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from jobs.standins import Standin, running_standin


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Standin, httpx.Client]]]:
    """``standin, client = start("llamacloud", thinks=0.1)``; the client bears the key, answers come from the quick rule
    unless the test says otherwise."""
    with ExitStack() as stack:

        def start_one(name: str, **options) -> tuple[Standin, httpx.Client]:
            standin = stack.enter_context(running_standin(name, **{"answers": "quick", **options}))
            headers = {"Authorization": f"Bearer {standin.key}", "api-key": standin.key}
            client = httpx.Client(base_url=standin.url, headers=headers, trust_env=False, timeout=10)
            return standin, stack.enter_context(client)

        yield start_one

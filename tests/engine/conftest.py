"""One warm sandbox for all tests that only need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classifyhub.engine.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox

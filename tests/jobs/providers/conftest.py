"""A vendor that says what the test writes down, and one warm sandbox for all providers that open documents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classifyhub.engine.sandbox import Sandbox
from tests.support.scripted_vendor import ScriptedVendor, running_script


@pytest.fixture
def vendor() -> Iterator[ScriptedVendor]:
    with running_script() as vendor:
        yield vendor


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox

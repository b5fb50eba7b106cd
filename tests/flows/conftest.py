"""Workers that the flows of a module share: a start takes longer than most flows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.clerk import Clerk
from tests.support.workers import running_crew


@pytest.fixture(scope="module")
def crew(django_db_setup, tmp_path_factory) -> Iterator[None]:
    """One worker of each queue, as long as the tests of this module run."""
    with running_crew(tmp_path_factory.mktemp("crew")):
        yield


@pytest.fixture
def clerk(crew, transactional_db) -> Clerk:
    """Somebody at a desk where everything is running."""
    return Clerk()

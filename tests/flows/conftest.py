"""Who walks through the flows."""

from __future__ import annotations

import pytest

from tests.support.clerk import Clerk


@pytest.fixture
def clerk(crew, transactional_db) -> Clerk:
    """Somebody at a desk where everything is running."""
    return Clerk()

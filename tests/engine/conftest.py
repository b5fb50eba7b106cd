"""One warm sandbox, and one converted sentence encoder, for all tests that only need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifyhub.engine.embedding import current, prepare
from classifyhub.engine.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A folder with the converted sentence encoder; without the extra, the test is skipped."""
    pytest.importorskip("onnxruntime", reason="the extra embeddings is not installed")
    folder = tmp_path_factory.mktemp("models")
    prepare(folder)
    return folder


@pytest.fixture
def _forgotten_encoder():
    """Forgets what a test has said about where the sentence encoder is."""
    yield
    for child in current._children:
        child.wait()
    current._finders.clear()
    current._children.clear()
    for cached in (current._find, current._make, current._say_why):
        cached.cache_clear()

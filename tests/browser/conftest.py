"""What tests in a browser share: patience, and an ear for what the page complains of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

SECONDS = 20


@pytest.fixture(autouse=True)
def patience() -> None:
    """A busy machine answers late; what is tested is that it answers."""
    expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the page says to nobody: errors of scripts, of the console, of the content security policy. A test that
    asks for this fails when there were any."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    page.on("console", lambda message: message.type == "error" and heard.append(f"{page.url}: {message.text}"))
    yield heard
    assert heard == []

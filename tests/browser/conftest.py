"""What tests in a browser share: patience, and an ear for what the page complains of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from classifyhub.celery import app
from tests.support.busy_desk import BusyDesk
from tests.support.desk import Desk
from tests.support.uploader import Uploader

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
    page.on("console", lambda message: is_complaint(message, page) and heard.append(f"{page.url}: {message.text}"))
    yield heard
    assert not heard, "\n".join(heard)


def is_complaint(message: ConsoleMessage, page: Page) -> bool:
    """Not the status of the very document that was asked for: a link that is used up answers 410 as it should."""
    return message.type in {"error", "warning"} and message.location["url"] != page.url


@pytest.fixture
def busy(live_server, transactional_db) -> Iterator[BusyDesk]:
    """A desk on which everything has happened."""
    yield BusyDesk()
    app.control.purge()


@pytest.fixture
def inside(busy: BusyDesk, desk: Desk) -> Page:
    """The page of somebody who may see everything."""
    desk.enter(busy.person)
    return desk.page


@pytest.fixture
def uploader(desk: Desk, tmp_path: Path) -> Uploader:
    """Somebody with the upload page open."""
    uploader = Uploader(desk, tmp_path)
    uploader.enter()
    return uploader

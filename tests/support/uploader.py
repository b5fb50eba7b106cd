"""Somebody who uploads in a browser."""

from __future__ import annotations

from pathlib import Path

from django.test import Client
from playwright.sync_api import CDPSession

from classifyhub.accounts.models import Role, User
from jobs.models import IntakeBatch
from tests.support.desk import Desk
from tests.support.factories import a_member, a_project, a_version

LETTER = "Dear Sir,\n\nthank you for your letter number {0}.\n\nYours faithfully\n" + "." * 20_000


class Uploader:
    """A reviewer with the upload page open."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.page, self.folder = desk, desk.page, folder
        self.line: CDPSession | None = None
        self.project = a_project("Post room")
        self.version = a_version(self.project, provider="local")
        self.user: User = a_member(self.project, Role.REVIEWER)

    def enter(self) -> None:
        """With a session, without the way through the login page."""
        client = Client()
        client.force_login(self.user)
        cookies = [
            {"name": name, "value": morsel.value, "url": self.desk.url} for name, morsel in client.cookies.items()
        ]
        self.page.context.add_cookies(cookies)
        self.open("upload")

    def open(self, name: str) -> None:
        self.desk.open(name, project=self.project.slug)

    def files(self, count: int, *, start: int = 0) -> list[Path]:
        paths = [self.folder / f"letter-{number:03}.txt" for number in range(start, start + count)]
        for number, path in enumerate(paths, start=start):
            path.write_text(LETTER.format(number))
        return paths

    def choose(self, *paths: Path, button: str = "Choose files") -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name=button).click()
        chooser.value.set_files(list(paths))

    def connect(self, *, bytes_per_second: int = -1, offline: bool = False) -> None:
        """Over a line as thin as this, or over none."""
        if self.line is None:
            self.line = self.page.context.new_cdp_session(self.page)
            self.line.send("Network.enable")
        limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second, "offline": offline}
        self.line.send("Network.emulateNetworkConditions", limits)

    @property
    def tray(self):
        return self.page.locator("#tray-panel")

    @property
    def totals(self):
        return self.page.locator("#tray-totals")

    @property
    def sent(self):
        return self.page.locator("#tray-count")

    def batch(self) -> IntakeBatch:
        return IntakeBatch.objects.order_by("pk").last()

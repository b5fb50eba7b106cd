"""The desk in a browser: one person's page, on a live server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from classifyhub.accounts.models import User
from tests.support.programs import find_program

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # Chromium's own sandbox does not start as root, which is what containers run as
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

MAC = ("Applications/Chromium.app/Contents/MacOS", "Applications/Google Chrome.app/Contents/MacOS")


def find_chromium() -> Path:
    """The system's Chromium or Chrome. Raises MissingProgramError."""
    names = ("chromium", "chromium-browser", "google-chrome", "Chromium", "Google Chrome")
    return find_program(*names, package="chromium", folders=MAC)


@dataclass
class Desk:
    """What a person does before the part that a test is about."""

    page: Page
    url: str

    def open(self, name: str, **parts: Any) -> None:
        """Go to the page with this URL name: ``desk.open("run", project="acme", uid=run.uid)``."""
        self.page.goto(self.url + reverse(name, kwargs=parts))

    def enter(self, user: User) -> None:
        """With a session, without the way through the login page."""
        client = Client()
        client.force_login(user)
        cookies = [{"name": name, "value": morsel.value, "url": self.url} for name, morsel in client.cookies.items()]
        self.page.context.add_cookies(cookies)

    def log_in(self, email: str, password: str) -> None:
        """Through the login page, as everybody."""
        self.open("login")
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: not url.startswith(self.url + reverse("login")))

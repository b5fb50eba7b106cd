"""The pages of the desk: whatever answers a GET with a document is one."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.test import Client
from playwright.sync_api import Page, expect

from tests.support.addresses import all_addresses
from tests.support.busy_desk import BusyDesk


def find_pages(busy: BusyDesk, *, by_stranger: bool = False) -> dict[str, str]:
    """The addresses, by name, that a GET opens as a document: for ``busy.person``, or for somebody not logged in."""
    client = Client()
    if not by_stranger:
        client.force_login(busy.person)
    addresses = {}
    for pattern, _parts in all_addresses():
        address = busy.address_of(str(pattern.name))
        response = client.get(address)
        assert response.status_code not in {403, 404, 500}, f"{response.status_code} at {address}"
        if is_page(response):
            addresses[str(pattern.name)] = address
        response.close()
    return addresses


def open_whole(page: Page, address: str) -> None:
    """Go to ``address`` and wait for the parts that the page fetches once it is there."""
    page.goto(address)
    expect(page.locator("[hx-trigger=load]")).to_have_count(0)


def is_page(response: HttpResponseBase) -> bool:
    """A whole document, as against a redirect, a fragment, a file, or a refusal to be asked by GET."""
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and not response.streaming and response.content.lstrip().lower().startswith(b"<!doctype")

"""The browser that the suite drives."""

import re

import pytest
from playwright.sync_api import Error


def test_pages_of_this_machine_can_be_seen(page):
    page.goto("/no-such-page")
    assert page.evaluate("document.contentType") == "text/html"


def test_the_rest_of_the_network_is_out_of_reach(page):
    with pytest.raises(Error, match=re.escape("net::ERR_NAME_NOT_RESOLVED")):
        page.goto("http://example.org/")

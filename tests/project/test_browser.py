"""The browser that the suite drives."""

import re

import pytest
from playwright.sync_api import Error

from tests.support import factories


def test_pages_of_this_machine_can_be_seen(page):
    page.goto("/no-such-page")
    assert page.evaluate("document.contentType") == "text/html"


def test_the_rest_of_the_network_is_out_of_reach(page):
    with pytest.raises(Error, match=re.escape("net::ERR_NAME_NOT_RESOLVED")):
        page.goto("http://example.org/")


def test_a_person_logs_in_as_everybody_does(desk):
    person = factories.a_member(factories.a_project())
    desk.log_in(person.email, "correct horse battery")
    desk.open("me")
    assert person.email in desk.page.content()

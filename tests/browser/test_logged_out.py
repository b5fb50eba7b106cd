"""A session that ends while somebody types: they log in beside the page and go on in it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from classifyhub.accounts import people
from rules import drafts
from rules.models import Preset
from tests.rules.examples import a_draft
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, PASSWORD = "mara@example.org", "amber-kettle-lantern"


@pytest.fixture
def preset(desk: Desk) -> Preset:
    """Of somebody who came in through the log-in page, and so has a token that the next log-in changes."""
    start = people.bootstrap(email=EMAIL, password=PASSWORD, api_key=None)
    desk.log_in(EMAIL, PASSWORD)
    return drafts.create_preset(start.project, "Accounts payable", by=start.user, draft=a_draft())


def lose_the_session(page: Page) -> None:
    page.context.clear_cookies(name="classifyhub_session")


def log_in_beside(page: Page) -> None:
    """By the link of the banner, which opens another tab."""
    with page.expect_popup() as opened:
        page.locator("#trouble").get_by_role("link", name="Log in").click()
    beside = opened.value
    beside.locator("input[name=email]").fill(EMAIL)
    beside.locator("input[name=password]").fill(PASSWORD)
    beside.keyboard.press("Enter")
    beside.wait_for_url("**/p/**")
    beside.close()


def test_a_form_stays_as_it_was_filled_in_and_is_sent_again(desk, preset):
    page = desk.page
    desk.open("settings_keys", project=preset.project.slug)
    page.get_by_label("Name").fill("Scanner in the post room")
    lose_the_session(page)
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#trouble")).to_contain_text("You are logged out.")
    expect(page.get_by_label("Name")).to_have_value("Scanner in the post room")
    log_in_beside(page)
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("link", name="Scanner in the post room")).to_be_visible()


def test_a_draft_goes_on_being_saved(desk, preset):
    page = desk.page
    desk.open("preset", project=preset.project.slug, uid=preset.uid)
    page.locator(".rule-item summary").first.click()
    lose_the_session(page)
    page.get_by_label("Type", exact=True).first.fill("Bill")
    expect(page.locator("#trouble")).to_contain_text("You are logged out.")
    log_in_beside(page)
    page.get_by_label("Type", exact=True).first.fill("Bill of costs")
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.get_by_text("saved").first).to_be_visible()
    preset.refresh_from_db()
    assert preset.draft["rules"][0]["type"] == "Bill of costs"

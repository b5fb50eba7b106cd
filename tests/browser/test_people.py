"""People in a real browser: a first log-in, an invitation handed over, a key copied, a theme that stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from classifyhub.accounts import keys, people
from classifyhub.accounts.models import Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
NEW = "amber-kettle-lantern"


@pytest.fixture
def project():
    return factories.a_project("Post room")


@pytest.fixture
def admin(project):
    return factories.a_member(project, Role.ADMIN, email="ines@example.org", name="Ines V.")


@pytest.fixture
def settings_pages(desk, admin, project):
    """The desk, logged in as the admin of ``project``, and a way to its pages."""
    desk.log_in(admin.email, PASSWORD)
    return lambda name: desk.open(name, project=project.slug)


@pytest.fixture
def elsewhere(browser, live_server):
    """A second browser, in Vienna."""
    context = browser.new_context(timezone_id="Europe/Vienna", base_url=live_server.url)
    yield context.new_page()
    context.close()


def test_an_invitation_goes_from_one_browser_to_another(settings_pages, settings, desk, elsewhere):
    settings.PUBLIC_URL = desk.url
    page = desk.page
    settings_pages("settings_members")
    page.get_by_label("E-mail").fill("noa@example.org")
    page.get_by_label("Role").select_option("Reviewer")
    page.get_by_role("button", name="Invite person").click()
    link = page.get_by_label("One-time link").input_value()
    expect(page.get_by_label("One-time link")).to_be_focused()

    elsewhere.goto(link)
    expect(elsewhere.get_by_role("heading", name="Join Post room")).to_be_visible()
    elsewhere.get_by_label("Your name").fill("Noa")
    elsewhere.get_by_label("New password").fill("short")
    elsewhere.get_by_role("button", name="Save and go in").click()
    expect(elsewhere.get_by_text("too short")).to_be_visible()
    elsewhere.get_by_label("New password").fill(NEW)
    elsewhere.get_by_label("Show the password").check()
    expect(elsewhere.get_by_label("New password")).to_have_attribute("type", "text")
    elsewhere.get_by_role("button", name="Save and go in").click()
    elsewhere.wait_for_url("**/p/**")
    expect(elsewhere.get_by_text("Noa", exact=True)).to_be_visible()
    assert User.objects.get(email="noa@example.org").time_zone == "Europe/Vienna"

    elsewhere.goto(link)
    expect(elsewhere.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    page.reload()
    expect(page.get_by_label("One-time link")).to_have_count(0)


def test_a_member_gets_another_role_and_is_removed_by_name(settings_pages, desk, project):
    factories.a_member(project, Role.VIEWER, email="dana@example.org", name="Dana K.")
    page = desk.page
    settings_pages("settings_members")
    page.get_by_role("link", name="Dana K.").click()
    expect(page.get_by_role("heading", name="Dana K.")).to_be_visible()
    page.get_by_label("Role").select_option("Author")
    page.get_by_role("button", name="Save role").click()
    expect(page.get_by_text("Dana K. is Author now")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove Dana K.").click()
    expect(page.get_by_text("Dana K. removed")).to_be_visible()
    expect(page.get_by_role("link", name="Dana K.")).to_have_count(0)
    assert project.memberships.count() == 1


def test_after_a_refused_log_in_the_password_has_the_focus(desk, admin):
    desk.open("login")
    expect(desk.page.get_by_label("E-mail")).to_be_focused()
    desk.page.get_by_label("E-mail").fill(admin.email)
    desk.page.get_by_label("Password").fill("wrong")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(desk.page.get_by_label("Password")).to_be_focused()


def test_a_key_is_copied_once_and_revoked_by_name(settings_pages, desk):
    page = desk.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    settings_pages("settings_keys")
    page.get_by_label("Name").fill("Scanner")
    page.get_by_role("button", name="Create key").click()
    page.get_by_role("button", name="Copy key").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    secret = page.evaluate("navigator.clipboard.readText()")
    assert keys.authenticate(secret).name == "Scanner"

    page.get_by_role("link", name="Scanner").click()
    expect(page.get_by_label("The key")).to_have_count(0)
    page.get_by_role("button", name="Revoke key").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    assert keys.authenticate(secret)
    page.get_by_role("button", name="Revoke key").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke Scanner").click()
    expect(page.get_by_text("Scanner revoked")).to_be_visible()
    assert keys.authenticate(secret) is None


def test_the_theme_stays_with_the_person(settings_pages, desk, admin, elsewhere):
    desk.page.goto("/me/")
    desk.page.get_by_text("Dark", exact=True).last.click()
    desk.page.get_by_role("button", name="Save appearance").click()
    expect(desk.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(desk.page.get_by_text("Appearance saved")).to_be_visible()

    elsewhere.goto("/login/")
    expect(elsewhere.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))
    elsewhere.get_by_label("E-mail").fill(admin.email)
    elsewhere.get_by_label("Password").fill(PASSWORD)
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "dark")
    elsewhere.get_by_text("Ines V.").click()
    elsewhere.get_by_role("button", name="Log out").click()
    elsewhere.wait_for_url("**/login/")
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_switch_in_the_sidebar_is_kept_with_the_account(settings_pages, desk, admin):
    settings_pages("settings_project")
    desk.page.get_by_text("Theme").click()
    with desk.page.expect_response("**/me/preferences/"):
        desk.page.get_by_role("button", name="Light").click()
    admin.refresh_from_db()
    assert admin.preferences == {"theme": "light"}


def test_the_audit_log_filters_without_a_reload(settings_pages, desk, admin, project):
    keys.create_key(project, "Scanner", by=admin)
    people.add_member(project, factories.a_user("dana@example.org"), Role.VIEWER, by=None)
    settings_pages("audit_log")
    page = desk.page
    expect(page.get_by_role("cell", name="created API key")).to_be_visible()
    page.get_by_label("Person").select_option("The desk")
    expect(page.get_by_role("cell", name="created API key")).to_have_count(0)
    expect(page.get_by_role("cell", name="added member")).to_be_visible()
    assert "person=system" in page.url
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_role("cell", name="created API key")).to_be_visible()


def test_a_shorter_retention_asks_once_more(settings_pages, desk, project):
    settings_pages("settings_retention")
    page = desk.page
    page.get_by_label("Keep documents for, days").fill("30")
    page.get_by_role("button", name="Save retention").click()
    expect(page.get_by_role("alert")).to_contain_text("will be erased")
    page.get_by_role("button", name="Erase after 30 days").click()
    expect(page.get_by_text("Retention saved")).to_be_visible()
    project.refresh_from_db()
    assert project.retention_days == 30

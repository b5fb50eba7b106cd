"""Presets in a real browser: text that is never lost, keys, two people, a try, and the same without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from classifyhub.accounts.models import Role, User
from rules import drafts, publishing
from rules.models import Preset
from rules.shape import Draft
from tests.rules.examples import a_draft
from tests.support.desk import Desk
from tests.support.factories import a_connection, a_document, a_member, a_project

pytestmark = pytest.mark.django_db(transaction=True)

BILL = b"INVOICE\n\nInvoice number 4711\nTotal amount due: 120.00 EUR\nPlease pay within 14 days.\n"


class Author:
    """An author before the editor of a preset with three rules, published as v1."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page
        self.project = a_project("Post room")
        self.user: User = a_member(self.project, Role.AUTHOR, email="ines@example.org", name="Ines V.")
        self.preset = drafts.create_preset(self.project, "Accounts payable", by=self.user, draft=a_draft())
        publishing.publish(self.preset, by=self.user, note="First cut")

    def enter(self, page: Page | None = None, user: User | None = None) -> None:
        """With a session, without the way through the login page."""
        client = Client()
        client.force_login(user or self.user)
        cookies = [
            {"name": name, "value": morsel.value, "url": self.desk.url} for name, morsel in client.cookies.items()
        ]
        (page or self.page).context.add_cookies(cookies)

    def open(self, page: Page | None = None, name: str = "preset") -> None:
        (page or self.page).goto(self.desk.url + reverse(name, args=[self.project.slug, self.preset.uid]))

    def open_rule(self, number: int, page: Page | None = None) -> None:
        (page or self.page).locator(".rule-item summary").nth(number - 1).click()

    def type_at_end(self, text: str, page: Page | None = None) -> None:
        keyboard = (page or self.page).keyboard
        keyboard.press("End")
        keyboard.type(text)

    def type_field(self, number: int) -> Locator:
        return self.page.get_by_label("Type", exact=True).nth(number - 1)

    def types(self) -> list[str]:
        return [rule.type for rule in Draft.from_json(Preset.objects.get(pk=self.preset.pk).draft).rules]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine saves late; what is tested is that it saves."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def ines(desk) -> Author:
    author = Author(desk)
    author.enter()
    author.open()
    return author


def test_choosing_a_connection_brings_its_settings_without_a_reload(ines, complaints):
    a_connection(ines.project, "landingai", name="Lending")
    ines.open()
    model = ines.page.get_by_label("Model version")
    expect(model).to_have_count(0)
    ines.page.get_by_label("Provider", exact=True).select_option(label="Lending")
    expect(ines.page.get_by_text("Documents are sent to LandingAI ADE")).to_be_visible()
    ines.page.get_by_label("If it is down or out of budget").select_option(label="Local engine")
    model.press_sequentially("ade-3", delay=120)  # longer than the pause after which a draft is saved
    expect(model).to_be_focused()
    expect(ines.page.get_by_text("3 changes,")).to_be_visible()
    ines.open()
    expect(model).to_have_value("ade-3")
    expect(ines.page.get_by_label("Provider", exact=True).locator("option:checked")).to_have_text("Lending")
    expect(ines.page.get_by_label("If it is down").locator("option:checked")).to_have_text("Local engine")


def test_text_is_saved_and_linted_while_it_is_typed_and_published_with_a_note(ines):
    page = ines.page
    ines.open_rule(2)
    expect(ines.type_field(2)).to_be_focused()
    ines.type_at_end(" / dunning")
    expect(page.get_by_text("1 change, saved")).to_be_visible()
    page.get_by_label("Provider", exact=True).select_option("llamacloud_v2")
    expect(page.get_by_text("2 problems block publishing for LlamaCloud v2.")).to_be_visible()
    expect(ines.type_field(2)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Publish v2")).to_be_disabled()

    page.get_by_role("button", name="Replace “/” with “-”").click()
    expect(ines.type_field(2)).to_have_value("Payment reminder - dunning")
    page.get_by_label("Provider", exact=True).select_option("local")
    page.get_by_role("link", name="Publish v2").click()
    expect(page.get_by_role("dialog").get_by_label("Note")).to_be_focused()
    page.keyboard.type("Say it as the dunning desk does")
    page.get_by_role("dialog").get_by_role("button", name="Publish v2").click()
    expect(page.get_by_text("Published Accounts payable v2")).to_be_visible()
    version = Preset.objects.get(pk=ines.preset.pk).published
    assert (version.number, version.note) == (2, "Say it as the dunning desk does")
    assert version.rules[1]["type"] == "Payment reminder - dunning"


def test_a_publish_pressed_right_after_the_last_letter_publishes_that_letter(ines):
    page = ines.page
    ines.open_rule(1)
    ines.type_at_end("!")
    expect(page.get_by_text("1 change, saved")).to_be_visible()
    ines.type_at_end("?")
    page.get_by_role("link", name="Publish v2").click()
    expect(page.get_by_role("dialog").get_by_text("Invoice!?").first).to_be_visible()


def test_rules_are_added_moved_by_keys_deleted_and_brought_back(ines):
    page = ines.page
    page.get_by_role("button", name="Add rule").click()
    expect(ines.type_field(4)).to_be_focused()
    page.keyboard.type("Receipt")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("summary .rule-name").nth(2)).to_have_text("Receipt")
    expect(ines.type_field(3)).to_be_focused()
    page.keyboard.type("s")
    expect(page.get_by_text("saved").first).to_be_visible()

    page.get_by_role("button", name="Delete rule").click()
    expect(page.get_by_text("Receipts deleted.")).to_be_visible()
    page.get_by_role("button", name="Bring it back").press("Enter")
    expect(ines.type_field(3)).to_have_value("Receipts")
    assert ines.types() == ["Invoice", "Payment reminder", "Receipts", "Contract"]


def test_enter_in_a_field_saves_and_leaves_the_person_where_they_are(ines):
    page = ines.page
    ines.open_rule(1)
    ines.type_at_end("s")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 change, saved")).to_be_visible()
    expect(ines.type_field(1)).to_be_focused()
    assert ines.types()[0] == "Invoices"


def test_one_rule_is_open_at_a_time(ines):
    for number in (1, 3, 2):
        ines.open_rule(number)
    expect(ines.page.locator(".rule-item details[open]")).to_have_count(1)


def test_two_people_are_told_and_both_texts_are_kept(ines, browser):
    dana = a_member(ines.project, Role.AUTHOR, name="Dana K.")
    other = browser.new_context().new_page()
    ines.enter(other, dana)
    ines.open(other)
    ines.open_rule(1, other)
    ines.type_at_end(" (UK)", other)
    expect(other.get_by_text("1 change, saved")).to_be_visible()

    page = ines.page
    ines.open_rule(3)
    ines.type_at_end(" of work")
    expect(page.get_by_text("Dana K. saved this draft")).to_be_visible()
    ines.type_at_end(" or hire")  # nobody is torn away while they type
    page.get_by_role("button", name="Compare and choose").click()
    expect(page.get_by_role("heading", name="Two drafts")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Save what is chosen").click()
    page.wait_for_url(re.compile(f"{ines.preset.uid}/$"))
    assert ines.types() == ["Invoice (UK)", "Payment reminder", "Contract of work or hire"]
    other.context.close()


def test_a_session_that_ends_in_mid_word_loses_no_word(ines):
    page = ines.page
    ines.open_rule(1)
    page.context.clear_cookies(name="classifyhub_session")
    ines.type_at_end(" kept")
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    assert ines.types()[0] == "Invoice"
    ines.enter()
    ines.open()
    expect(page.locator("summary .rule-name").first).to_have_text("Invoice kept")
    assert ines.types()[0] == "Invoice kept"


def test_a_tab_closed_right_after_the_last_letter_loses_no_letter(ines):
    page = ines.page
    ines.open_rule(1)
    page.keyboard.press("End")
    page.evaluate(
        """() => {
            const field = document.activeElement;
            field.value += " in time";
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            location.reload();
        }"""
    )
    expect(page.locator("summary .rule-name").first).to_have_text("Invoice in time")
    assert ines.types()[0] == "Invoice in time"


def test_a_draft_is_tried_beside_the_published_version(ines, start_worker):
    start_worker("local")
    start_worker("call", with_clock=True)
    a_document(ines.project, content=BILL, name="bill.txt")
    ines.open()
    page = ines.page
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("0 of 1 change")).to_be_visible(timeout=60_000)
    ines.open_rule(1)
    page.keyboard.press("Control+a")
    page.keyboard.type("Bill")
    expect(page.get_by_text("Rule 1 was edited after this try.")).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("1 of 1 changes.")).to_be_visible(timeout=60_000)
    expect(page.locator(".try[data-changed]")).to_contain_text("Bill")


def test_a_draft_is_tried_on_a_page_of_its_own(ines):
    a_document(ines.project, content=BILL, name="bill.txt")
    ines.open(name="preset_try")
    ines.page.get_by_role("button", name="Run", exact=True).click()
    expect(ines.page.get_by_text("Classifying 1 document.")).to_be_visible()


def test_the_whole_way_works_without_a_script(ines, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    ines.enter(page)
    ines.open(page)
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Type", exact=True).last.fill("Receipt")
    page.get_by_label("Description").last.fill("Shows what was paid at a till, with the card or cash amount.")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="Publish v2").click()
    page.get_by_label("Note").fill("Receipts too")
    page.get_by_role("button", name="Publish v2").click()
    expect(page.get_by_text("Published v2")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_text("Receipts too").first).to_be_visible()
    assert ines.types() == ["Invoice", "Payment reminder", "Contract", "Receipt"]
    page.context.close()

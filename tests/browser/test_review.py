"""Reviewing by keys: quick, and safe against fingers that are quicker than eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from classifyhub.accounts.models import Role, User
from classifyhub.clock import in_seconds
from jobs import pipeline
from jobs.models import Review, ReviewClaim, ReviewItem
from tests.support.desk import Desk
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = pytest.mark.django_db(transaction=True)

UNLIMITED = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}


class Reviewer:
    """A reviewer with waiting documents, told apart by their names: ``1.txt`` is the worst."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page
        self.project = a_project("Post room")
        self.user: User = a_member(self.project, Role.REVIEWER, name="Ines V.")
        self.preset = a_version(self.project).preset
        desk.enter(self.user)

    def receive(self, count: int, **answer) -> None:
        version = a_version(self.project, preset=self.preset, provider_options=answer)
        start = ReviewItem.objects.count() + 1
        documents = [a_document(self.project, name=f"{number}.txt") for number in range(start, start + count)]
        for job in a_run(self.project, by=self.user, version=version, documents=documents).jobs.order_by("pk"):
            pipeline.run(job.pk)

    def start(self, page: Page | None = None) -> Page:
        page = page or self.page
        page.goto(f"{self.desk.url}/p/{self.project.slug}/review/")
        return page


@pytest.fixture
def reviewer(desk, complaints) -> Reviewer:
    return Reviewer(desk)


def shows(page: Page, name: str) -> None:
    """Wait for this document, and as long as a person needs to see it."""
    expect(page.locator(".viewer-bar strong")).to_have_text(name)
    page.wait_for_timeout(400)


def says(page: Page, words: str) -> None:
    expect(page.locator("[data-toast]")).to_contain_text(words)


def decisions() -> list[tuple[str, str, str | None]]:
    """What stands, in the order it was decided."""
    standing = Review.objects.filter(undone_at__isnull=True).order_by("pk")
    return list(standing.values_list("item__document__name", "decision", "final_type"))


def test_five_documents_are_decided_by_keys_and_one_is_taken_back(reviewer):
    reviewer.receive(5, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("Enter")
    says(page, "Approved 1.txt as Invoice")
    expect(page.locator("#said")).to_contain_text("Approved 1.txt as Invoice. 2.txt: Invoice, 60%.")
    shows(page, "2.txt")
    page.keyboard.press("2")
    says(page, "Overridden 2.txt as Letter")
    shows(page, "3.txt")
    page.keyboard.press("n")
    says(page, "Overridden 3.txt as No match")
    shows(page, "4.txt")
    page.keyboard.press("s")
    says(page, "Skipped 4.txt")
    shows(page, "5.txt")
    page.keyboard.press("Enter")
    shows(page, "4.txt")
    page.keyboard.press("u")
    says(page, "Decision taken back: 5.txt")
    shows(page, "5.txt")
    page.keyboard.press("2")
    shows(page, "4.txt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    expect(page.locator("#said")).to_be_empty()
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]")).to_have_count(0)
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    assert decisions() == [
        ("1.txt", "approve", "Invoice"),
        ("2.txt", "override", "Letter"),
        ("3.txt", "override", None),
        ("5.txt", "override", "Letter"),
        ("4.txt", "approve", "Invoice"),
    ]


def test_escalating_and_setting_aside_ask_why(reviewer):
    reviewer.receive(3, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog", name="Set aside")
    dialog.get_by_label("Holds several documents").check()
    page.keyboard.press("2")
    dialog.get_by_role("button", name="Set aside document").click()
    says(page, "Set aside 1.txt")
    shows(page, "2.txt")
    page.keyboard.press("f")
    expect(page.get_by_role("dialog", name="Escalate").get_by_label("What should they know")).to_be_focused()
    page.keyboard.type("Is this ours?")
    page.keyboard.press("Enter")
    says(page, "Escalated 2.txt")
    shows(page, "3.txt")
    page.keyboard.press("Enter")
    shows(page, "2.txt")
    expect(page.locator(".why")).to_contain_text("Is this ours?")
    assert [decision for _name, decision, _type in decisions()] == ["set_aside", "escalate", "approve"]


def test_keys_decide_nothing_while_somebody_types(reviewer):
    reviewer.receive(2, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("c")
    comment = page.get_by_label("Comment", exact=True)
    expect(comment).to_be_focused()
    page.keyboard.type("2nsux asks for n")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Filter types")).to_be_focused()
    page.keyboard.type("n2")
    expect(page.locator(".option:visible")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".option:visible")).not_to_have_count(0)
    shows(page, "1.txt")
    assert decisions() == []
    expect(comment).to_have_value("2nsux asks for n")
    page.keyboard.press("Enter")
    shows(page, "2.txt")
    assert Review.objects.get().comment == "2nsux asks for n"


def test_enter_in_the_comment_decides_only_what_enter_decides(reviewer):
    reviewer.receive(2, type=None, confidence=None)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("c")
    page.keyboard.type("Hard to read")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    shows(page, "1.txt")
    assert decisions() == []


def test_enter_on_an_answer_that_was_not_scored_asks_for_a_type(reviewer):
    reviewer.receive(2, type="Invoice", confidence=None)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("Enter")
    expect(page.locator("#options")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    shows(page, "1.txt")
    assert decisions() == []
    page.keyboard.press("2")
    shows(page, "2.txt")
    assert decisions() == [("1.txt", "override", "Letter")]


# Pressed by the page itself, so that no load on the machine can put the second Enter off.
SECOND_ENTER = """(moment) => {
    const press = () => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    const once = { once: true };
    if (moment !== "at once") document.addEventListener(moment, () => queueMicrotask(press), once);
    press();
    if (moment === "at once") press();
}"""


@pytest.mark.parametrize("moment", ["at once", "htmx:beforeSend", "htmx:afterSettle"])
def test_a_double_enter_decides_one_document(reviewer, moment):
    reviewer.receive(4, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.evaluate(SECOND_ENTER, moment)
    shows(page, "2.txt")
    assert decisions() == [("1.txt", "approve", "Invoice")]


def test_a_key_that_comes_too_soon_for_its_document_is_told_so(reviewer):
    reviewer.receive(3, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("2")
    page.keyboard.press("n")
    expect(page.get_by_text("A key that came too soon after it did nothing.")).to_be_visible()
    shows(page, "2.txt")
    assert decisions() == [("1.txt", "override", "Letter")]


def test_the_first_document_takes_a_digit_as_soon_as_it_is_there(reviewer):
    reviewer.receive(2, type="Invoice", confidence=0.6)
    page = reviewer.start()
    expect(page.locator(".viewer-bar strong")).to_have_text("1.txt")
    page.keyboard.press("2")
    says(page, "Overridden 1.txt as Letter")


@pytest.mark.parametrize("latency", [0, 400])
def test_keys_typed_in_one_go_reach_the_documents_they_mean(reviewer, latency):
    """Decided, taken back, decided otherwise: faster than the desk answers."""
    reviewer.receive(3, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.keyboard.press("Enter")
    shows(page, "2.txt")
    line = page.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", {**UNLIMITED, "latency": latency})
    for key in ("n", "u", "2"):
        page.keyboard.press(key)
    says(page, "Overridden 2.txt as Letter")
    shows(page, "3.txt")
    assert decisions() == [("1.txt", "approve", "Invoice"), ("2.txt", "override", "Letter")]


def test_a_double_click_decides_one_document(reviewer):
    reviewer.receive(4, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.get_by_role("button", name="Approve").dblclick(delay=60)
    shows(page, "2.txt")
    assert decisions() == [("1.txt", "approve", "Invoice")]


def test_an_enter_that_is_held_down_decides_one_document(reviewer):
    reviewer.receive(4, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    page.get_by_role("button", name="Approve").focus()
    for _ in range(10):
        page.keyboard.down("Enter")
        page.wait_for_timeout(60)
    page.keyboard.up("Enter")
    shows(page, "2.txt")
    assert decisions() == [("1.txt", "approve", "Invoice")]


def test_a_tab_that_was_left_open_changes_nothing_decided(reviewer):
    reviewer.receive(2, type="Invoice", confidence=0.6)
    old, new = reviewer.start(), reviewer.start(reviewer.page.context.new_page())
    shows(old, "1.txt")
    shows(new, "1.txt")
    new.keyboard.press("Enter")
    shows(new, "2.txt")
    old.keyboard.press("2")
    shows(old, "2.txt")
    assert decisions() == [("1.txt", "approve", "Invoice")]


def test_a_document_that_somebody_took_over_is_theirs(reviewer, browser):
    reviewer.receive(2, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    ReviewClaim.objects.update(expires_at=in_seconds(-1))
    dana = Desk(page=browser.new_page(), url=reviewer.desk.url)
    dana.enter(a_member(reviewer.project, Role.REVIEWER, name="Dana K."))
    shows(reviewer.start(dana.page), "1.txt")

    page.keyboard.press("2")
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    shows(page, "2.txt")
    assert decisions() == []
    expect(page.locator(".focus-counts")).to_contain_text("1 held by others")
    dana.page.close()


def test_switched_off_single_keys_do_nothing(reviewer):
    reviewer.receive(2, type="Invoice", confidence=0.6)
    page = reviewer.start()
    shows(page, "1.txt")
    press_keys_switch(page, lambda: page.keyboard.press("?"))
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.wait_for_timeout(400)
    shows(page, "1.txt")
    assert decisions() == []


def press_keys_switch(page: Page, open_sheet: Callable[[], None]) -> None:
    open_sheet()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("Skip")).to_be_visible()
    sheet.get_by_role("switch").uncheck()

"""Looking at the document that is to be decided: its pages, its text, turned and enlarged, by keys and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_answer import classify, draw_bundle
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def reviewing(desk: Desk, complaints) -> Page:
    """A document of four pages, waiting for a decision."""
    item = classify(desk, "bundle.pdf", draw_bundle())
    desk.open("review", project=item.project.slug)
    expect(place(desk.page)).to_have_text("Page 1 of 4")
    return desk.page


def place(page: Page):
    return page.locator(".viewer-place")


def test_keys_turn_to_the_next_page_and_back(reviewing):
    page = reviewing
    page.keyboard.press("]")
    expect(place(page)).to_have_text("Page 2 of 4")
    expect(page.locator(".paper > img")).to_have_attribute("alt", "Page 2 of bundle.pdf")
    expect(page.locator(".thumb[aria-current]")).to_have_attribute("aria-label", "Page 2")
    page.keyboard.press("]")
    expect(place(page)).to_have_text("Page 3 of 4")
    page.keyboard.press("[")
    expect(place(page)).to_have_text("Page 2 of 4")
    page.locator(".thumb").last.click()
    expect(place(page)).to_have_text("Page 4 of 4")
    expect(page.locator("#trouble")).to_be_empty()
    page.reload()
    expect(place(page)).to_have_text("Page 4 of 4")


def test_a_phone_turns_pages_by_a_button_and_keeps_the_focus_near(reviewing):
    page = reviewing
    page.set_viewport_size(PHONE)
    for number in (2, 3, 4):
        page.get_by_label("Page after").click()
        expect(place(page)).to_have_text(f"Page {number} of 4")
    expect(page.get_by_label("Page after")).to_have_count(0)
    expect(page.locator("#viewer")).to_be_focused()


def test_a_phone_reaches_what_stands_beside_the_document_elsewhere(reviewing):
    page = reviewing
    page.set_viewport_size(PHONE)
    page.get_by_label("Page after").click()
    expect(place(page)).to_have_text("Page 2 of 4")
    more = page.locator(".focus-tools summary")
    more.click()
    page.get_by_role("button", name="Read the text").click()
    expect(page.locator(".paper--text [data-shown-page]")).to_have_text("Page 2")
    more.click()
    page.get_by_role("button", name="Show the page").click()
    expect(place(page)).to_have_text("Page 2 of 4")
    expect(page.locator(".paper > img")).to_be_visible()
    more.click()
    page.get_by_role("button", name="Comment").click()
    expect(page.locator("#comment")).to_be_focused()
    expect(page.locator(".focus-tools details[open]")).to_have_count(0)
    more.click()
    page.get_by_role("button", name="Set aside").click()
    dialog = page.get_by_role("dialog", name="Set aside")
    dialog.get_by_role("button", name="Keep deciding").click()
    expect(more).to_be_focused()


def test_a_page_is_turned_and_enlarged_by_keys_and_takes_the_room_it_needs(reviewing):
    page = reviewing
    paper = page.locator("#paper")
    upright = paper.bounding_box()
    page.keyboard.press("r")
    expect(paper).to_have_attribute("data-turned", "1")
    lying = paper.bounding_box()
    assert abs(lying["width"] - upright["width"]) < 1
    assert lying["width"] > lying["height"]
    assert abs(lying["y"] - upright["y"]) < 1
    page.keyboard.press("+")
    expect(paper).to_have_attribute("data-zoomed", "1")
    enlarged = paper.bounding_box()
    assert abs(enlarged["width"] / lying["width"] - 1.25) < 0.01
    assert abs(enlarged["y"] - lying["y"]) < 1
    page.keyboard.press("]")
    expect(place(page)).to_have_text("Page 2 of 4")
    expect(page.locator("#paper")).to_have_attribute("data-turned", "1")
    for _quarter in range(3):
        page.keyboard.press("r")
    expect(page.locator("#paper")).not_to_have_attribute("data-turned", re.compile(""))


def test_the_text_is_shown_and_the_page_again_by_the_same_button(reviewing):
    page = reviewing
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator(".paper--text")).to_be_visible()
    page.get_by_role("link", name="Page", exact=True).click()
    expect(page.locator(".paper > img")).to_be_visible()
    expect(place(page)).to_have_text("Page 1 of 4")

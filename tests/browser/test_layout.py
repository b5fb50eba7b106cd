"""What stands on a page and how wide it is: a desk of icons, a narrow table, a page without a picture."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.busy_desk import BusyDesk
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

ONE_LINE = 40  # pixels, of a table row


def test_a_sidebar_of_icons_tells_its_numbers_with_the_names(inside: Page, busy: BusyDesk, desk: Desk) -> None:
    inside.set_viewport_size({"width": 1000, "height": 800})
    desk.open("home", project=busy.project.slug)
    expect(inside.get_by_role("link", name=re.compile(r"^Review \d+$"))).to_be_visible()
    expect(inside.get_by_role("link", name="Stuck 1", exact=True)).to_be_visible()


def test_a_row_of_a_run_stays_one_line_beside_the_filters(inside: Page, busy: BusyDesk, desk: Desk) -> None:
    inside.set_viewport_size({"width": 900, "height": 800})
    desk.open("run", project=busy.project.slug, uid=busy.finished.uid)
    rows = inside.locator("#run-rows tbody tr")
    expect(rows).to_have_count(busy.finished.jobs.count())
    assert max(box["height"] for row in rows.all() if (box := row.bounding_box())) <= ONE_LINE


def test_a_page_that_cannot_be_drawn_says_so(inside: Page, busy: BusyDesk, desk: Desk) -> None:
    desk.open("job", project=busy.project.slug, uid=busy.job("locked.pdf").uid)
    expect(inside.get_by_text("This page cannot be drawn.")).to_be_visible()
    expect(inside.locator(".paper > img")).to_be_hidden()
    expect(inside.locator(".evidence")).to_have_count(0)
    expect(inside.locator("img.thumb-page")).to_have_count(0)


def test_a_phone_reaches_what_is_done_with_a_document_by_one_menu(inside: Page, busy: BusyDesk, desk: Desk) -> None:
    inside.set_viewport_size({"width": 390, "height": 844})
    desk.open("job", project=busy.project.slug, uid=busy.finished.jobs.first().uid)
    download = inside.get_by_role("link", name="Download original")
    expect(download).to_be_hidden()
    inside.locator(".actions-more > summary").click()
    expect(download).to_be_visible()
    inside.set_viewport_size({"width": 1280, "height": 800})
    expect(inside.locator(".actions-more")).to_have_count(0)
    inside.locator(".actions [data-merges] > summary").click()
    expect(download).to_be_visible()

"""The first quarter of an hour: log in, load the sample desk, see it classified, decide, export, change a rule."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from classifyhub.accounts import people
from jobs.models import Document, Run
from jobs.sample.documents import SAMPLES
from rules import drafts
from rules.models import PresetVersion
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, PASSWORD = "mara@example.org", "amber-kettle-lantern"
REMINDER = "ombrel_second_reminder.pdf"


@pytest.fixture
def newcomer(desk: Desk, crew) -> Page:
    """Before the login page of a desk that was started a minute ago."""
    start = people.bootstrap(email=EMAIL, password=PASSWORD, api_key=None)
    drafts.ensure_default_preset(start.project, by=start.user)
    return desk.page


@pytest.fixture
def sample(newcomer: Page, desk: Desk) -> Page:
    """On the page of the sample run, which is classified."""
    desk.log_in(EMAIL, PASSWORD)
    newcomer.get_by_role("button", name="Load the sample desk").click()
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("A week of post")
    expect(newcomer.locator(".progress-number")).to_have_text(f"{len(SAMPLES)} of {len(SAMPLES)}", timeout=60_000)
    return newcomer


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Project").get_by_role("link", name=re.compile(f"^{name}")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_the_first_walk_leads_from_the_login_to_an_exported_decision(newcomer, desk, complaints, tmp_path):
    page = newcomer
    desk.log_in(EMAIL, PASSWORD)
    see_the_sample_classified_without_a_reload(page)
    see_why_a_document_is_what_it_is(page)
    decide_by_keys(page)
    export_and_find_the_decision(page, tmp_path)


def see_the_sample_classified_without_a_reload(page: Page) -> None:
    page.get_by_role("button", name="Load the sample desk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A week of post")
    page.evaluate("window.neverReloaded = true")
    number = page.locator(".progress-number")
    expect(number).to_have_text(f"{len(SAMPLES)} of {len(SAMPLES)}", timeout=60_000)
    expect(page.locator("#run-actions").get_by_role("link", name=re.compile("^Review [1-9]"))).to_be_visible()
    expect(page.locator("#run-poll")).not_to_have_attribute("hx-get", re.compile("."))
    assert page.evaluate("window.neverReloaded")


def see_why_a_document_is_what_it_is(page: Page) -> None:
    page.get_by_role("link", name=REMINDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(REMINDER)
    image = page.get_by_role("img", name=f"Page 1 of {REMINDER}")
    expect(image).to_be_visible()
    page.wait_for_function("document.querySelector('#paper img').naturalWidth > 1000")
    expect(page.locator(".type-name", has_text="Payment reminder").first).to_be_visible()
    marks = page.locator(".evidence-mark")
    expect(marks.first).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator(".quote[data-current]")).to_have_count(1)
    expect(page.locator(".evidence-mark[data-current]").first).to_be_in_viewport()
    current = page.locator(".quote[data-current]").get_attribute("data-evidence")
    page.keyboard.press("e")
    expect(page.locator(f".quote[data-current]:not([data-evidence='{current}'])")).to_have_count(1)


def decide_by_keys(page: Page) -> None:
    go(page, "Home")
    expect(page.get_by_role("link", name="Start reviewing")).to_be_focused()
    page.keyboard.press("Enter")
    counts = page.locator(".focus-counts")
    expect(counts).to_contain_text("0 this sitting")
    name = page.locator(".viewer-bar strong").inner_text()
    page.keyboard.press("2")
    toast = page.get_by_role("status").filter(has_text="as Credit note")
    expect(toast).to_contain_text(f"Overridden {name}")
    expect(counts).to_contain_text("1 this sitting")
    page.keyboard.press("u")
    expect(page.locator(".viewer-bar strong")).to_have_text(name)
    expect(counts).to_contain_text("0 this sitting")
    page.keyboard.press("2")
    expect(toast).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    page.get_by_role("link", name="A week of post").first.click()


def export_and_find_the_decision(page: Page, folder) -> None:
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, one line a document").click()
    assert download.value.suggested_filename == "a-week-of-post.csv"
    path = folder / "run.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["document"] for line in lines} == {sample.name for sample in SAMPLES}
    assert [line["type"] for line in lines if line["decided_by"] == EMAIL] == ["Credit note"]


def test_a_changed_rule_is_published_and_the_documents_classified_again_under_it(sample, complaints):
    page = sample
    go(page, "Presets")
    page.get_by_role("link", name=re.compile("Accounts payable")).first.click()
    page.locator(".rule-item summary").nth(4).click()
    page.get_by_label("Type", exact=True).nth(4).fill("Purchase orders")
    expect(page.get_by_text("1 change, saved")).to_be_visible()
    page.get_by_role("link", name="Publish v2").click()
    page.get_by_role("dialog").get_by_label("Note").fill("There are several")
    page.get_by_role("dialog").get_by_role("button", name="Publish v2").click()
    expect(page.get_by_text("Published Accounts payable v2")).to_be_visible()
    assert PresetVersion.objects.get(number=2).rules[4]["type"] == "Purchase orders"

    go(page, "Runs")
    page.get_by_role("link", name="A week of post").first.click()
    page.get_by_role("button", name="Classify again").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Classify {len(SAMPLES)} documents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A week of post, again")
    expect(page.locator(".progress-number")).to_have_text(f"{len(SAMPLES)} of {len(SAMPLES)}", timeout=60_000)
    row = page.get_by_role("row").filter(has_text="pellowick_order_PJ-5561.pdf")
    expect(row).to_contain_text("Purchase orders")
    assert Run.objects.count() == 2


def test_the_sample_desk_goes_as_it_came(sample, complaints):
    page = sample
    go(page, "Home")
    page.get_by_role("button", name="Remove sample desk").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove sample desk").click()
    expect(page.get_by_text("Sample desk removed")).to_be_visible()
    expect(page.get_by_text("First project").first).to_be_visible()
    assert not Document.objects.exists()


class TestWithoutScripts:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_the_same_walk_works_in_a_browser_without_scripts(self, newcomer, desk, tmp_path):
        page = newcomer
        desk.log_in(EMAIL, PASSWORD)
        page.get_by_role("button", name="Load the sample desk").click()
        whole = f"{len(SAMPLES)} of {len(SAMPLES)}"
        wait_by_reloading(page, lambda: page.locator(".progress-number").inner_text() == whole)
        page.get_by_role("link", name=REMINDER).click()
        expect(page.get_by_role("img", name=f"Page 1 of {REMINDER}")).to_be_visible()
        expect(page.locator(".evidence-mark").first).to_be_visible()
        page.get_by_role("link", name="Text", exact=True).click()
        expect(page.get_by_text("Second reminder").first).to_be_visible()

        go(page, "Home")
        page.get_by_role("link", name="Start reviewing").click()
        name = page.locator(".viewer-bar strong").inner_text()
        page.get_by_role("button", name="Credit note").click()
        expect(page.get_by_role("status").filter(has_text="as Credit note")).to_contain_text(f"Overridden {name}")
        page.get_by_role("button", name="Undo", exact=False).first.click()
        expect(page.locator(".viewer-bar strong")).to_have_text(name)
        page.get_by_role("button", name="Credit note").click()
        page.get_by_role("link", name="Back to the desk").click()
        page.get_by_role("link", name="A week of post").first.click()
        export_and_find_the_decision(page, tmp_path)


def wait_by_reloading(page: Page, holds) -> None:
    for _ in range(120):
        if holds():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("it never came")

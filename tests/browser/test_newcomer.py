"""The first quarter of an hour: log in, load the sample desk, see it classified, decide, export, change a rule."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from classifyhub.accounts import people
from jobs.models import Document, Run
from jobs.sample.documents import SAMPLES
from rules import drafts
from rules.models import PresetVersion
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, PASSWORD = "mara@example.org", "amber-kettle-lantern"
REMINDER = "ombrel_second_reminder.pdf"
ORDER = "PURCHASE ORDER 77-{number}\n\nPlease deliver 12 oak boards to our yard.\nOrder number 77-{number}"
DUNNING = "PAYMENT REMINDER\n\nInvoice {number} is overdue. Please pay within seven days.\nSecond reminder"
NETWORK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SECONDS_TO_SEE = 0.4  # a key that comes sooner than eyes see a document is not taken for it


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


def test_the_first_walk_leads_from_the_login_to_exported_decisions(newcomer, desk, complaints, tmp_path):
    page = newcomer
    desk.log_in(EMAIL, PASSWORD)
    see_the_sample_classified_without_a_reload(page)
    see_why_a_document_is_what_it_is(page)
    publish_another_name_of_a_rule(page)
    upload_while_walking_about(page, write_post(tmp_path))
    run = see_the_post_classified_without_a_reload(page)
    decided = decide_by_keys(page)
    exported = [*export(page, "A week of post", tmp_path), *export(page, run, tmp_path)]
    found = {line["document"]: line["type"] or "No match" for line in exported if line["decided_by"] == EMAIL}
    assert found == decided


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


def publish_another_name_of_a_rule(page: Page) -> None:
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


def write_post(folder: Path) -> list[Path]:
    """Fifty orders and reminders, half of them PDF."""
    paths = []
    for number in range(50):
        words = (ORDER if number % 3 else DUNNING).format(number=number)
        path = folder / f"post-{number:02}.{'pdf' if number % 2 else 'txt'}"
        path.write_bytes((draw(words) if number % 2 else words.encode()) + b"\n" * 12_000)
        paths.append(path)
    return paths


def draw(words: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for line, text in enumerate(words.splitlines()):
        canvas.drawString(72, 740 - 20 * line, text)
    canvas.save()
    return buffer.getvalue()


def upload_while_walking_about(page: Page, paths: list[Path]) -> None:
    """Over a thin line, so that files are still on their way on each of the other pages."""
    line = page.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", NETWORK | {"uploadThroughput": 50_000})
    go(page, "Upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(paths)
    for name in ("Home", "Runs", "Presets"):
        go(page, name)
        expect(page.locator("#tray-count")).to_have_text(re.compile(r"^[1-4]?\d of 50 sent$"))
    line.send("Network.emulateNetworkConditions", NETWORK)
    expect(page.locator("#tray-count")).to_have_text("50 of 50 sent", timeout=60_000)
    go(page, "Upload")
    expect(page.get_by_role("heading", name="50 ready")).to_be_visible(timeout=60_000)


def see_the_post_classified_without_a_reload(page: Page) -> str:
    """The name of the run."""
    page.evaluate("window.neverReloaded = true")
    page.get_by_role("button", name="Classify 50 documents").click()
    expect(page.locator(".progress-number")).to_have_text("50 of 50", timeout=90_000)
    expect(page.locator("#run-poll")).not_to_have_attribute("hx-get", re.compile("."))
    assert page.evaluate("window.neverReloaded")
    return page.get_by_role("heading", level=1).inner_text()


def decide_by_keys(page: Page) -> dict[str, str]:
    """Four documents by the key of a type, one of them twice, and what then waits as proposed; what each was decided
    as."""
    go(page, "Home")
    expect(page.get_by_role("link", name="Start reviewing")).to_be_focused()
    page.keyboard.press("Enter")
    decided = dict(decide(page, key, words) for key, words in (("2", "Credit note"), ("n", "No match")))
    name, _type = decide(page, "3", "Supplier statement")
    page.keyboard.press("u")
    expect(page.locator(".viewer-bar strong")).to_have_text(name)
    expect(page.locator(".focus-counts")).to_contain_text("2 this sitting")
    decided |= dict(
        decide(page, key, words) for key, words in (("1", "Supplier invoice"), ("8", "Bank details change"))
    )
    while (proposed := proposal(page)) is not None:
        decided |= dict([decide(page, "Enter", proposed)])
    return decided


def proposal(page: Page) -> str | None:
    """The type proposed for the document that is shown; null when nothing waits any more."""
    subject = page.locator(".decision-subject .type-name")
    nothing = page.get_by_role("heading", name="Nothing waits")
    expect(subject.or_(nothing)).to_be_visible()
    return None if nothing.is_visible() else subject.inner_text()


def decide(page: Page, key: str, words: str) -> tuple[str, str]:
    """Press a key for the document that is shown; its name, and what it was decided as."""
    name = page.locator(".viewer-bar strong").inner_text()
    page.wait_for_timeout(SECONDS_TO_SEE * 1000)
    page.keyboard.press(key)
    toast = page.get_by_role("status").filter(has_text=name)
    expect(toast).to_contain_text(words)
    return name, words


def export(page: Page, run: str, folder: Path) -> list[dict[str, str]]:
    go(page, "Runs")
    page.get_by_role("link", name=run).first.click()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, one line a document").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_changed_rule_is_published_and_the_documents_classified_again_under_it(sample, complaints):
    page = sample
    publish_another_name_of_a_rule(page)
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
        lines = export(page, "A week of post", tmp_path)
        assert {line["document"] for line in lines} == {sample.name for sample in SAMPLES}
        assert [line["document"] for line in lines if line["decided_by"] == EMAIL] == [name]


def wait_by_reloading(page: Page, holds) -> None:
    for _ in range(120):
        if holds():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("it never came")

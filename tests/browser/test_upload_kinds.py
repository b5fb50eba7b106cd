"""Archives and web addresses on the upload page, with scripts and without."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect

from classifyhub.accounts.models import Role
from jobs import fetching, tasks
from jobs.models import Document, Errand
from tests.support.archives import a_zip, an_entry
from tests.support.desk import Desk
from tests.support.factories import a_member, a_project, a_version
from tests.support.strange_server import StrangeServer

pytestmark = pytest.mark.django_db(transaction=True)

LETTER = b"Dear Sir,\n\nthank you for your letter.\n\nYours faithfully\n"


@pytest.fixture
def project():
    project = a_project("Post room")
    a_version(project, provider="local")
    return project


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request, browser, live_server, project) -> Page:
    context = browser.new_context(java_script_enabled=request.param, base_url=live_server.url)
    desk = Desk(page=context.new_page(), url=live_server.url)
    desk.enter(a_member(project, Role.REVIEWER))
    desk.open("upload", project=project.slug)
    yield desk.page
    context.close()


def hand_over(page: Page, path: Path) -> None:
    """As a person does, in whichever way the page offers."""
    button = page.get_by_role("button", name="Choose files", exact=True)
    if button.is_visible():
        with page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(path)
    else:
        page.get_by_label("Choose files to upload").set_input_files(path)
        page.get_by_role("button", name="Upload files").click()


def work() -> None:
    """What workers do, one step after the other; in a thread, for the browser's own loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run_all).result()


def run_all() -> None:
    for errand in Errand.objects.all():
        tasks.ERRANDS[errand.kind](errand.document_id)
    for document in Document.objects.present().filter(check_state=Document.Check.PENDING):
        tasks.check_document(document.pk)
    connection.close()


def look_again(page: Page) -> None:
    link = page.get_by_role("link", name="Look again")
    if link.is_visible():
        link.click()


def ask_for(page: Page, *addresses: str) -> None:
    page.get_by_text("Fetch from web addresses").click()
    page.get_by_label("Addresses, one on each line").fill("\n".join(addresses))
    page.get_by_role("button", name="Fetch documents").click()


def test_an_archive_becomes_its_documents_and_says_what_was_not_taken(page, tmp_path):
    entries = [an_entry("november/letter.txt", LETTER), an_entry("locked.pdf", is_encrypted=True)]
    (tmp_path / "post.zip").write_bytes(a_zip([*entries, an_entry("x", raw_name=b"../../up.txt")]))
    hand_over(page, tmp_path / "post.zip")
    staged = page.locator("#staged")
    expect(staged.get_by_text("post.zip")).to_be_visible()
    work()
    look_again(page)
    expect(page.get_by_role("heading", name="2 need a look")).to_be_visible()
    expect(page.get_by_role("heading", name="1 ready")).to_be_visible()
    expect(staged.get_by_text("Encrypted. Ask the sender for an open copy.")).to_be_visible()
    expect(staged.get_by_text("Its path leads out of the archive. Zip it again.")).to_be_visible()
    expect(staged.get_by_title("post.zip/november/letter.txt")).to_be_visible()
    expect(staged.get_by_text("post.zip", exact=True)).to_have_count(0)
    assert re.search(r"Classify 1 document\b", page.locator("#launch").inner_text())


def test_addresses_are_fetched_and_each_failure_says_why(page, server: StrangeServer):
    good = server.put("/letter.txt?sig=1", LETTER)
    ask_for(page, good, server.url("/gone.pdf"), server.url("/router", host="127.0.0.2"))
    staged = page.locator("#staged")
    expect(staged.get_by_text("Fetching from 127.0.0.1")).to_have_count(2)
    work()
    look_again(page)
    expect(staged.get_by_text("Nothing at that address. Ask for a new one.")).to_be_visible()
    expect(staged.get_by_text("In a private network. Ask your operator to allow it.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 ready")).to_be_visible()


def test_what_is_no_address_stays_where_it_was_typed(page):
    ask_for(page, "example.org/bill.pdf")
    field = page.get_by_label("Addresses, one on each line")
    expect(field).to_have_value("example.org/bill.pdf")
    expect(field).to_have_accessible_description(re.compile("Not a web address. It starts with http"))
    expect(page.locator("#staged")).to_be_hidden()
    assert not fetching.rules().networks


@pytest.mark.parametrize("page", [True], indirect=True)
def test_the_tray_follows_what_is_being_fetched(page, server: StrangeServer):
    ask_for(page, server.put("/letter.txt", LETTER))
    tray = page.locator("#tray-panel")
    expect(tray.get_by_text("Fetching from 127.0.0.1")).to_be_visible()
    expect(page.locator("#tray-count")).to_have_text("1 of 1 sent")
    page.get_by_role("navigation", name="Project").get_by_role("link", name="Runs").click()
    work()
    expect(page.locator("#tray-totals")).to_have_text("1 ready.")


@pytest.mark.parametrize("page", [True], indirect=True)
def test_the_form_for_addresses_is_accessible(page):
    ask_for(page, "nonsense")
    expect(page.locator("#address-refusals")).to_be_visible()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()

"""Uploading in a browser: files that live through navigation, broken connections, reloads and expired sessions."""

from __future__ import annotations

import re
import time
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from classifyhub.accounts.models import Role
from jobs import intake
from jobs.models import Document, IntakeBatch
from tests.support.desk import Desk
from tests.support.disks import tiny_disk
from tests.support.factories import a_document

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"


def test_files_dropped_on_another_page_lead_to_the_upload_page(uploader):
    page = uploader.page
    uploader.open("home")
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["Dear Sir"], "letter.txt", { type: "text/plain" }));
            transfer.items.add(new File(["x"], ".DS_Store"));
            return transfer;
        }"""
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    page.wait_for_url(re.compile("/upload/$"))
    expect(page.locator("#staged").get_by_text("letter.txt")).to_be_visible()
    expect(page.get_by_text("Drop to upload")).to_be_hidden()
    assert [document.name for document in Document.objects.all()] == ["letter.txt"]


def test_a_file_is_pasted_onto_a_page_but_not_into_a_field(uploader):
    page = uploader.page
    paste = """(target, name) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(["Dear Sir"], name, { type: "text/plain" }));
        target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }"""
    page.get_by_text("Fetch from web addresses").click()
    page.get_by_label("Addresses, one on each line").evaluate(paste, "picture.txt")
    page.locator("#main").evaluate(paste, "pasted.txt")
    expect(page.locator("#staged").get_by_text("pasted.txt")).to_be_visible()
    assert [document.name for document in Document.objects.all()] == ["pasted.txt"]


def test_a_folder_keeps_its_paths(uploader):
    folder = uploader.folder / "post" / "november"
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("Dear Sir")
    uploader.choose(uploader.folder / "post", button="Choose folder")
    expect(uploader.page.locator("#staged").get_by_text("letter.txt")).to_be_visible()
    assert Document.objects.get().path == "post/november"


def test_a_broken_connection_delays_files_and_doubles_none(uploader):
    uploader.connect(bytes_per_second=100_000)
    uploader.choose(*uploader.files(12))
    expect(uploader.sent).to_have_text(re.compile(r"^[1-9]\d* of 12 sent$"), timeout=20_000)
    uploader.connect(offline=True)
    expect(uploader.tray.get_by_text("Waits for the connection").first).to_be_visible(timeout=20_000)
    uploader.connect()
    expect(uploader.sent).to_have_text("12 of 12 sent", timeout=60_000)
    assert uploader.batch().documents.count() == 12


def test_a_session_that_ends_meanwhile_keeps_the_files_until_the_person_is_back(uploader):
    page = uploader.page
    page.context.clear_cookies()
    uploader.choose(*uploader.files(3))
    expect(uploader.tray.get_by_text("Logged out. Log in and retry").first).to_be_visible()
    assert not Document.objects.exists()

    other = Desk(page=page.context.new_page(), url=uploader.desk.url)
    other.log_in(uploader.user.email, PASSWORD)
    uploader.tray.get_by_role("button", name="Retry").first.click()
    expect(uploader.sent).to_have_text("3 of 3 sent")
    assert uploader.batch().documents.count() == 3


def test_a_full_disk_is_said_and_waited_for(uploader, settings, tmp_path_factory):
    page, folder = uploader.page, tmp_path_factory.mktemp("disk")
    with tiny_disk(folder) as settings.FILE_UPLOAD_TEMP_DIR:
        (folder / "neighbour").write_bytes(b"x" * 1_040_000)
        uploader.choose(*uploader.files(6))
        expect(uploader.tray.get_by_text("The disk is full. Free some, then retry")).to_have_count(6)
        assert not Document.objects.exists()
        (folder / "neighbour").unlink()
        uploader.tray.get_by_role("button", name="Retry").first.click()
        expect(uploader.sent).to_have_text("6 of 6 sent")
    assert uploader.batch().documents.count() == 6
    expect(page.locator("#staged").get_by_text("letter-000.txt")).to_be_visible()


def test_a_reload_warns_and_what_was_not_sent_can_be_chosen_again(uploader):
    page = uploader.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    files = uploader.files(8)
    uploader.connect(bytes_per_second=60_000)
    uploader.choose(*files)
    expect(uploader.sent).to_have_text(re.compile(r"^[1-7] of 8 sent$"), timeout=20_000)
    page.reload()
    assert asked == ["beforeunload"]
    expect(uploader.tray.get_by_text("Not sent", exact=True).first).to_be_visible()
    uploader.connect()
    uploader.choose(*files, button="Choose them again")
    expect(uploader.sent).to_have_text(re.compile(r"^(\d+) of \1 sent$"), timeout=30_000)
    names = set(uploader.batch().documents.values_list("name", flat=True))
    assert names == {path.name for path in files}


def test_a_file_over_the_cap_is_not_even_sent(uploader, settings):
    settings.MAX_UPLOAD = 30_000
    uploader.open("upload")
    large, small = uploader.folder / "large.txt", uploader.folder / "small.txt"
    large.write_text("x" * 30_001)
    small.write_text("Dear Sir")
    bodies = []
    uploader.page.on("request", lambda request: request.method == "PUT" and bodies.append(request.url))
    uploader.choose(large, small)
    expect(uploader.page.get_by_text("Over 30 kB. Split it, then upload the parts.")).to_be_visible()
    assert len(bodies) == 1
    assert uploader.batch().documents.count() == 2


def test_clearing_stops_what_is_still_on_its_way(uploader):
    page = uploader.page
    uploader.connect(bytes_per_second=60_000)
    uploader.choose(*uploader.files(10))
    expect(uploader.sent).to_have_text(re.compile(r"^[1-9] of 10 sent$"), timeout=20_000)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    expect(page.locator("#staged[data-empty]")).to_be_attached()
    uploader.connect()
    expect(uploader.tray).to_be_hidden()
    arrived = uploader.batch().documents.count()
    page.wait_for_timeout(500)
    assert uploader.batch().documents.count() == arrived < 10


def test_files_that_come_after_the_launch_open_another_batch(uploader):
    uploader.connect(bytes_per_second=60_000)
    uploader.choose(*uploader.files(10))
    expect(uploader.sent).to_have_text(re.compile(r"^[2-8] of 10 sent$"), timeout=20_000)
    intake.launch(uploader.batch(), uploader.version, by=uploader.user)
    uploader.connect()
    first, second = wait_for_second_batch()
    expect(uploader.sent).to_have_text(re.compile(r"^(\d+) of \1 sent$"), timeout=30_000)
    names = [batch.documents.values_list("name", flat=True) for batch in (first, second)]
    assert sorted([*names[0], *names[1]]) == [f"letter-{number:03}.txt" for number in range(10)]


def wait_for_second_batch() -> tuple[IntakeBatch, IntakeBatch]:
    for _ in range(300):
        if IntakeBatch.objects.count() == 2:
            break
        time.sleep(0.1)
    first, second = IntakeBatch.objects.order_by("pk")
    return first, second


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_full_of_findings_has_no_barrier(uploader, width, scheme):
    batch = intake.open_batch(uploader.project, by=uploader.user, expected=9)
    for fields in (
        {"name": "good.txt", "page_count": 1, "has_text": True},
        {"name": "locked.pdf", "check_state": Document.Check.ENCRYPTED, "choice": Document.Choice.LEAVE},
        {"name": "fax.pdf", "media_type": "image/tiff"},
        {"name": "new.txt", "check_state": Document.Check.PENDING},
    ):
        a_document(uploader.project, batch=batch, **fields)
    intake.note_too_large(batch, client_uid=uuid.uuid4(), name="film.mov", size=10**10, by=uploader.user)
    page = uploader.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    uploader.connect(bytes_per_second=2_000)
    uploader.open("upload")
    uploader.choose(*uploader.files(2))
    expect(uploader.tray.locator("progress").first).to_be_attached()
    if width == 390:
        page.get_by_role("button", name="Fold", exact=True).click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_page_for_viewers_takes_no_drop(uploader):
    page: Page = uploader.page
    uploader.user.memberships.update(role=Role.VIEWER)
    uploader.open("home")
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['x'], 'a.txt')); return t; }"
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    page.wait_for_timeout(300)
    expect(uploader.tray).to_be_hidden()
    assert not IntakeBatch.objects.exists()

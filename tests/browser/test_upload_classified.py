"""Uploading in a browser while workers check and classify what arrives."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from jobs.models import Job, Run, Status

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("crew")]


@pytest.mark.long  # the newcomer's walk has fifty files too
def test_fifty_files_arrive_while_three_pages_are_visited_and_the_tray_stays_true(uploader):
    page = uploader.page
    uploader.connect(bytes_per_second=200_000)
    uploader.choose(*uploader.files(50))
    expect(uploader.tray).to_be_visible()
    for name in ("Home", "Runs", "Presets"):
        page.get_by_role("navigation", name="Project").get_by_role("link", name=re.compile(f"^{name}")).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(uploader.sent).to_have_text(re.compile(r"^\d+ of 50 sent$"))
    expect(uploader.sent).to_have_text("50 of 50 sent", timeout=60_000)
    expect(uploader.totals).to_have_text("50 ready.", timeout=60_000)
    assert sorted(uploader.batch().documents.values_list("name", flat=True)) == [
        f"letter-{number:03}.txt" for number in range(50)
    ]

    page.locator("#tray-name").click()
    expect(page.get_by_role("heading", name="50 ready")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/runs/"))
    expect(uploader.totals).to_have_text("50 done. 50 need review.", timeout=90_000)
    assert Job.objects.filter(status=Status.COMPLETED).count() == 50


def test_the_switch_launches_at_once_after_the_checks(uploader):
    page = uploader.page
    with page.expect_response(re.compile("/switch/")):
        page.get_by_role("switch", name="Launch at once after the checks").check()
    uploader.open("home")
    uploader.open("upload")
    expect(page.get_by_role("switch", name="Launch at once after the checks")).to_be_checked()
    uploader.choose(*uploader.files(3))
    expect(uploader.totals).to_have_text("3 done. 3 need review.", timeout=60_000)
    assert Run.objects.get().jobs.count() == 3


def test_choices_change_the_numbers_of_the_launch_bar(uploader):
    page = uploader.page
    locked = uploader.folder / "nothing.txt"
    locked.write_text("")
    uploader.choose(*uploader.files(2), locked)
    bar = page.get_by_role("form", name="Launch")
    expect(bar.get_by_role("button", name="Classify 2 documents")).to_be_enabled(timeout=30_000)
    page.get_by_label("Leave out: nothing.txt").click()
    page.get_by_role("button", name=re.compile("^Take fails")).click()
    expect(bar.get_by_text("3 of 3 files")).to_be_visible()
    page.get_by_role("button", name="Leave letter-000.txt out").click()
    expect(bar.get_by_text("2 of 2 files")).to_be_visible()
    page.get_by_role("button", name="Leave all out").click()
    expect(bar.get_by_role("button", name="Classify 1 document")).to_be_enabled()


def test_enter_launches_right_after_choosing(uploader):
    page = uploader.page
    uploader.choose(*uploader.files(2))
    expect(page.get_by_role("button", name="Classify 2 documents")).to_be_enabled(timeout=30_000)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/runs/"))
    assert Run.objects.get().jobs.count() == 2


class TestWithoutScripts:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_a_plain_form_stages_and_launches(self, uploader):
        page = uploader.page
        page.set_input_files("#files", uploader.files(2))
        page.get_by_role("button", name="Upload files").click()
        button = page.get_by_role("button", name="Classify 2 documents")
        for _ in range(60):
            if button.is_visible() and button.is_enabled():
                break
            page.wait_for_timeout(500)
            page.reload()
        button.click()
        page.wait_for_url(re.compile("/runs/"))
        assert Run.objects.get().jobs.count() == 2

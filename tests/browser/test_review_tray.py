"""Reviewing while an upload goes on: the tray is in sight and on no control."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from classifyhub.accounts.models import Role
from jobs import pipeline
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = pytest.mark.django_db(transaction=True)

FILES = 9  # more than the open tray shows without scrolling

# Controls of the review page whose middle belongs to the tray.
COVERED = """() => {
    const tray = document.getElementById("tray-panel");
    const controls = [...document.querySelectorAll(".focus :is(a, button, input)")];
    return controls.filter((control) => control.checkVisibility()).filter((control) => {
        const box = control.getBoundingClientRect();
        const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return found !== null && tray.contains(found);
    }).map((control) => control.textContent.trim() || control.getAttribute("aria-label"));
}"""


@pytest.fixture
def reviewing(desk, tmp_path) -> Page:
    """Somebody who has just chosen files, on the review page."""
    project = a_project("Post room")
    user = a_member(project, Role.REVIEWER)
    version = a_version(project)
    for job in a_run(project, by=user, version=version, documents=[a_document(project)]).jobs.all():
        pipeline.run(job.pk)
    desk.enter(user)
    desk.open("upload", project=project.slug)
    paths = [tmp_path / f"letter-{number}.txt" for number in range(FILES)]
    for number, path in enumerate(paths):
        path.write_text(f"Dear Sir, number {number}")
    with desk.page.expect_file_chooser() as chooser:
        desk.page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(paths)
    expect(desk.page.locator("#tray-count")).to_have_text(f"{FILES} of {FILES} sent")
    desk.open("review", project=project.slug)
    return desk.page


@pytest.mark.parametrize("width", [1280, 1000, 700, 390])
def test_the_tray_covers_no_control_open_or_folded(reviewing, width):
    page = reviewing
    page.set_viewport_size({"width": width, "height": 844})
    tray = page.locator("#tray-panel")
    expect(tray).to_be_visible()
    expect(page.locator(".tray-row")).to_have_count(FILES)
    assert page.evaluate(COVERED) == []
    assert page.locator("#tray-rows").evaluate("list => list.clientHeight") > 60
    page.locator("#tray-fold").click()
    expect(page.locator("#tray-rows")).to_be_hidden()
    assert page.evaluate(COVERED) == []


def test_on_a_phone_the_decision_keeps_its_place_above_the_tray(reviewing):
    page = reviewing
    page.set_viewport_size({"width": 390, "height": 844})
    approve, tray = page.get_by_role("button", name="Approve"), page.locator("#tray-panel")
    expect(tray).to_be_visible()
    assert approve.bounding_box()["y"] + approve.bounding_box()["height"] <= tray.bounding_box()["y"]
    approve.click()
    expect(page.locator("[data-toast]")).to_contain_text("Approved")

"""Why an answer came out as it did, in a browser: seen by everybody, and followed to the page that it speaks of."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from classifyhub.accounts.models import Role
from jobs import checks, pipeline
from jobs.models import PageResult, ReviewItem
from tests import hostile_files
from tests.browser.test_accessibility import find_faults_of_looks
from tests.support.desk import Desk
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("INVOICE", "Continued", "Letter of thanks", "Continued")


def draw_bundle() -> bytes:
    """Four pages: an invoice of two, and a letter of two."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number, title in enumerate(PAGES, start=1):
        canvas.setFont("Helvetica", 24)
        canvas.drawString(72, 740, title)
        canvas.setFont("Helvetica", 11)
        for row in range(40):
            canvas.drawString(72, 700 - 15 * row, f"Invoice number 77, total due 30 EUR, line {row} of page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def classify(desk: Desk, name: str, content: bytes) -> ReviewItem:
    """A PDF, looked into and answered by the local engine, with somebody logged in to see it."""
    project = a_project("Post room")
    user = a_member(project, Role.ADMIN)
    document = a_document(project, name=name, content=content, media_type="application/pdf", check_state="pending")
    checks.check(document.pk)
    version = a_version(project, provider="local")
    job = a_run(project, by=user, version=version, documents=[document]).jobs.get()
    pipeline.run(job.pk)
    desk.enter(user)
    return ReviewItem.objects.select_related("project", "job", "current_result").get(document=document)


def split(item: ReviewItem) -> None:
    """As a packet of two documents, the second from page 3."""
    pages = PageResult.objects.filter(result=item.current_result)
    for number, (document, border) in enumerate([(1, None), (1, 0.08), (2, 0.87), (2, 0.1)], start=1):
        pages.filter(page=number).update(document=document, border=border)


@pytest.fixture
def bundle(desk, complaints) -> Page:
    item = classify(desk, "bundle.pdf", draw_bundle())
    split(item)
    desk.open("job", project=item.project.slug, uid=item.job.uid)
    return desk.page


def test_the_page_is_open_to_everybody_in_every_look_also_with_the_small_numbers_shown(bundle):
    page = bundle
    page.locator(".weights-fold > summary").first.click()
    expect(page.locator(".weights-fold[open] .weight-words").nth(1)).to_be_visible()
    faults = find_faults_of_looks(page)
    assert not faults, "\n".join(faults)


def test_a_press_on_a_document_of_the_packet_shows_its_first_page(bundle):
    page = bundle
    expect(page.locator("#thumbs .thumb-border")).to_contain_text("New document from page 3, 87%")
    page.locator("#pages .stretch-border + li > a").click()
    expect(page.locator(".viewer-bar")).to_contain_text("Page 3 of 4")
    expect(page.locator(".thumb[aria-current]")).to_have_attribute("href", "?page=3")


def test_the_text_opens_at_the_page_that_is_shown(bundle):
    page = bundle
    page.locator(".thumb").nth(2).click()
    expect(page.locator(".viewer-bar")).to_contain_text("Page 3 of 4")
    page.locator("[data-text-view]").click()
    expect(page.get_by_text("Letter of thanks")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Page 1", exact=True)).not_to_be_in_viewport()


def test_an_encrypted_document_is_shown_with_its_reason_and_no_image_is_missed(desk, complaints):
    item = classify(desk, "locked.pdf", hostile_files.make_password_rc4())
    for name, uid in (("job", item.job.uid), ("review_item", item.uid)):
        desk.open(name, project=item.project.slug, uid=uid)
        expect(desk.page.locator("#paper")).to_have_text("Encrypted. Ask the sender for an open copy.")
        faults = find_faults_of_looks(desk.page)
        assert not faults, "\n".join(faults)

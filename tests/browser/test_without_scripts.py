"""The desk in a browser that runs no scripts: every button that matters is there, and is a form."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from classifyhub.accounts.models import Role
from jobs.models import ReviewItem, Run
from tests.support.desk import Desk
from tests.support.factories import a_member, a_project, a_version, an_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return a_project("Post room")


@pytest.fixture
def queue(project):
    preset = a_version(project).preset
    return [an_item(project, preset=preset, confidence=n / 10) for n in range(1, 5)]


@pytest.fixture
def desk(browser, live_server, project) -> Desk:
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    desk = Desk(page=context.new_page(), url=live_server.url)
    admin = a_member(project, Role.ADMIN, email="ines@example.org")
    desk.page.goto(reverse("login"))
    desk.page.locator("input[name=username], input[type=email]").first.fill(admin.email)
    desk.page.locator("input[type=password]").fill("correct horse battery")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/p/**")
    yield desk
    context.close()


def test_documents_are_approved_overridden_escalated_and_set_aside(desk, project, queue):
    page = desk.page
    desk.open("review", project=project.slug)
    page.get_by_role("button", name="Approve").click()
    page.locator(".option", has_text="Letter").click()
    page.get_by_role("link", name="Escalate").click()
    page.get_by_label("What should they know").fill("which one?")
    page.get_by_role("button", name="Escalate document").click()
    page.get_by_role("link", name="Set aside").click()
    page.get_by_role("button", name="Set aside document").click()
    # What I escalated comes last for me, and is the only one left.
    expect(page.get_by_text("Escalated: which one?")).to_be_visible()
    assert list(ReviewItem.objects.order_by("pk").values_list("status", flat=True)) == [
        "approved",
        "overridden",
        "escalated",
        "set_aside",
    ]
    page.get_by_role("button", name="Undo").first.click()
    assert ReviewItem.objects.get(pk=queue[3].pk).status == "waiting"


def test_a_decision_is_reopened_and_a_run_classified_again(desk, project, queue):
    page = desk.page
    desk.open("review", project=project.slug)
    page.get_by_role("button", name="Approve").click()
    desk.open("job", project=project.slug, uid=queue[0].job.uid)
    page.get_by_role("link", name="Reopen").click()
    page.get_by_label("Why").fill("the total is missing")
    page.get_by_role("button", name="Reopen document").click()
    assert ReviewItem.objects.get(pk=queue[0].pk).note == "the total is missing"

    desk.open("run", project=project.slug, uid=queue[1].job.run.uid)
    page.get_by_role("link", name="Classify again").click()
    page.get_by_role("button", name="Classify 1 document").click()
    again = Run.objects.get(source=Run.Source.AGAIN)
    expect(page.get_by_role("heading", name=again.name)).to_be_visible()


def test_the_text_of_a_document_is_a_page(desk, project, queue):
    desk.open("job", project=project.slug, uid=queue[0].job.uid)
    desk.page.get_by_role("link", name="Read the text").click()
    expect(desk.page.get_by_text("Dear Sir")).to_be_visible()
    expect(desk.page.get_by_role("navigation").first).to_be_visible()

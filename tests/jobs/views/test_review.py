"""The review page as a browser meets it: by form and by htmx, twice, stale, and with nothing left."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifyhub.accounts.models import Role
from classifyhub.clock import in_seconds
from jobs import deciding, erasure, review
from jobs.models import Result, Review, ReviewClaim, ReviewItem
from tests.support.factories import a_document, a_member, a_version, an_item
from tests.support.forms import follow, form_to, forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(project, admin) -> list[ReviewItem]:
    preset = a_version(project).preset
    return [an_item(project, by=admin, preset=preset, confidence=n / 10) for n in range(1, 6)]


def decision_form(page):
    item = page.context["item"]
    return form_to(page, f"/p/{item.project.slug}/review/{item.uid}/decide/")


def said_about(page) -> str:
    """The part of the page above the list of types, where No match has its place always."""
    return page.content.decode().partition('id="decision"')[2].partition('id="options"')[0]


class TestByForm:
    def test_enter_approves_and_shows_the_next(self, client, url, queue):
        page = client.get(url("review"))
        assert page.context["item"] == queue[0]
        page = decision_form(page).send(client, button=("action", "approve"))
        assert page.context["item"] == queue[1]
        assert b"Approved" in page.content
        assert ReviewItem.objects.get(pk=queue[0].pk).status == "approved"
        assert page.context["sitting"] == 1

    def test_another_page_of_the_document_is_a_part_of_the_same_address(self, client, url, queue):
        page = client.get(url("review_item", queue[2].uid) + "?page=2", headers={"HX-Request": "true"})
        assert page.context["item"] == queue[2]
        assert page.headers["Vary"].count("HX-Request") == 1
        assert b"<!doctype" not in page.content
        assert b'id="viewer"' in page.content
        assert b'id="thumbs"' in page.content

    def test_a_digit_overrides_by_the_order_of_the_rules(self, client, url, queue):
        page = client.get(url("review"))
        assert [(option["key"], option["type"]) for option in page.context["options"]] == [
            ("1", "Invoice"),
            ("2", "Letter"),
        ]
        decision_form(page).send(client, button=("type", "Letter"))
        assert ReviewItem.objects.get(pk=queue[0].pk).final_type == "Letter"

    def test_n_is_no_match_and_s_goes_on_without_deciding(self, client, url, queue):
        page = decision_form(client.get(url("review"))).send(client, button=("action", "none"))
        page = decision_form(page).send(client, button=("action", "skip"))
        assert page.context["item"] == queue[2]
        assert list(ReviewItem.objects.order_by("pk").values_list("status", flat=True))[:2] == ["overridden", "waiting"]

    def test_undo_returns_to_the_document_again_and_again(self, client, url, queue):
        page = client.get(url("review"))
        for _ in range(3):
            page = decision_form(page).send(client, button=("action", "approve"))
        for expected in (queue[2], queue[1], queue[0]):
            page = form_to(page, url("review_undo")).send(client)
            assert page.context["item"] == expected
        page = form_to(page, url("review_undo")).send(client)
        assert b"left to undo" in page.content
        assert page.context["sitting"] == 0

    def dialog(self, page, action):
        return next(form for form in forms_of(page) if form.fields.get("action") == action)

    def test_it_can_be_set_aside_with_a_reason_to_choose(self, client, url, queue):
        self.dialog(client.get(url("review")), "set_aside").send(client)
        item = ReviewItem.objects.get(pk=queue[0].pk)
        assert (item.status, item.note) == ("set_aside", "Unreadable")

    def test_escalating_asks_for_a_reason(self, client, url, queue):
        form = self.dialog(client.get(url("review")), "escalate")
        page = form.send(client)
        assert page.context["item"] == queue[0]
        page = form.send(client, comment="which one?")
        assert page.context["item"] == queue[1]
        assert ReviewItem.objects.get(pk=queue[0].pk).note == "which one?"

    def test_one_presets_queue_stays_one_presets_queue(self, client, url, project, admin, queue):
        other = an_item(project, by=admin, confidence=0.01)
        page = client.get(url("review"), {"preset": str(queue[0].preset.uid)})
        assert page.context["item"] == queue[0]
        page = decision_form(page).send(client, button=("action", "approve"))
        assert page.context["item"] == queue[1]
        assert other.preset.uid != queue[0].preset.uid

    @pytest.mark.parametrize("preset", ["x", str(uuid.uuid4())])
    def test_an_unknown_preset_is_the_whole_queue(self, client, url, queue, preset):
        assert client.get(url("review"), {"preset": preset}).context["item"] == queue[0]

    def test_an_answer_that_was_not_scored_asks_for_its_type(self, client, url, project, admin):
        an_item(project, by=admin, type=None, confidence=None)
        page = client.get(url("review"))
        form = decision_form(page)
        assert ("action", "approve") not in form.buttons
        form.buttons.append(("action", "approve"))  # a page from before
        page = form.send(client, button=("action", "approve"))
        assert b"was not scored" in page.content
        assert not Review.objects.exists()

    def test_silence_is_not_shown_as_no_match(self, client, url, project, admin):
        item = an_item(project, by=admin, type=None, confidence=None)
        Result.objects.update(has_text=False, reasoning="No text to go by: decide from the image.")
        ReviewItem.objects.update(why=ReviewItem.Why.NO_TEXT)
        page = said_about(client.get(url("review")))
        assert "No answer" in page
        assert "No match" not in page
        assert page.count("decide from the image") == 1
        review.escalate(item, token=review.claim(item, by=admin).claim.token, by=admin, comment="Which one?")
        assert "Escalated: Which one? It has no text to go by." in said_about(client.get(url("review")))

    def test_a_job_that_failed_says_why_there_is_no_answer(self, client, url, project, admin):
        item = an_item(project, by=admin, error="encrypted")
        page = said_about(client.get(url("review_item", item.uid)))
        assert "No answer" in page
        assert "It could not be classified. Encrypted. Ask the sender for an open copy." in page
        assert "No reasoning was given" not in page

    def test_no_match_without_a_confidence_is_an_answer(self, client, url, project, admin):
        an_item(project, by=admin, type=None, confidence=None)
        page = said_about(client.get(url("review")))
        assert "No match" in page
        assert "No answer" not in page
        assert "not scored" in page

    def test_nothing_left_is_said_with_what_others_hold(self, client, url, project, admin):
        item = an_item(project, by=admin)
        review.claim(item, by=a_member(project))
        page = client.get(url("review"))
        assert b"1 document is held by somebody else" in page.content

    def test_a_viewer_may_not_decide(self, client, url, project, queue):
        client.force_login(a_member(project, Role.VIEWER))
        assert client.get(url("review")).status_code == 403


class TestTwiceAndStale:
    def test_enter_twice_is_one_decision(self, client, url, queue):
        form = decision_form(client.get(url("review")))
        for _ in range(2):
            page = form.send(client, button=("action", "approve"))
            assert page.status_code == 200
        assert Review.objects.count() == 1
        assert page.context["item"] == queue[1]

    def test_a_tab_left_open_decides_nothing_once_somebody_took_over(self, client, url, project, queue):
        form = decision_form(client.get(url("review")))
        ReviewClaim.objects.update(expires_at=in_seconds(-1))
        review.claim(queue[0], by=a_member(project))
        page = form.send(client, button=("action", "approve"))
        assert b"Nothing was changed" in page.content
        assert not Review.objects.exists()

    def test_a_page_from_before_an_undo_decides_nothing(self, client, url, queue):
        form = decision_form(client.get(url("review")))
        page = form.send(client, button=("action", "approve"))
        form_to(page, url("review_undo")).send(client)
        page = form.send(client, button=("action", "approve"))
        assert b"Nothing was changed" in page.content
        assert ReviewItem.objects.get(pk=queue[0].pk).status == "waiting"

    def test_somebody_elses_token_decides_nothing(self, client, url, project, queue):
        form = decision_form(client.get(url("review")))
        other = Client()
        other.force_login(a_member(project, Role.REVIEWER))
        page = form.send(other, button=("action", "approve"))
        assert b"Nothing was changed" in page.content
        assert not Review.objects.exists()

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"action": "approve"},
            {"action": "approve", "token": "x"},
            {"action": "approve", "token": str(uuid.uuid4())},
            {"type": "Letter", "token": str(uuid.uuid4())},
            {"action": "destroy", "token": str(uuid.uuid4())},
        ],
    )
    def test_a_form_that_nobody_was_shown_decides_nothing(self, press, url, queue, data):
        assert press(url("review_decide", queue[0].uid), **data).status_code == 303
        assert not Review.objects.exists()

    def test_a_type_outside_the_version_is_refused_with_words(self, client, url, queue):
        form = decision_form(client.get(url("review")))
        form.buttons.append(("type", "Space\x00ship"))
        page = form.send(client, button=("type", "Space\x00ship"))
        assert b"not in this version" in page.content
        assert page.context["item"] == queue[0]

    def test_holding_on_answers_whether_it_is_still_held(self, client, press, url, queue):
        assert press(url("review_hold", queue[0].uid)).status_code == 409
        client.get(url("review"))
        assert press(url("review_hold", queue[0].uid)).status_code == 204

    def test_the_address_of_a_decided_document_leads_to_its_page(self, client, url, queue):
        decision_form(client.get(url("review"))).send(client, button=("action", "approve"))
        assert client.get(url("review_item", queue[0].uid))["Location"] == url("job", queue[0].job.uid)

    def test_the_address_of_what_somebody_holds_leads_to_its_page_and_names_them(self, client, url, project, queue):
        review.claim(queue[0], by=a_member(project, name="Ben"))
        page = follow(client, client.get(url("review_item", queue[0].uid)))
        assert page.places == [url("job", queue[0].job.uid)]
        assert b"Ben holds this document" in page.content

    def test_a_document_erased_under_the_reviewers_eyes_is_a_word_and_the_next(self, client, url, queue):
        form = decision_form(client.get(url("review")))
        erasure.erase_document(queue[0].document, by=None)
        page = form.send(client, button=("action", "approve"))
        assert b"Nothing was changed" in page.content
        assert page.context["item"] == queue[1]


class TestThePage:
    def test_a_long_queue_costs_no_more_queries(self, client, url, project, admin, queue):
        def queries() -> int:
            client.get(url("review"))
            with CaptureQueriesContext(connection) as captured:
                client.get(url("review"))
            return len(captured)

        few = queries()
        for n in range(20):
            an_item(project, by=admin, preset=queue[0].preset, confidence=0.6 + n / 100)
        assert queries() <= few
        assert few <= 40

    def test_no_document_is_named_in_a_session(self, client, url, project, admin):
        an_item(project, by=admin, document=a_document(project, name="Quizzaciously.txt"))
        decision_form(client.get(url("review"))).send(client, button=("action", "approve"))
        sessions = [row.get_decoded() for row in Session.objects.all()]
        assert sessions
        assert "Quizzaciously" not in str(sessions)

    def test_the_toast_names_the_document_once(self, client, url, project, admin, queue):
        item = an_item(project, by=admin, confidence=0.01, document=a_document(project, name="Named.txt"))
        page = client.get(url("review"))
        assert page.context["item"] == item
        page = decision_form(page).send(client, button=("action", "approve"))
        assert page.context["done"]["name"] == "Named.txt"
        assert client.get(url("review")).context["done"] is None

    def test_more_than_ten_types_have_ten_digits(self, client, url, project, admin):
        rules = [
            {"id": f"{n:08}", "type": f"Type {n}", "monogram": f"T{n:X}"[:2], "description": ""} for n in range(12)
        ]
        version = a_version(project, rules=rules)
        an_item(project, by=admin, preset=version.preset)
        type(version).objects.update(rules=rules)
        keys = [option["key"] for option in client.get(url("review")).context["options"]]
        assert keys == [*deciding.DIGITS, "", ""]

"""Trying a draft: the same path as a real run, beside what the published version says, and no trace in any queue."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from jobs import pipeline, review, runs, trying
from jobs.models import Document, Job, ReviewItem, Run, Status
from rules import drafts, publishing
from rules.models import Preset
from rules.publishing import PublishBlockedError
from rules.shape import Draft, make_rules
from tests.support.factories import a_document, a_member, a_project

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

BILL = b"INVOICE\n\nInvoice number 4711\nTotal due: 120.00 EUR\nPlease pay within 14 days.\n"
MENU = b"Canteen menu of the week\n\nMonday: lentil soup. Tuesday: fish with rice.\n"
INVOICE = {"type": "Invoice", "description": "Asks for payment: invoice number, date and the total amount due."}
BILL_RULE = {"type": "Bill", "description": "Asks for payment: invoice number, date and the total amount due."}
MENU_RULE = {"type": "Canteen menu", "description": "Lists the dishes of a canteen by day: soup, fish, rice."}


class Desk:
    """An author with a published preset and documents to try its draft on."""

    def __init__(self) -> None:
        self.project = a_project()
        self.ines = a_member(self.project)
        self.preset = drafts.create_preset(self.project, "Post", by=self.ines, rules=[INVOICE])
        self.bill = a_document(self.project, content=BILL, name="bill.txt")
        self.menu = a_document(self.project, content=MENU, name="menu.txt")

    def publish(self) -> None:
        publishing.publish(self.preset, by=self.ines, note="")

    def write(self, *rules, **options) -> None:
        draft = Draft(rules=make_rules(rules), **options)
        drafts.save(self.preset, draft, revision=self.preset.draft_revision, by=self.ines)

    def start(self, *documents) -> Run:
        return trying.start(self.preset, documents, by=self.ines)

    def work(self) -> None:
        for job in Job.objects.filter(status=Status.PENDING).order_by("pk"):
            pipeline.run(job.pk)

    def last(self) -> trying.Try:
        found = trying.find_last(self.preset, by=self.ines)
        assert found is not None
        return found


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lines(found: trying.Try) -> list[tuple[str, str | None, str | None, str]]:
    return [
        (line.document.name, line.old.type if line.old else None, line.new.type, line.verdict) for line in found.lines
    ]


def test_changed_documents_come_first(desk: Desk) -> None:
    desk.publish()
    desk.write(INVOICE, MENU_RULE)
    desk.start(desk.bill, desk.menu)
    desk.work()
    found = desk.last()
    assert lines(found) == [
        ("menu.txt", None, "Canteen menu", "changes"),
        ("bill.txt", "Invoice", "Invoice", "same"),
    ]
    assert (found.changed, found.is_live) == (1, False)
    assert found.lines[0].new.monogram == "CM"


def test_a_try_is_live_until_both_sides_have_an_answer(desk: Desk) -> None:
    desk.publish()
    desk.write(BILL_RULE)
    run = desk.start(desk.bill)
    assert desk.last().is_live
    pipeline.run(run.jobs.get().pk)
    assert desk.last().is_live
    assert lines(desk.last()) == [("bill.txt", None, "Bill", "")]
    desk.work()
    assert not desk.last().is_live


def test_it_makes_no_review_items_and_shows_in_no_list_of_runs(desk: Desk) -> None:
    desk.publish()
    desk.write(BILL_RULE)
    desk.start(desk.bill, desk.menu)
    desk.work()
    assert Run.objects.filter(source=Run.Source.TRY).count() == 2
    assert not ReviewItem.objects.exists()
    assert not Run.objects.for_people().exists()


def test_what_the_published_version_answered_before_is_not_asked_again(desk: Desk) -> None:
    desk.publish()
    runs.create(desk.project, desk.preset.published, [desk.bill], by=desk.ines, name="Before")
    desk.work()
    desk.write(BILL_RULE)
    desk.start(desk.bill, desk.menu)
    asked = Job.objects.filter(version=desk.preset.published, run__source=Run.Source.TRY)
    assert [job.document for job in asked] == [desk.menu]
    desk.start(desk.bill, desk.menu)
    assert asked.count() == 1


def test_before_the_first_version_there_is_only_the_draft(desk: Desk) -> None:
    desk.start(desk.bill)
    desk.work()
    (line,) = desk.last().lines
    assert (line.old, line.new.type, line.verdict) == (None, "Invoice", "")


@pytest.mark.parametrize(
    ("decided", "verdict"), [("Bill", "as_decided"), ("Invoice", "against_decision"), (None, "changes")]
)
def test_the_draft_meets_what_a_person_decided(desk: Desk, decided: str | None, verdict: str) -> None:
    desk.write(INVOICE, BILL_RULE | {"description": "Something else altogether: a beak of a bird."})
    desk.publish()
    runs.create(desk.project, desk.preset.published, [desk.bill], by=desk.ines, name="Before")
    desk.work()
    held = review.claim_next(desk.project, desk.preset, by=desk.ines)
    review.decide(held.item, decided, token=held.claim.token, by=desk.ines)
    desk.write(BILL_RULE)
    desk.start(desk.bill)
    desk.work()
    assert desk.last().lines[0].verdict == verdict


def test_an_edit_after_the_try_makes_it_stale(desk: Desk) -> None:
    desk.publish()
    desk.write(INVOICE, MENU_RULE)
    desk.start(desk.bill)
    desk.work()
    assert desk.last().stale == ""
    kept = Draft.from_json(desk.preset.draft).rules
    edited = kept[1].to_json() | {"type": "Menu", "description": "Dishes by day, with soup."}
    desk.write(kept[0].to_json(), edited)
    assert desk.last().stale == "Rule 2 was edited after this try. Run again to see its effect."
    desk.write(kept[0].to_json(), edited, lang="de")
    assert desk.last().stale.startswith("4 changes were made after this try.")
    desk.write(*(rule.to_json() for rule in kept), lang="de")
    assert desk.last().stale.startswith("1 change was made after this try.")


def test_a_version_published_after_the_try_is_not_compared_with(desk: Desk) -> None:
    desk.publish()
    desk.write(BILL_RULE)
    desk.start(desk.bill)
    desk.work()
    desk.publish()
    (line,) = desk.last().lines
    assert (line.old.label, line.old.cause, line.verdict) == ("v2", "Not tried", "")


def test_a_document_that_cannot_be_read_says_why_on_both_sides(desk: Desk) -> None:
    desk.publish()
    desk.write(BILL_RULE)
    desk.start(a_document(desk.project, content=b"%PDF-1.4 broken", name="x.pdf", media_type="application/pdf"))
    desk.work()
    (line,) = desk.last().lines
    assert (line.old.cause, line.new.cause, line.verdict) == ("Unreadable", "Unreadable", "")


def test_what_cannot_be_tried_is_refused_whole(desk: Desk) -> None:
    desk.publish()
    with pytest.raises(trying.TooManyError):
        desk.start(*[a_document(desk.project) for _ in range(6)])
    with pytest.raises(trying.NoDocumentError):
        desk.start()
    desk.write(INVOICE, INVOICE)
    with pytest.raises(PublishBlockedError):
        desk.start(desk.bill)
    assert not Run.objects.exists()


def test_an_erased_document_is_neither_offered_nor_shown(desk: Desk) -> None:
    desk.start(desk.bill, desk.menu)
    desk.work()
    desk.menu.__class__.objects.filter(pk=desk.menu.pk).update(
        deleted_at="2026-01-01T00:00Z", blob=None, name="", path=""
    )
    assert [line.document for line in desk.last().lines] == [desk.bill]
    assert list(trying.choices(desk.preset)) == [desk.bill]
    assert not trying.find_documents(desk.project, [str(desk.menu.uid)])


def test_documents_of_this_preset_are_offered_before_newer_ones(desk: Desk) -> None:
    desk.publish()
    runs.create(desk.project, desk.preset.published, [desk.bill], by=desk.ines, name="Before")
    newer = a_document(desk.project)
    assert list(trying.choices(desk.preset)) == [desk.bill, newer, desk.menu]


def test_what_cannot_be_read_is_not_offered(desk: Desk) -> None:
    a_document(desk.project, check_state=Document.Check.EMPTY)
    assert set(trying.choices(desk.preset)) == {desk.bill, desk.menu}


def test_each_author_sees_their_own_last_try(desk: Desk) -> None:
    desk.start(desk.bill)
    assert trying.find_last(desk.preset, by=a_member(desk.project)) is None


# --- The rail --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.ines)
    return client


def url(desk: Desk, preset: Preset | None = None) -> str:
    return reverse("preset_try", args=[desk.project.slug, (preset or desk.preset).uid])


def test_the_rail_offers_documents_then_shows_and_polls_the_try(desk: Desk, client: Client) -> None:
    html = client.get(url(desk), headers={"HX-Request": "true"}).content.decode()
    assert "bill.txt" in html
    assert html.count(" checked") == 2
    started = client.post(url(desk), {"document": [desk.bill.uid]}, headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in started.content.decode()
    desk.work()
    done = client.get(url(desk), headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" not in done
    assert "Invoice" in done
    assert "<html" not in done


def test_without_a_script_the_try_is_a_page(desk: Desk, client: Client) -> None:
    answer = client.post(url(desk), {"document": [desk.bill.uid]}, follow=True)
    assert answer.status_code == 200
    assert b"<html" in answer.content
    assert b"bill.txt" in answer.content


@pytest.mark.parametrize("documents", [[], ["not-a-uid"], ["00000000-0000-0000-0000-000000000000"]])
def test_a_choice_that_cannot_be_tried_is_asked_again(desk: Desk, client: Client, documents: list[str]) -> None:
    answer = client.post(url(desk), {"document": documents})
    assert answer.status_code == 422
    assert "Choose up to 5 documents." in answer.content.decode()


def test_a_blocked_draft_says_in_the_rail_what_blocks(desk: Desk, client: Client) -> None:
    desk.write(INVOICE, INVOICE)
    answer = client.post(url(desk), {"document": [desk.bill.uid]})
    assert answer.status_code == 422
    assert "Rule 1 has this type already." in answer.content.decode()


def test_documents_of_another_project_are_not_tried(desk: Desk, client: Client) -> None:
    foreign = a_document(a_project())
    assert client.post(url(desk), {"document": [foreign.uid]}).status_code == 422


def test_only_authors_try(desk: Desk) -> None:
    client = Client()
    client.force_login(a_member(desk.project, Role.REVIEWER))
    assert client.get(url(desk)).status_code == 403


def test_an_empty_desk_is_sent_to_the_upload(desk: Desk, client: Client) -> None:
    other = Desk()
    other.bill.delete()
    other.menu.delete()
    client.force_login(other.ines)
    assert "No document is here yet" in client.get(url(other)).content.decode()

"""What a draft would change among decided documents: counted right, told in words, and nothing is run for it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from classifyhub.engine import rejudging
from jobs import forecasting, pipeline, review, runs
from jobs.forecasting import NoForecastError
from jobs.models import Document, Job, ReviewItem, Run, Status
from jobs.trying import AGAINST_DECISION, AS_DECIDED, CHANGES
from rules import drafts, publishing
from rules.models import Preset
from rules.shape import Draft, make_rules
from tests.support.factories import a_document, a_member, a_project

pytestmark = pytest.mark.django_db

BILL = b"INVOICE\n\nInvoice number 4711\nTotal due: 120.00 EUR\nPlease pay within 14 days.\n"
MENU = b"Canteen menu of the week\n\nMonday: lentil soup. Tuesday: fish with rice.\n"
INVOICE = {"id": "00000001", "type": "Invoice", "description": "Asks for payment: invoice number, total amount due."}
LETTER = {"id": "00000002", "type": "Letter", "description": "A letter."}
FOOD = {"id": "00000003", "type": "Menu", "description": "Lists the dishes of a canteen by day: soup, fish, rice."}


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """A machine with other work to do judges the same."""
    monkeypatch.setattr(rejudging, "LONGEST", 600)
    monkeypatch.setattr(forecasting, "JUDGED_SECONDS", 600)


class Desk:
    """An author whose preset has answered a bill and a menu, which were decided."""

    def __init__(self, **decisions: str | None) -> None:
        self.project = a_project()
        self.ines = a_member(self.project)
        self.preset = drafts.create_preset(self.project, "Post", by=self.ines, rules=[INVOICE, LETTER])
        publishing.publish(self.preset, by=self.ines, note="")
        self.bill = a_document(self.project, content=BILL, name="bill.txt")
        self.menu = a_document(self.project, content=MENU, name="menu.txt")
        run = runs.create(self.project, self.preset.published, [self.bill, self.menu], by=self.ines, name="")
        for job in run.jobs.filter(status=Status.PENDING).order_by("pk"):
            pipeline.run(job.pk)
        for name, decision in decisions.items():
            self.decide(getattr(self, name), decision)

    def decide(self, document: Document, decision: str | None) -> None:
        item = ReviewItem.objects.get(document=document, preset=self.preset)
        held = review.claim(item, by=self.ines)
        assert held is not None
        review.decide(held.item, decision, token=held.claim.token, by=self.ines)

    def write(self, *rules, **options) -> None:
        draft = Draft(rules=make_rules(rules), **options)
        drafts.save(self.preset, draft, revision=self.preset.draft_revision, by=self.ines)

    def forecast(self) -> forecasting.Forecast:
        return forecasting.forecast(Preset.objects.get(pk=self.preset.pk))

    def verdicts(self) -> dict[str, str]:
        return {line.document.name: line.verdict for line in self.forecast().lines}


def test_a_draft_without_a_change_changes_nothing():
    found = Desk(bill="Invoice", menu=None).forecast()
    assert (found.total, found.before, found.after, found.unknown, found.lines) == (2, 2, 2, 0, [])


def test_a_rule_that_takes_what_nobody_wanted_goes_against_a_decision():
    desk = Desk(bill="Invoice", menu=None)
    desk.write(INVOICE, LETTER, FOOD)
    found = desk.forecast()
    assert (found.before, found.after) == (2, 1)
    [line] = found.lines
    assert (line.document, line.verdict) == (desk.menu, AGAINST_DECISION)
    assert (line.old.label, line.old.type, line.new.label, line.new.type) == ("v1", None, "Draft", "Menu")
    assert line.new.monogram
    assert line.job.document == desk.menu


def test_a_rule_that_is_gone_takes_its_documents_along():
    desk = Desk(bill="Letter", menu=None)
    desk.write(LETTER)
    assert desk.verdicts() == {"bill.txt": CHANGES}


def test_a_rule_that_took_too_much_is_gone_as_was_decided():
    desk = Desk(bill=None, menu=None)
    desk.write(LETTER)
    found = desk.forecast()
    assert [(line.document, line.verdict) for line in found.lines] == [(desk.bill, AS_DECIDED)]
    assert (found.before, found.after) == (1, 2)


def test_a_type_by_another_name_is_the_same():
    desk = Desk(bill="Invoice", menu=None)
    desk.write({**INVOICE, "type": "Bill"}, LETTER)
    found = desk.forecast()
    assert (found.before, found.after, found.lines) == (2, 2, [])


def test_what_is_read_otherwise_by_the_draft_is_said_to_be_unknown():
    desk = Desk(bill="Invoice", menu=None)
    desk.write(INVOICE, LETTER, max_pages=1)
    found = desk.forecast()
    assert (found.total, found.unknown) == (0, 2)


def test_only_what_was_decided_counts():
    assert Desk(bill="Invoice").forecast().total == 1


def test_nothing_is_run_and_nothing_kept():
    desk = Desk(bill="Invoice", menu=None)
    before = Run.objects.count(), Job.objects.count()
    desk.forecast()
    assert (Run.objects.count(), Job.objects.count()) == before


@pytest.mark.parametrize(
    ("rules", "options", "said"),
    [
        ([], {}, "There are no rules"),
        ([INVOICE, {**LETTER, "type": "invoice"}], {}, "repeats the type"),
        ([INVOICE], {"provider": "echo"}, "has been decided yet"),
    ],
)
def test_a_draft_that_cannot_be_judged_says_why(rules, options, said):
    desk = Desk(bill="Invoice")
    desk.write(*rules, **options)
    with pytest.raises(NoForecastError, match=said):
        desk.forecast()


def test_before_the_first_decision_there_is_nothing_to_tell():
    with pytest.raises(NoForecastError, match="decided yet"):
        Desk().forecast()


class TestThePage:
    @pytest.fixture
    def desk(self):
        desk = Desk(bill="Invoice", menu=None)
        desk.write(INVOICE, LETTER, FOOD)
        return desk

    def get(self, desk, person, name="preset_forecast", **headers):
        client = Client()
        client.force_login(person)
        return client.get(reverse(name, args=[desk.project.slug, desk.preset.uid]), **headers)

    def test_tells_how_many_change_and_leads_to_each(self, desk):
        page = self.get(desk, desk.ines).content.decode()
        assert "1 of 2 decided documents change." in page
        assert "v1 answers 2 as decided, this draft 1." in page
        job = Job.objects.get(document=desk.menu)
        assert reverse("job", args=[desk.project.slug, job.uid]) in page
        assert "against a decision" in page

    def test_comes_as_the_rail_alone_when_that_is_asked_for(self, desk):
        answer = self.get(desk, desk.ines, headers={"HX-Request": "true"})
        assert answer.content.decode().lstrip().startswith('<aside class="rail')

    def test_is_offered_beside_a_try_once_something_was_decided(self, desk):
        address = reverse("preset_forecast", args=[desk.project.slug, desk.preset.uid])
        assert address in self.get(desk, desk.ines, "preset_try").content.decode()
        bare = Desk()
        assert "/forecast/" not in self.get(bare, bare.ines, "preset_try").content.decode()

    def test_is_for_authors(self, desk):
        assert self.get(desk, a_member(desk.project, Role.REVIEWER)).status_code == 403

"""Classifying again under a new version: new answers beside the old ones, differences flagged, decisions untouched."""

from __future__ import annotations

from jobs.models import Job, Result, ReviewItem, Run
from rules import drafts, publishing
from rules.shape import Draft
from tests.support.clerk import Clerk, wait_until_done

FILES = {
    "one.txt": b"INVOICE\n\nInvoice number 4711\nTotal due: 120.00 EUR, a bill for one chair.\n",
    "two.txt": b"INVOICE\n\nInvoice number 4712\nTotal due: 240.00 EUR, a bill for two chairs.\n",
    "letter.txt": b"Dear Ms Ward,\n\nthank you for your letter.\n\nYours sincerely,\nsignature: Alma Reed\n",
}


def publish_with(clerk: Clerk, *rules: dict[str, str]) -> None:
    """The next version of the clerk's preset."""
    preset = clerk.version.preset
    preset.refresh_from_db()
    drafts.save(
        preset, Draft.from_json({**preset.draft, "rules": list(rules)}), revision=preset.draft_revision, by=clerk.user
    )
    publishing.publish(preset, by=clerk.user, note="Invoices are called bills")


def answers(run: Run) -> dict[str, str | None]:
    return {job.document.name: job.result.type for job in run.jobs.select_related("document", "result")}


def decide(clerk: Clerk, name: str, run: Run, **press: str) -> None:
    job = run.jobs.get(document__name=name)
    clerk.decide(clerk.post("job_decide", job.uid).context, **press)


def test_a_new_version_flags_what_it_answers_differently_and_changes_nothing_decided(clerk):
    first = clerk.classify(FILES)
    wait_until_done(first)
    assert answers(first) == {"one.txt": "Invoice", "two.txt": "Invoice", "letter.txt": "Letter"}
    decide(clerk, "one.txt", first, action="approve")
    decide(clerk, "letter.txt", first, action="approve")
    old_results = dict(Result.objects.filter(job__run=first).values_list("pk", "type"))

    invoice, letter = clerk.version.rules
    publish_with(clerk, {**invoice, "id": "cccccccc", "type": "Bill", "monogram": "BI"}, letter)
    clerk.post("run_again", first.uid, preset=clerk.version.preset.uid)
    second = Run.objects.exclude(pk=first.pk).get()
    wait_until_done(second)
    assert second.version.number == 2
    assert answers(second) == {"one.txt": "Bill", "two.txt": "Bill", "letter.txt": "Letter"}
    assert dict(Result.objects.filter(job__run=first).values_list("pk", "type")) == old_results

    items = {item.document.name: item for item in ReviewItem.objects.select_related("document", "current_result")}
    assert (items["one.txt"].status, items["one.txt"].final_type) == ("approved", "Invoice")
    assert items["one.txt"].why == ReviewItem.Why.DIFFERS
    assert (items["letter.txt"].status, items["letter.txt"].why) == ("approved", "")
    assert (items["two.txt"].status, items["two.txt"].current_result.type) == ("waiting", "Bill")
    assert {line["document"]: line["type"] for line in clerk.export(second)} == {
        "one.txt": "Invoice",
        "two.txt": "Bill",
        "letter.txt": "Letter",
    }
    assert [job.document.name for job in Job.objects.filter(pk=items["two.txt"].job_id)] == ["two.txt"]
    assert clerk.review()["document"].name == "two.txt"


def test_what_was_decided_under_an_old_version_can_be_found_until_it_is_classified_again(clerk):
    run = clerk.classify(FILES)
    wait_until_done(run)
    decide(clerk, "one.txt", run, action="approve")
    invoice, letter = clerk.version.rules
    publish_with(clerk, {**invoice, "description": "A bill with a total."}, letter)

    stale = clerk.get("run", run.uid, stale="1")
    assert [row.job.document.name for row in stale.context["rows"]] == ["one.txt"]
    clerk.post("run_again", run.uid, preset=clerk.version.preset.uid)
    wait_until_done(Run.objects.exclude(pk=run.pk).get())
    assert clerk.get("run", run.uid, stale="1").context["rows"] == []

"""One document from the upload to the export: real requests, real workers, the local engine, nothing patched."""

from __future__ import annotations

from django.conf import settings

from jobs.models import Review, ReviewItem
from jobs.sample import invoices
from tests.support.clerk import wait_until, wait_until_checked, wait_until_done

LETTER = b"Dear Ms Ward,\n\nthank you for your kind letter of Monday.\n\nYours sincerely,\nsignature: Alma Reed\n"


def test_a_document_walks_from_the_upload_through_check_answer_and_decision_to_the_export(clerk):
    batch = clerk.upload({"bill.pdf": invoices.draw_invoice(), "letter.txt": LETTER})
    wait_until_checked(batch)
    bill = batch.documents.get(name="bill.pdf")
    assert (bill.check_state, bill.media_type, bill.page_count, bill.has_text) == ("ready", "application/pdf", 1, True)

    run = clerk.launch(batch)
    wait_until_done(run)
    answers = {job.document.name: job.result for job in run.jobs.select_related("document", "result")}
    assert {name: result.type for name, result in answers.items()} == {"bill.pdf": "Invoice", "letter.txt": "Letter"}
    quotes = answers["bill.pdf"].evidence
    assert quotes
    assert all(quote["page"] == 1 and quote["boxes"] for quote in quotes)

    shown = clerk.review()
    clerk.decide(shown, action="approve")
    approved = shown["document"].name
    shown = clerk.review()
    other = "Letter" if shown["result"].type == "Invoice" else "Invoice"
    clerk.decide(shown, type=other)
    overridden = shown["document"].name
    assert {approved, overridden} == {"bill.pdf", "letter.txt"}

    lines = {line["document"]: line for line in clerk.export(run)}
    assert set(lines) == {"bill.pdf", "letter.txt"}
    assert {line["decided_by"] for line in lines.values()} == {clerk.user.email}
    assert lines[approved]["type"] == lines[approved]["machine_type"] == answers[approved].type
    assert (lines[overridden]["review"], lines[overridden]["type"]) == ("overridden", other)
    assert lines[overridden]["machine_type"] == answers[overridden].type


def test_the_pages_of_the_walk_show_what_happened(clerk):
    run = clerk.classify({"bill.pdf": invoices.draw_invoice()})
    wait_until_done(run)
    document = run.jobs.get().document
    clerk.decide(clerk.review(), action="approve")
    clerk.post("review_undo")
    assert Review.objects.get().undone_at is not None
    assert ReviewItem.objects.get().status == "waiting"
    clerk.decide(clerk.review(), action="none")

    page = clerk.get("job", run.jobs.get().uid).content.decode()
    for words in ("bill.pdf", "overridden by", "data-evidence", clerk.user.display_name):
        assert words in page
    assert "bill.pdf" in clerk.get("run", run.uid).content.decode()
    assert b"Nothing waits" in clerk.get("review").content

    renders = settings.DATA_DIR / "renders" / str(clerk.project.uid)
    drawn = wait_until(lambda: list(renders.rglob("1-1400.webp")), what="page 1, drawn before anybody asks for it")
    image = clerk.get("document_page", document.uid, 1)
    assert b"".join(image.streaming_content) == drawn[0].read_bytes()


def test_a_document_that_was_classified_before_is_left_out_until_somebody_takes_it(clerk):
    wait_until_done(clerk.classify({"letter.txt": LETTER}))
    second = clerk.classify({"the same.txt": LETTER, "new.txt": LETTER + b"P.S. One more thing."})
    wait_until_done(second)
    assert [job.document.name for job in second.jobs.select_related("document")] == ["new.txt"]

    batch = clerk.upload({"the same.txt": LETTER})
    wait_until_checked(batch)
    document = batch.documents.get()
    clerk.post("upload_choose", take=document.uid)
    third = clerk.launch(batch)
    wait_until_done(third)
    assert third.jobs.get().result.type == "Letter"

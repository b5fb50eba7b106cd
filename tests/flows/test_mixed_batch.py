"""A batch of everything that people hand in: each document ends with an answer or a named reason, and all can be
decided."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from jobs.models import Document, Status
from jobs.sample import invoices, office, scans
from tests import hostile_files
from tests.support.clerk import Clerk, wait_until_checked, wait_until_done


def draw_blank() -> bytes:
    """A picture on which there is nothing to read, with or without OCR."""
    out = io.BytesIO()
    Image.new("L", (600, 800), "white").save(out, "PNG")
    return out.getvalue()


FILES = {
    "bill.pdf": invoices.draw_invoice,
    "scan.png": scans.draw_receipt,
    "blank.png": draw_blank,
    "complaint.docx": office.write_complaint,
    "mail.eml": office.write_remittance,
    "locked.pdf": hostile_files.make_password_rc4_128,
    "torn.pdf": hostile_files.make_header_only,
    "nothing.pdf": hostile_files.make_empty,
    "drawing.dwg": hostile_files.make_ciphertext,
    "Übergabe/..\\" + "ß" * 400 + ".txt": lambda: b"Dear Sir, a short letter with a greeting. Yours, A. Signature",
}
NOT_READ = {
    "locked.pdf": "encrypted",
    "torn.pdf": "unreadable",
    "nothing.pdf": "empty",
    "drawing.dwg": "no_local_reader",
}


@pytest.fixture
def batch_and_run(clerk: Clerk):
    batch = clerk.upload({name: make() for name, make in FILES.items()})
    wait_until_checked(batch)
    clerk.post("upload_choose", take="all")
    run = clerk.launch(batch)
    wait_until_done(run)
    return batch, run


def test_every_document_of_a_mixed_batch_ends_with_an_answer_or_a_named_reason_and_is_decided(clerk, batch_and_run):
    batch, run = batch_and_run
    checked = dict(batch.documents.values_list("name", "check_state"))
    assert {name: checked[name] for name in NOT_READ} == NOT_READ
    assert all(state == Document.Check.READY for name, state in checked.items() if name not in NOT_READ)

    jobs = {job.document.name: job for job in run.jobs.select_related("document")}
    assert len(jobs) == len(FILES)
    assert {name: job.reason for name, job in jobs.items() if job.status == Status.FAILED} == NOT_READ
    assert jobs["blank.png"].reason == "no_text"
    assert all(job.is_final and job.status != Status.CANCELLED for job in jobs.values())

    page = clerk.get("run", run.uid).content.decode()
    for words in ("Encrypted", "Unreadable", "Empty", "No local reader"):
        assert words in page
    assert "/retry/" not in page  # each would fail for the same reason
    for job in jobs.values():
        clerk.get("job", job.uid)
        clerk.get("job_raw", job.uid)
        clerk.decide(clerk.post("job_decide", job.uid).context, type="Letter")
    lines = clerk.export(run)
    assert {(line["type"], line["decided_by"]) for line in lines} == {("Letter", clerk.user.email)}
    assert {line["document"] for line in lines if line["status"] == "FAILED"} == set(NOT_READ)
    assert b"Nothing waits" in clerk.get("review").content


def test_what_failed_is_retried_and_fails_for_the_same_reason(clerk):
    run = clerk.classify({"locked.pdf": FILES["locked.pdf"](), "bill.pdf": FILES["bill.pdf"]()}, also_troubled=True)
    wait_until_done(run)
    job = run.jobs.get(document__name="locked.pdf")
    clerk.post("job_retry", job.uid)
    wait_until_done(run)
    job.refresh_from_db()
    assert (job.status, job.reason, job.attempt, job.submission_number) == (Status.FAILED, "encrypted", 2, 2)
    assert run.jobs.get(document__name="bill.pdf").attempt == 1

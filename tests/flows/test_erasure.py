"""An erased document leaves its type, its times and who decided; of what it said nothing is found anywhere."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from jobs import erasure
from jobs.models import Document, ReviewItem
from tests.hostile_files import plain_pdf
from tests.support.clerk import wait_until, wait_until_done
from tests.support.traces import files_with

MARKER = "Zwetschgenknoedel"
BODY = f"Dear Sir, the recipe of {MARKER} is enclosed with kind greetings. A bill follows. Signature: {MARKER}"


def find_in_rows(marker: str) -> list[str]:
    """The tables of the database, sessions unpacked, in which ``marker`` stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute("SELECT * FROM " + connection.ops.quote_name(table))  # noqa: S608
            if any(marker in str(row) for row in cursor.fetchall()):
                found.append(table)
    sessions = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    return found + ["session" for text in sessions if marker in text]


def test_of_an_erased_document_nothing_is_left_but_that_it_was_decided(clerk):
    run = clerk.classify({f"{MARKER}.txt": BODY.encode(), "other.pdf": plain_pdf()})
    wait_until_done(run)
    job = run.jobs.get(document__media_type="text/plain")
    clerk.get("document_text", job.document.uid)
    clerk.decide(clerk.post("job_decide", job.uid).context, type="Letter", comment=f"Tell me more of {MARKER}")
    clerk.get("job", job.uid)
    before = find_in_rows(MARKER)
    assert {"jobs_document", "jobs_result", "jobs_review"} <= set(before)
    assert files_with(MARKER, settings.DATA_DIR)

    clerk.post("document_erase", job.document.uid)
    assert find_in_rows(MARKER) == []
    assert files_with(MARKER, settings.DATA_DIR) == []
    document = Document.objects.get(pk=job.document_id)
    assert document.deleted_at is not None
    item = ReviewItem.objects.get(document=document)
    assert (item.final_type, item.effective_review.by) == ("Letter", clerk.user)
    assert clerk.client.get(clerk.url("document_text", document.uid)).status_code == 404

    assert "Erased" in clerk.get("job", job.uid).content.decode()
    lines = {line["document_uid"]: line for line in clerk.export(run)}
    assert (lines[str(document.uid)]["document"], lines[str(document.uid)]["type"]) == ("", "Letter")


def test_erasing_a_run_leaves_the_other_runs_alone(clerk):
    kept = clerk.classify({"kept.txt": b"Dear Sir, this stays. Signature"})
    wait_until_done(kept)
    gone = clerk.classify({f"{MARKER} {number}.txt": f"{BODY} {number}".encode() for number in range(3)})
    wait_until_done(gone)
    clerk.post("run_erase", gone.uid)
    wait_until(lambda: erasure.count_taken_away(gone) == 0, what="all documents erased")
    assert find_in_rows(MARKER) == []
    assert files_with(MARKER, settings.DATA_DIR) == []
    assert Document.objects.present().get().name == "kept.txt"
    assert [line["document"] for line in clerk.export(kept)] == ["kept.txt"]

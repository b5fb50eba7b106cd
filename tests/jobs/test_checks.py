"""The look before the launch."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image

from classifyhub.clock import in_seconds
from classifyhub.engine.model import Facts
from jobs import checks, tasks
from jobs.models import Document
from jobs.storage import document_path
from tests.support.factories import a_document, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Check, Choice = Document.Check, Document.Choice


def looked_into(content: bytes, media_type: str, **fields) -> Document:
    document = a_document(a_project(), content=content, media_type=media_type, check_state=Check.PENDING, **fields)
    checks.check(document.pk)
    document.refresh_from_db()
    return document


def test_pages_and_text_are_found():
    document = looked_into(b"one\x0ctwo", "text/plain")
    assert (document.check_state, document.page_count, document.has_text) == (Check.READY, 2, True)
    assert (document.choice, document.checked_at is not None) == (Choice.TAKE, True)


@pytest.mark.parametrize(
    ("content", "media_type", "state"),
    [
        (b" \n\t", "text/plain", Check.EMPTY),
        (b"%PDF-1.7 and no more", "application/pdf", Check.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n", "image/png", Check.UNREADABLE),
    ],
)
def test_what_cannot_be_opened_is_left_out(content, media_type, state):
    document = looked_into(content, media_type)
    assert (document.check_state, document.choice) == (state, Choice.LEAVE)


def test_a_format_without_a_local_reader_is_taken():
    document = looked_into(b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel")
    assert (document.check_state, document.choice) == (Check.NO_LOCAL_READER, Choice.TAKE)


def test_bytes_that_are_gone_are_a_finding():
    document = a_document(a_project(), check_state=Check.PENDING)
    document_path(document).unlink()
    checks.check(document.pk)
    document.refresh_from_db()
    assert document.check_state == Check.UNREADABLE


def test_a_second_look_changes_nothing():
    document = looked_into(b"Dear Sir", "text/plain")
    Document.objects.filter(pk=document.pk).update(choice=Choice.LEAVE, page_count=7)
    checks.check(document.pk)
    document.refresh_from_db()
    assert (document.choice, document.page_count) == (Choice.LEAVE, 7)


@pytest.mark.parametrize("code", ["timed_out", "out_of_memory"])
def test_a_look_that_was_ended_found_it_unreadable(code):
    assert checks.state_of(Facts("application/pdf", problem=code)) == Check.UNREADABLE


def test_a_look_whose_message_was_lost_is_found_again():
    late = a_document(a_project(), check_state=Check.PENDING)
    a_document(a_project(), check_state=Check.PENDING)
    Document.objects.filter(pk=late.pk).update(created_at=in_seconds(-checks.OVERDUE_SECONDS - 1))
    assert checks.overdue() == [late.pk]


def test_a_worker_looks_into_what_was_dropped_before_it_classifies_on():
    project = a_project()
    run = a_run(project, version=a_version(project, provider="local"), documents=2)
    dropped = a_document(project, check_state=Check.PENDING)
    tasks.run_job(run.jobs.first().pk)
    dropped.refresh_from_db()
    assert dropped.check_state == Check.READY
    assert run.jobs.filter(status="COMPLETED").count() == 1


def test_first_pages_are_drawn_a_few_at_a_time_and_the_rest_queues_up_again(monkeypatch):
    sent, project = [], a_project()
    run = a_run(project, documents=[a_picture(project, number) for number in range(7)] + [a_document(project)])
    monkeypatch.setattr(tasks, "send", lambda _task, *arguments: sent.append(arguments))
    keys = list(run.jobs.order_by("document").values_list("document", flat=True))
    tasks.draw_first_pages(run.pk)
    tasks.draw_first_pages(*sent[0])
    tasks.draw_first_pages(*sent[1])
    assert sent == [(run.pk, keys[4]), (run.pk, keys[6])]
    drawn = [(settings.DATA_DIR / "renders" / str(project.uid)).rglob(f"1-{width}.webp") for width in (1400, 144)]
    assert [len(list(found)) for found in drawn] == [7, 7]


def a_picture(project, number: int) -> Document:
    file = BytesIO()
    Image.new("RGB", (60, 80), (number, 0, 0)).save(file, "PNG")
    return a_document(project, content=file.getvalue(), name=f"{number}.png", media_type="image/png")

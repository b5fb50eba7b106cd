"""What the tray polls: where every file of a batch is, the worst first, and totals that are true."""

from __future__ import annotations

import uuid

import pytest

from jobs import habits, intake, states, tray
from jobs.models import Document, IntakeBatch, Job, Reason, Result, ReviewItem, Status
from tests.support.factories import a_document, a_member, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Check, Choice = Document.Check, Document.Choice


@pytest.fixture
def batch() -> IntakeBatch:
    project = a_project()
    a_version(project)
    return intake.open_batch(project, by=a_member(project), expected=1)


def staged(batch: IntakeBatch, name: str, **fields) -> Document:
    fields = {"client_uid": uuid.uuid4(), "page_count": 1, "has_text": True} | fields
    return a_document(batch.project, name=name, batch=batch, **fields)


def launched(batch: IntakeBatch) -> IntakeBatch:
    intake.launch(batch, batch.project.preset_versions.get(), by=batch.by)
    return IntakeBatch.objects.select_related("project", "by", "run__version").get(pk=batch.pk)


def claimed(document: Document) -> Job:
    job = states.claim(document.jobs.get().pk, worker="w", lease_seconds=60)
    assert job is not None
    return job


def answered(document: Document, *, kind: str | None, status: str = ReviewItem.State.AUTO_APPROVED) -> Job:
    job = claimed(document)
    states.complete(job, held=False)
    Result.objects.create(project=job.project, job=job, provider="echo", type=kind)
    ReviewItem.objects.create(project=job.project, document=document, preset=job.version.preset, job=job, status=status)
    return job


def shown(batch: IntakeBatch) -> dict[str, tuple[str, str]]:
    return {name: (phase, words) for _key, phase, words, name, _job, _retry in tray.snapshot(batch)["rows"]}


def test_before_the_launch_it_says_what_the_upload_page_says(batch):
    staged(batch, "good.txt")
    staged(batch, "fax.pdf", media_type="image/tiff")
    staged(batch, "locked.pdf", check_state=Check.ENCRYPTED, choice=Choice.LEAVE)
    staged(batch, "new.txt", check_state=Check.PENDING)
    staged(batch, "again.txt", twin=batch.documents.first(), choice=Choice.LEAVE)
    assert shown(batch) == {
        "locked.pdf": ("look", "Encrypted"),
        "again.txt": ("look", "Duplicate"),
        "fax.pdf": ("look", "Named .pdf, is TIFF"),
        "new.txt": ("checking", "Checking"),
        "good.txt": ("ready", "Ready"),
    }
    found = tray.snapshot(batch)
    assert (found["totals"], found["is_moving"]) == ("1 ready, 3 need a look, 1 being checked.", True)


def test_after_the_launch_every_file_has_its_phase_the_worst_first(batch):
    names = ("queued", "running", "waiting", "done", "failed", "cancelled")
    documents = {name: staged(batch, name) for name in names}
    staged(batch, "twin", twin=documents["done"], choice=Choice.LEAVE)
    staged(batch, "locked", check_state=Check.ENCRYPTED, choice=Choice.LEAVE)
    staged(batch, "left", choice=Choice.LEAVE)
    batch = launched(batch)
    claimed(documents["running"])
    answered(documents["waiting"], kind="Invoice", status=ReviewItem.State.WAITING)
    answered(documents["done"], kind="Letter")
    states.fail(claimed(documents["failed"]), reason=Reason.UNREADABLE)
    states.cancel(documents["cancelled"].jobs.get(), by=batch.by)
    assert list(shown(batch).items()) == [
        ("failed", ("failed", "Unreadable")),
        ("running", ("running", "Classifying")),
        ("queued", ("queued", "Queued")),
        ("waiting", ("waiting", "Needs review")),
        ("done", ("done", "Letter")),
        ("twin", ("duplicate", "Duplicate")),
        ("locked", ("left", "Encrypted")),
        ("left", ("left", "Left out")),
        ("cancelled", ("cancelled", "Cancelled")),
    ]
    assert tray.snapshot(batch)["totals"] == (
        "2 done, 2 under way, 1 failed, 1 duplicate, 2 left out, 1 cancelled. 1 needs review."
    )


def test_a_decided_document_shows_what_the_person_decided(batch):
    document = staged(batch, "a")
    batch = launched(batch)
    job = answered(document, kind="Letter")
    review = job.review_items.get().reviews.create(
        project=job.project, decision="override", final_type="Invoice", by=batch.by, status_before=""
    )
    job.review_items.update(status=ReviewItem.State.OVERRIDDEN, final_type="Invoice", effective_review=review)
    assert shown(batch) == {"a": ("done", "Invoice")}


def test_it_moves_until_the_last_answer(batch):
    document = staged(batch, "a")
    batch = launched(batch)
    assert tray.snapshot(batch)["is_moving"]
    answered(document, kind="Letter")
    assert not tray.snapshot(batch)["is_moving"]


def test_a_checked_batch_rests_unless_it_is_about_to_be_launched_by_itself(batch):
    staged(batch, "a")
    assert not tray.snapshot(batch)["is_moving"]
    habits.set_launch_at_once(batch.by, on=True)
    assert tray.snapshot(batch)["is_moving"]


def test_a_batch_that_cannot_be_launched_by_itself_is_not_waited_for(batch):
    staged(batch, "a", choice=Choice.LEAVE)
    habits.set_launch_at_once(batch.by, on=True)
    assert not tray.snapshot(batch)["is_moving"]


def test_failed_documents_can_be_retried_unless_that_may_bill_twice_or_ends_the_same(batch):
    one, two, three = (staged(batch, name) for name in ("one", "two", "three"))
    batch = launched(batch)
    states.fail(claimed(one), reason=Reason.TIMED_OUT)
    states.fail(claimed(two), reason=Reason.OUTCOME_UNKNOWN)
    states.fail(claimed(three), reason=Reason.ENCRYPTED)
    retries = {row[3]: row[5] for row in tray.snapshot(batch)["rows"]}
    assert retries == {"one": f"/p/{batch.project.slug}/jobs/{one.jobs.get().uid}/retry/", "two": "", "three": ""}


def test_files_that_are_still_to_come_are_counted(batch):
    staged(batch, "a")
    IntakeBatch.objects.filter(pk=batch.pk).update(expected=40)
    batch.refresh_from_db()
    found = tray.snapshot(batch)
    assert (found["arrived"], found["expected"], found["run"]) == (1, 40, "")


def test_rows_are_known_by_the_browsers_own_id(batch):
    document = staged(batch, "a")
    plain = staged(batch, "b", client_uid=None)
    keys = {row[0] for row in tray.snapshot(batch)["rows"]}
    assert keys == {document.client_uid.hex, plain.uid.hex}


@pytest.mark.parametrize("is_launched", [False, True])
def test_five_hundred_files_cost_as_many_queries_as_two(batch, is_launched, django_assert_max_num_queries):
    blob = staged(batch, "a").blob
    Document.objects.bulk_create(
        Document(
            project=batch.project,
            batch=batch,
            blob=blob,
            name=f"{number}",
            check_state="ready",
            media_type="text/plain",
        )
        for number in range(600)
    )
    batch = launched(batch) if is_launched else batch
    with django_assert_max_num_queries(5):
        found = tray.snapshot(batch)
    assert (len(found["rows"]), found["arrived"]) == (500, 601)
    assert found["totals"] == ("601 under way." if is_launched else "601 ready.")
    assert Job.objects.filter(status=Status.PENDING).count() == (601 if is_launched else 0)

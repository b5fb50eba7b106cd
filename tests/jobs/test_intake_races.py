"""Four files at a time, two tabs, two workers: what meets at the same moment."""

from __future__ import annotations

import uuid

import pytest

from jobs import batches, habits, intake, storage
from jobs.models import Blob, Document, IntakeBatch, Run
from jobs.uploads import Spool
from tests.support.factories import a_document, a_member, a_project, a_version
from tests.support.races import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def stage(batch: IntakeBatch, content: bytes, client_uid: uuid.UUID) -> Document:
    spool = Spool("letter.txt", "text/plain")
    spool.write(content)
    with spool.finish() as upload:
        return intake.receive(batch, upload, client_uid=client_uid, by=batch.by)


@pytest.fixture
def batch() -> IntakeBatch:
    project = a_project()
    return intake.open_batch(project, by=a_member(project), expected=4)


def test_two_drops_at_once_share_one_batch_and_both_count():
    project = a_project()
    by = a_member(project)
    found = race(*(lambda: intake.open_batch(project, by=by, expected=3) for _ in range(4)))
    assert len({batch.pk for batch in found}) == 1
    assert IntakeBatch.objects.get().expected == 12


def test_the_same_file_sent_twice_at_once_is_one_document(batch):
    client_uid = uuid.uuid4()
    found = race(*(lambda: stage(batch, b"Dear Sir", client_uid) for _ in range(4)))
    assert len({document.pk for document in found}) == 1
    assert storage.document_path(batch.documents.select_related("blob", "project").get()).exists()


def test_of_four_files_with_the_same_content_one_is_taken(batch):
    race(*(lambda: stage(batch, b"Dear Sir", uuid.uuid4()) for _ in range(4)))
    assert sorted(batch.documents.values_list("choice", flat=True)) == ["leave", "leave", "leave", "take"]
    assert Blob.objects.count() == 1


def test_content_that_is_erased_and_uploaded_at_once_keeps_its_bytes_where_it_keeps_its_row(batch):
    for _ in range(10):
        old = stage(batch, b"Dear Sir", uuid.uuid4())
        race(lambda old=old: intake.remove(old, by=batch.by), lambda: stage(batch, b"Dear Sir", uuid.uuid4()))
        for document in batch.documents.present().select_related("blob", "project"):
            assert storage.document_path(document).read_bytes() == b"Dear Sir"
            intake.remove(document, by=batch.by)


def test_two_launches_at_once_are_one_run(batch):
    for number in range(3):
        stage(batch, f"{number}".encode(), uuid.uuid4())
    version = a_version(batch.project)
    found = race(*(lambda: intake.launch(batch, version, by=batch.by) for _ in range(3)))
    run = Run.objects.get()
    assert sorted(isinstance(outcome, Run) for outcome in found) == [False, False, True]
    assert all(outcome.run == run for outcome in found if isinstance(outcome, intake.AlreadyLaunchedError))


def test_two_last_looks_at_once_launch_once(batch):
    a_version(batch.project)
    habits.set_launch_at_once(batch.by, on=True)
    for _ in range(4):
        a_document(batch.project, batch=batch)
    found = race(*(lambda: batches.launch_when_checked(batch.pk) for _ in range(4)))
    assert [outcome for outcome in found if outcome is not None] == [Run.objects.get()]


def test_a_file_that_arrives_during_the_launch_is_in_the_run_or_sent_elsewhere(batch):
    version = a_version(batch.project)
    stage(batch, b"first", uuid.uuid4())
    _run, outcome = race(
        lambda: intake.launch(batch, version, by=batch.by), lambda: stage(batch, b"second", uuid.uuid4())
    )
    in_run = set(Run.objects.get().jobs.values_list("document", flat=True))
    assert isinstance(outcome, intake.BatchClosedError) or outcome.pk in in_run

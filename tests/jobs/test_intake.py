"""A batch from the first drop to the launch: what is staged, what is taken, and that every total stays true."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from classifyhub.accounts.models import Membership, Project, Role
from jobs import batches, checks, erasure, habits, intake, runs, states, storage, tasks
from jobs.intake import AlreadyLaunchedError, BatchClosedError, NothingToClassifyError
from jobs.models import Blob, Document, IntakeBatch, Job, Run
from jobs.uploads import DiskFullError, Spool
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Check, Choice = Document.Check, Document.Choice


def sent(content: bytes = b"Dear Sir", name: str = "letter.txt", content_type: str = "text/plain"):
    spool = Spool(name, content_type)
    spool.write(content)
    return spool.finish()


def stage(batch: IntakeBatch, content: bytes = b"Dear Sir", name: str = "letter.txt", **options) -> Document:
    options = {"client_uid": uuid.uuid4(), "by": batch.by} | options
    with sent(content, name) as upload:
        return intake.receive(batch, upload, **options)


def a_batch(expected: int = 1) -> IntakeBatch:
    project = a_project()
    return intake.open_batch(project, by=a_member(project), expected=expected)


def stored_files(batch: IntakeBatch) -> list[Path]:
    folder = settings.DATA_DIR / "files" / str(batch.project.uid)
    return [path for path in folder.rglob("*") if path.is_file()]


class TestOpening:
    def test_a_second_drop_adds_to_the_open_batch(self):
        batch = a_batch(expected=3)
        again = intake.open_batch(batch.project, by=batch.by, expected=2)
        assert (again, again.expected) == (batch, 5)

    def test_the_same_drop_announced_twice_counts_once(self):
        project, drop = a_project(), uuid.uuid4()
        by = a_member(project)
        for _ in range(2):
            batch = intake.open_batch(project, by=by, expected=40, drop=drop)
        assert batch.expected == 40

    def test_each_person_has_a_batch_of_their_own(self):
        batch = a_batch()
        assert intake.open_batch(batch.project, by=a_member(batch.project), expected=1) != batch

    def test_after_a_launch_the_next_drop_opens_another(self):
        batch = a_batch()
        stage(batch)
        intake.launch(batch, a_version(batch.project), by=batch.by)
        assert intake.open_batch(batch.project, by=batch.by, expected=1) != batch

    def test_what_was_forgotten_days_ago_and_is_erased_is_not_taken_up_again(self):
        batch = a_batch(expected=40)
        IntakeBatch.objects.filter(pk=batch.pk).update(created_at=batch.created_at - 2 * intake.STALE)
        again = intake.open_batch(batch.project, by=batch.by, expected=1)
        assert (again == batch, again.expected) == (False, 1)

    def test_what_was_staged_days_ago_and_is_still_there_is_taken_up_again(self):
        batch = a_batch(expected=1)
        stage(batch)
        IntakeBatch.objects.filter(pk=batch.pk).update(created_at=batch.created_at - 2 * intake.STALE)
        assert intake.open_batch(batch.project, by=batch.by, expected=1) == batch

    def test_settling_expects_no_more_than_what_is_there(self):
        batch = a_batch(expected=40)
        stage(batch)
        intake.settle(batch)
        batch.refresh_from_db()
        assert batch.expected == 1
        assert intake.open_batch(batch.project, by=batch.by, expected=2).expected == 3


class TestReceiving:
    def test_a_file_becomes_a_staged_document_with_its_bytes_in_place(self):
        document = stage(a_batch(), b"Dear Sir", "letter.txt", path="post/november")
        assert storage.document_path(document).read_bytes() == b"Dear Sir"
        assert (document.name, document.path, document.media_type) == ("letter.txt", "post/november", "text/plain")
        assert (document.check_state, document.choice) == (Check.PENDING, Choice.TAKE)

    def test_the_same_file_sent_twice_is_one_document(self):
        batch, client_uid = a_batch(), uuid.uuid4()
        first = stage(batch, client_uid=client_uid)
        assert stage(batch, client_uid=client_uid) == first
        assert batch.documents.count() == 1

    def test_content_decides_what_it_is_and_not_the_name(self):
        assert stage(a_batch(), b"II*\x00" + bytes(100), "fax.pdf").media_type == "image/tiff"

    def test_an_empty_file_is_listed_and_left_out(self):
        document = stage(a_batch(), b"", "nothing.pdf")
        assert (document.check_state, document.choice) == (Check.EMPTY, Choice.LEAVE)

    def test_a_file_over_the_cap_is_listed_without_bytes(self, settings):
        settings.MAX_UPLOAD = 10
        batch = a_batch()
        document = stage(batch, b"x" * 11)
        assert (document.blob, document.check_state, document.check_detail) == (None, Check.TOO_LARGE, "11 B")
        assert stored_files(batch) == []

    def test_a_file_that_the_browser_did_not_send_is_listed_too(self):
        batch = a_batch()
        document = intake.note_too_large(batch, client_uid=uuid.uuid4(), name="film.mov", size=3 * 10**9, by=batch.by)
        assert (document.name, document.check_state, document.check_detail) == (
            "film.mov",
            Check.TOO_LARGE,
            "3 GB",
        )

    def test_a_launched_batch_takes_no_more(self):
        batch = a_batch()
        stage(batch)
        intake.launch(batch, a_version(batch.project), by=batch.by)
        with pytest.raises(BatchClosedError):
            stage(batch, b"too late")
        assert [path.read_bytes() for path in stored_files(batch)] == [b"Dear Sir"]

    def test_a_batch_whose_project_is_removed_meanwhile_takes_no_more(self):
        batch = a_batch()
        erasure.remove_project(Project.objects.get(pk=batch.project.pk), by=batch.by)
        with pytest.raises(BatchClosedError):
            stage(batch)
        assert stored_files(batch) == []

    def test_a_file_without_room_leaves_neither_row_nor_bytes(self):
        batch, upload = a_batch(), sent()
        upload.problem = "disk_full"
        with upload, pytest.raises(DiskFullError):
            intake.receive(batch, upload, client_uid=uuid.uuid4(), by=batch.by)
        assert not batch.documents.exists()

    def test_a_database_without_room_leaves_neither_row_nor_bytes(self, monkeypatch):
        def fail(*args, **kwargs):
            raise OperationalError("database or disk is full")

        batch = a_batch()
        monkeypatch.setattr(Document.objects, "create", fail)
        with pytest.raises(DiskFullError):
            stage(batch)
        assert (batch.documents.count(), Blob.objects.count(), stored_files(batch)) == (0, 0, [])

    @pytest.mark.parametrize(
        ("sent_name", "stored"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\Scans\\März.pdf", "März.pdf"),
            ("a/b/", "b"),
            ("", "unnamed"),
            ("..", ".."),
            ("nul\x00 and\nlines.pdf", "nul\N{REPLACEMENT CHARACTER} and lines.pdf"),
            ("書類" * 200 + ".pdf", ("書類" * 200)[:296] + ".pdf"),
        ],
    )
    def test_names_are_cleaned_and_keep_their_ending(self, sent_name, stored):
        assert stage(a_batch(), name=sent_name).name == stored


class TestNames(TestCase):
    @given(st.text(), st.text())
    def test_any_name_and_path_can_be_stored(self, name, path):
        batch = a_batch()
        document = stage(batch, name=name, path=path)
        document.refresh_from_db()
        assert 0 < len(document.name) <= 300
        assert "/" not in document.name


class TestDuplicates:
    def test_the_second_of_a_drop_leans_on_the_first_and_is_left_out(self):
        batch = a_batch()
        first, second = stage(batch), stage(batch, name="letter (1).txt")
        assert (first.twin, first.choice) == (None, Choice.TAKE)
        assert (second.twin, second.choice) == (first, Choice.LEAVE)
        assert len(stored_files(batch)) == 1

    def test_what_was_classified_earlier_is_left_out(self):
        batch = a_batch()
        earlier = a_document(batch.project, content=b"Dear Sir")
        a_run(batch.project, documents=[earlier])
        assert stage(batch).twin == earlier

    def test_what_was_staged_earlier_but_never_classified_does_not_count(self):
        batch = a_batch()
        a_document(batch.project, content=b"Dear Sir")
        assert stage(batch).twin is None

    def test_what_was_only_tried_under_a_draft_does_not_count(self):
        batch = a_batch()
        a_run(batch.project, documents=[a_document(batch.project, content=b"Dear Sir")], source=Run.Source.TRY)
        assert stage(batch).twin is None

    def test_what_could_not_be_classified_does_not_count(self):
        batch = a_batch()
        run = a_run(batch.project, documents=[a_document(batch.project, content=b"Dear Sir")])
        states.cancel(run.jobs.get(), by=None)
        assert stage(batch).twin is None

    def test_another_project_does_not_count(self):
        other = a_project()
        a_run(other, documents=[a_document(other, content=b"Dear Sir")])
        assert stage(a_batch()).twin is None

    def test_a_duplicate_takes_the_place_of_the_one_that_is_removed(self):
        batch = a_batch()
        first, second, third = (stage(batch, name=f"{number}.txt") for number in range(3))
        for document in (first, second, third):
            checks.check(document.pk)
        intake.remove(first, by=batch.by)
        second.refresh_from_db()
        third.refresh_from_db()
        assert (second.twin, second.choice) == (None, Choice.TAKE)
        assert (third.twin, third.choice) == (second, Choice.LEAVE)
        assert storage.document_path(second).exists()


class TestChoosing:
    def test_a_left_out_document_can_be_taken_and_left_out_again(self):
        document = stage(a_batch(), b"")
        intake.choose(document, Choice.TAKE)
        document.refresh_from_db()
        assert document.choice == Choice.TAKE

    def test_what_was_never_stored_cannot_be_taken(self):
        batch = a_batch()
        document = intake.note_too_large(batch, client_uid=uuid.uuid4(), name="a", size=1, by=batch.by)
        intake.choose(document, Choice.TAKE)
        document.refresh_from_db()
        assert document.choice == Choice.LEAVE

    def test_a_removed_document_leaves_no_bytes(self):
        batch = a_batch()
        document = stage(batch)
        intake.remove(document, by=batch.by)
        document.refresh_from_db()
        assert (document.name, document.deleted_at is not None, stored_files(batch)) == ("", True, [])

    def test_a_launched_document_is_not_removed(self):
        batch = a_batch()
        document = stage(batch)
        intake.launch(batch, a_version(batch.project), by=batch.by)
        intake.remove(document, by=batch.by)
        document.refresh_from_db()
        assert document.deleted_at is None


class TestLaunching:
    def test_the_run_holds_what_is_taken(self):
        batch = a_batch()
        taken, left = stage(batch, b"one"), stage(batch, b"two")
        intake.choose(left, Choice.LEAVE)
        run = intake.launch(batch, a_version(batch.project), by=batch.by)
        run.refresh_from_db()
        assert ([job.document for job in run.jobs.all()], run.sealed_at is not None) == ([taken], True)

    def test_a_second_launch_leads_to_the_first_run(self):
        batch = a_batch()
        stage(batch)
        version = a_version(batch.project)
        run = intake.launch(batch, version, by=batch.by)
        with pytest.raises(AlreadyLaunchedError) as raised:
            intake.launch(batch, version, by=batch.by)
        assert raised.value.run == run

    def test_nothing_to_take_is_no_run(self):
        batch = a_batch()
        stage(batch, b"")
        with pytest.raises(NothingToClassifyError):
            intake.launch(batch, a_version(batch.project), by=batch.by)
        assert not Run.objects.exists()

    def test_the_preset_is_offered_first_next_time(self):
        batch = a_batch()
        stage(batch)
        a_version(batch.project)
        chosen = a_version(batch.project)
        intake.launch(batch, chosen, by=batch.by)
        batch.by.refresh_from_db()
        assert habits.preset_for(batch.project, by=batch.by) == chosen.preset

    def test_clearing_opens_the_way_for_another_at_once_and_a_worker_erases_what_was_staged(self, monkeypatch):
        monkeypatch.setattr(erasure, "ERASED_AT_ONCE", 2)
        batch = a_batch()
        for number in range(3):
            stage(batch, f"{number}".encode())
        assert intake.clear(batch) == 3
        assert intake.open_batch(batch.project, by=batch.by, expected=1) != batch
        assert [batches.erase_cleared(batch.pk), len(stored_files(batch))] == [True, 1]
        assert [batches.erase_cleared(batch.pk), len(stored_files(batch))] == [False, 0]

    def test_what_is_launched_cannot_be_cleared(self):
        batch = a_batch()
        stage(batch)
        intake.launch(batch, a_version(batch.project), by=batch.by)
        assert (intake.clear(batch), batches.erase_cleared(batch.pk)) == (0, False)
        assert len(stored_files(batch)) == 1

    def test_an_open_batch_is_not_erased(self):
        batch = a_batch()
        stage(batch)
        assert not batches.erase_cleared(batch.pk)
        assert len(stored_files(batch)) == 1

    def test_what_no_worker_erased_is_erased_at_night(self):
        batch = a_batch()
        stage(batch)
        intake.clear(batch)
        assert erasure.prune() == 1
        assert stored_files(batch) == []


class TestLaunchAtOnce:
    @pytest.fixture
    def batch(self) -> IntakeBatch:
        batch = a_batch(expected=2)
        a_version(batch.project)
        habits.set_launch_at_once(batch.by, on=True)
        return IntakeBatch.objects.get(pk=batch.pk)

    def test_the_last_look_launches(self, batch):
        first, second = stage(batch, b"one"), stage(batch, b"two")
        tasks.check_document(first.pk)
        assert not Run.objects.exists()
        tasks.check_document(second.pk)
        assert Run.objects.get().jobs.count() == 2

    def test_the_last_look_twice_launches_once(self, batch):
        documents = [stage(batch, b"one"), stage(batch, b"two")]
        for document in documents * 2:
            tasks.check_document(document.pk)
        assert Run.objects.count() == 1

    def test_a_file_that_is_still_to_come_is_waited_for(self, batch):
        tasks.check_document(stage(batch, b"one").pk)
        assert not Run.objects.exists()

    def test_a_last_file_that_needs_no_look_launches_too(self, batch):
        tasks.check_document(stage(batch, b"one").pk)
        stage(batch, b"")
        assert Run.objects.get().jobs.count() == 1

    def test_giving_up_on_the_rest_launches(self, batch):
        tasks.check_document(stage(batch, b"one").pk)
        intake.settle(batch)
        assert Run.objects.get().jobs.count() == 1

    def test_nothing_is_launched_for_somebody_who_may_not_any_more(self, batch):
        Membership.objects.filter(user=batch.by).update(role=Role.VIEWER)
        for content in (b"one", b"two"):
            tasks.check_document(stage(batch, content).pk)
        assert not Run.objects.exists()

    def test_nothing_is_launched_while_the_switch_is_off(self, batch):
        habits.set_launch_at_once(batch.by, on=False)
        for content in (b"one", b"two"):
            tasks.check_document(stage(batch, content).pk)
        assert not Run.objects.exists()


class TestHabits:
    def test_without_a_habit_the_default_preset_comes_first(self):
        project = a_project()
        a_version(project)
        default = a_version(project).preset
        type(default).objects.filter(pk=default.pk).update(is_default=True)
        assert habits.preset_for(project, by=a_member(project)) == default

    def test_a_preset_without_a_published_version_is_never_offered(self):
        project = a_project()
        preset = a_version(project).preset
        type(preset).objects.filter(pk=preset.pk).update(published=None)
        assert habits.preset_for(project, by=a_member(project)) is None

    def test_one_habit_does_not_forget_the_other(self):
        project = a_project()
        by = a_member(project, preferences={"theme": "dark"})
        habits.set_launch_at_once(by, on=True)
        habits.remember_preset(project, a_version(project).preset, by=by)
        by.refresh_from_db()
        assert (by.preferences["theme"], by.preferences["launch_at_once"]) == ("dark", True)


def test_erasing_a_document_keeps_the_bytes_that_another_still_needs():
    batch = a_batch()
    first, second = stage(batch), stage(batch)
    intake.remove(first, by=batch.by)
    assert storage.document_path(second).exists()


def test_a_run_drawn_up_from_a_batch_counts_like_any_other():
    batch = a_batch()
    stage(batch)
    run = intake.launch(batch, a_version(batch.project), by=batch.by)
    assert runs.count([run.pk])[run.pk].queued == Job.objects.count() == 1

"""Forgetting is forgetting: a word of the document is looked for in every file and in every row there is."""

from __future__ import annotations

import errno
import io
import os
import shutil
import threading
import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models.functions import Now
from reportlab.pdfgen.canvas import Canvas

from classifyhub.accounts.models import AuditEvent, Project
from classifyhub.clock import in_seconds
from jobs import (
    erasure,
    intake,
    pipeline,
    providers_registry,
    rendering,
    review,
    runs,
    states,
    storage,
    tasks,
    withdrawing,
)
from jobs.models import Blob, Document, Job, RemoteCopy, Result, Review, ReviewClaim, ReviewItem, Run, Status
from jobs.providers.base import Accepted, UnavailableError
from jobs.remote import copies
from jobs.uploads import Spool
from tests.support.factories import a_connection, a_document, a_job, a_member, a_project, a_run, a_version, an_item
from tests.support.providers import ScriptedProvider, install
from tests.support.races import race
from tests.support.traces import files_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def marker() -> str:
    """A word that stands in this test's document alone."""
    return f"Quizz{uuid.uuid4().hex}"


def text_of(marker: str) -> bytes:
    return f"INVOICE\n\nInvoice number {marker}\nTotal due: 120.00 EUR\n".encode()


def pdf_of(marker: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0)
    for number, line in enumerate(text_of(marker).decode().split("\n")):
        canvas.drawString(72, 760 - 20 * number, line)
    canvas.save()
    return file.getvalue()


def where(word: str) -> list[str]:
    """Every file of the data folder and every column of every table in which ``word`` stands, inflated where packed."""
    found = [str(path) for path in files_with(word, Path(settings.DATA_DIR))]
    for model in apps.get_models():
        for row in model._default_manager.values():
            found += [f"{model.__name__}.{name}" for name, value in row.items() if word in str(value)]
    return found


def files_of(project: Project) -> list[Path]:
    folders = (Path(settings.DATA_DIR) / kind / str(project.uid) for kind in ("files", "renders", "readings"))
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def handled(project: Project, marker: str, *, content: bytes | None = None, **fields) -> Document:
    """A document that went through everything which leaves its words somewhere: read, answered, drawn, commented on,
    escalated, failed, retried."""
    document = a_document(
        project,
        content=content or pdf_of(marker),
        name=f"{marker}.pdf",
        media_type="application/pdf",
        page_count=1,
        external_file_id=marker,
        check_detail=marker,
        claimed_type=marker,
        **fields,
    )
    version = a_version(project, provider="local")
    by = a_member(project)
    run = a_run(project, version=version, documents=[document], by=by)
    pipeline.run(run.jobs.get().pk)
    rendering.draw_first_page(document)
    item = ReviewItem.objects.get(document=document)
    held = review.claim(item, by=by)
    review.escalate(held.item, token=held.claim.token, by=by, comment=marker)
    held = review.claim(item, by=by)
    review.decide(held.item, "Letter", token=held.claim.token, by=by, comment=marker)
    failing = a_version(project, preset=version.preset, provider_options={"error": "rejected"})
    job = a_run(project, version=failing, documents=[document], by=by).jobs.get()
    states.fail(states.claim(job.pk, worker="w", lease_seconds=60), reason="unreadable", message=marker)
    return document


def test_not_a_word_is_left_in_any_file_or_row(marker):
    project = a_project()
    document = handled(project, marker)
    places = where(marker)
    assert {"Document.name", "Result.evidence", "Result.raw", "Review.comment", "Job.error_message"} <= set(places)
    assert any("/files/" in place for place in places)
    assert any("/readings/" in place and place.endswith(".json.gz") for place in places)
    assert any("/readings/" in place and place.endswith(".gist") for place in places)
    assert len(files_of(project)) == 5  # the original, one reading and its gist, two images

    erasure.erase_document(document, by=None)
    assert where(marker) == []
    assert files_of(project) == []


def test_what_stays_is_who_decided_what_and_when(marker):
    project = a_project()
    document = handled(project, marker)
    kept = Review.objects.values_list("uid", "decision", "final_type", "by", "at").order_by("pk")
    before, counts = list(kept), runs.count(Run.objects.values_list("pk", flat=True))
    by = a_member(project)
    erasure.erase_document(document, by=by)
    document.refresh_from_db()
    assert list(kept) == before
    assert runs.count(Run.objects.values_list("pk", flat=True)) == counts
    assert Result.objects.get().type == "Invoice"
    assert (document.media_type, document.page_count, document.blob) == ("application/pdf", 1, None)
    [decided] = document.tombstone["decided"]
    assert (decided["status"], decided["final_type"]) == ("overridden", "Letter")
    event = AuditEvent.objects.get(verb="document.erased")
    assert (event.actor, event.object_name) == (by, str(document.uid))


def test_erasing_twice_is_erasing_once():
    document = a_document(a_project())
    stale = Document.objects.get()
    for one in (document, stale, Document.objects.get()):
        erasure.erase_document(one, by=None)
    assert AuditEvent.objects.filter(verb="document.erased").count() == 1


def test_bytes_that_two_documents_share_go_with_the_second(marker):
    project = a_project()
    first, second = (handled(project, marker) for _ in range(2))
    other = a_document(a_project(), content=pdf_of(marker), media_type="application/pdf", page_count=1)
    erasure.erase_document(first, by=None)
    assert storage.document_path(second).exists()
    assert rendering.page_image(second, page=1).exists()
    erasure.erase_document(second, by=None)
    assert files_of(project) == []
    assert storage.document_path(other).exists()
    assert Blob.objects.get() == other.blob


class TestUnderTheHandsOfSomebody:
    def test_a_job_that_is_being_read_is_stopped_and_leaves_nothing(self, marker, monkeypatch):
        project = a_project()
        document = a_document(project, content=text_of(marker), name=marker)
        job = a_run(project, version=a_version(project, provider="local"), documents=[document]).jobs.get()
        sandbox = providers_registry.shared_sandbox()

        class ErasedWhileReading:
            def read(self, *args, **options):
                reading = sandbox.read(*args, **options)
                erasure.erase_document(Document.objects.get(), by=None)
                return reading

        monkeypatch.setattr(providers_registry, "shared_sandbox", ErasedWhileReading)
        pipeline.run(job.pk)
        job.refresh_from_db()
        assert job.status == Status.CANCELLED
        assert where(marker) == []
        assert files_of(project) == []
        assert Run.objects.get().finished_at is not None

    def test_a_page_that_is_being_drawn_is_not_kept(self, marker, monkeypatch):
        project = a_project()
        document = a_document(project, content=pdf_of(marker), media_type="application/pdf", page_count=1)
        sandbox = providers_registry.shared_sandbox()

        class ErasedWhileDrawing:
            def render(self, *args, **options):
                erasure.erase_document(Document.objects.get(), by=None)
                target = args[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(b"RIFF, a page image")
                return 1, 1

        assert sandbox is not None
        monkeypatch.setattr(providers_registry, "shared_sandbox", ErasedWhileDrawing)
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(document, page=1)
        assert files_of(project) == []

    def test_a_queued_job_that_a_worker_takes_at_that_moment_is_stopped_too(self, marker):
        project = a_project()
        for _ in range(4):
            document = a_document(project, content=text_of(marker), name=marker)
            job = a_run(project, version=a_version(project, provider="local"), documents=[document]).jobs.get()
            race(
                lambda job=job: pipeline.run(job.pk),
                lambda document=document: erasure.erase_document(document, by=None),
            )
            job.refresh_from_db()
            assert job.is_final
            assert where(marker) == []
            assert files_of(project) == []

    def test_a_document_that_is_being_sent_is_taken_back_at_the_provider(self, monkeypatch):
        job = a_job()
        provider = install(monkeypatch, ScriptedProvider(answer=Accepted(remote_id="r1")))
        sending, erased = threading.Event(), threading.Event()

        def submit(request):
            sending.set()
            erased.wait(60)
            return provider.answer

        provider.submit = submit

        def erase():
            sending.wait(60)
            erasure.erase_document(Document.objects.get(), by=None)
            erased.set()

        race(lambda: pipeline.run(job.pk), erase)
        assert provider.cancelled == ["r1"]
        assert Job.objects.get().status == Status.CANCELLED

    def test_a_reviewer_who_holds_it_decides_nothing_more(self):
        project = a_project()
        item = an_item(project)
        by = a_member(project)
        held = review.claim(item, by=by)
        erasure.erase_document(item.document, by=None)
        assert not ReviewClaim.objects.exists()
        with pytest.raises(review.StaleClaimError):
            review.approve(held.item, token=held.claim.token, by=by)
        assert review.claim_next(project, None, by=by) is None

    def test_bytes_that_are_uploaded_again_at_that_moment_are_there_for_the_new_document(self):
        project = a_project()
        by, content = a_member(project), b"the same again"
        for _ in range(5):
            old = a_document(project, content=content)
            batch = intake.open_batch(project, by=by, expected=1)

            def upload(batch=batch):
                spool = Spool("again.txt", "text/plain")
                spool.write(content)
                with spool.finish() as upload:
                    return intake.receive(batch, upload, client_uid=uuid.uuid4(), by=by)

            new, _erased = race(upload, lambda old=old: erasure.erase_document(old, by=None))
            assert isinstance(new, Document), new
            assert storage.document_path(Document.objects.select_related("blob", "project").get(pk=new.pk)).exists()
            erasure.erase_document(new, by=None)


class TestTheProvidersCopy:
    def accepted(self) -> Job:
        job = a_job(version=a_version(a_project(), provider_options={"waits": 9}))
        pipeline.run(job.pk)
        return Job.objects.select_related("document__project", "submission").get(pk=job.pk)

    def test_it_is_removed_too_by_a_worker(self, monkeypatch):
        job = self.accepted()
        copy = Path(settings.DATA_DIR) / "echo" / job.submission.remote_id
        assert copy.exists()
        with monkeypatch.context() as patch:
            patch.setattr(providers_registry, "provider_for", lambda _job: pytest.fail("nobody calls while erasing"))
            erasure.erase_document(job.document, by=None)
        assert Job.objects.get().status == Status.CANCELLED
        tasks.withdraw(job.run_id)
        assert not copy.exists()

    def test_a_run_that_is_erased_is_cancelled_at_the_provider_first(self, monkeypatch):
        job, order = self.accepted(), []
        copy = Path(settings.DATA_DIR) / "echo" / job.submission.remote_id
        erasure.erase_run(job.run, by=job.run.by)
        assert Job.objects.get().status == Status.RUNNING

        def send(task, *arguments, **_options):
            order.append((task.name.rpartition(".")[2], Job.objects.get().status, erasure.count_taken_away(job.run)))
            task(*arguments)

        monkeypatch.setattr(tasks, "send", send)
        tasks.erase_run(job.run_id, job.run.by_id)
        assert order == [("withdraw", Status.CANCELLED, 1)]
        assert not copy.exists()
        assert erasure.count_taken_away(job.run) == 0

    def test_a_provider_that_is_away_is_told_the_next_night(self, monkeypatch):
        job, told = self.accepted(), []
        erasure.erase_document(job.document, by=None)

        class Away(ScriptedProvider):
            def cancel(self, remote_id):
                raise UnavailableError("503", reason="unavailable")

        with monkeypatch.context() as patch:
            install(patch, Away())
            tasks.withdraw(job.run_id)
        monkeypatch.setattr(tasks, "send", lambda *message: told.append(message))
        tasks.prune()
        assert told == [(tasks.withdraw, job.run_id)]
        tasks.withdraw(job.run_id)
        assert withdrawing.runs_left() == set()


class TestBrokenOff:
    @pytest.mark.parametrize("place", ["_stop", "_blank_answers", "_empty_queue", "_remove_bytes"])
    @pytest.mark.parametrize("again", ["finish", "prune"])
    def test_an_erasure_that_broke_off_is_finished_later(self, marker, monkeypatch, place, again):
        project = a_project()
        document = handled(project, marker)
        with monkeypatch.context() as patch:
            patch.setattr(erasure, place, lambda *args, **options: 1 / 0)
            assert not erasure.erase_document(document, by=None)
        assert "log of its workers" in erasure.tell_kept(document)
        self.wait()
        assert getattr(erasure, again)() == 1
        assert where(marker) == []
        assert files_of(project) == []
        assert AuditEvent.objects.filter(verb="document.erased").count() == 1
        document.refresh_from_db()
        assert erasure.tell_kept(document) == ""

    def test_one_that_is_being_erased_right_now_is_left_to_whoever_does(self):
        run = a_run(a_project(), documents=1)
        erasure.erase_run(run, by=run.by)
        assert erasure.finish() == 0
        self.wait()
        assert erasure.finish() == 1

    def test_the_others_of_a_run_are_erased_and_the_page_says_which_is_left_and_why(self, monkeypatch):
        run = a_run(a_project(), documents=3)
        stuck = run.jobs.select_related("document__blob").order_by("pk")[1]
        erasure.erase_run(run, by=run.by)
        with monkeypatch.context() as patch:
            self.deny(patch, stuck.document.blob.sha256)
            assert erasure.go_on_erasing(run, by=run.by) is None
        assert erasure.count_taken_away(run) == 0
        assert [(one.job, one.why) for one in erasure.kept(run)] == [(stuck, "Permission denied")]
        assert len(files_of(run.project)) == 1
        erasure.go_on_erasing(run, by=run.by)
        assert erasure.kept(run) == []
        assert files_of(run.project) == []

    def test_what_was_read_counts_as_well_as_the_bytes(self, monkeypatch):
        document = a_document(a_project())
        storage.readings_folder(document.project.uid, document.blob.sha256).mkdir(parents=True)

        def rmtree(path, *, onerror):
            onerror(None, path, (PermissionError, PermissionError(errno.EACCES, "no", str(path)), None))

        with monkeypatch.context() as patch:
            patch.setattr(shutil, "rmtree", rmtree)
            assert not erasure.erase_document(document, by=None)
        assert erasure.tell_kept(document)
        assert erasure.erase_document(document, by=None)

    def test_a_database_that_is_away_for_one_does_not_keep_the_others(self, monkeypatch):
        run = a_run(a_project(), documents=2)
        erasure.erase_run(run, by=run.by)
        first, broken = run.jobs.order_by("pk")[0].document_id, OperationalError("locked")
        plain = erasure._blank_answers

        def blank(document):
            if document.pk == first:
                raise broken
            plain(document)

        def note(_document, error):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(erasure, "_blank_answers", blank)
            patch.setattr(erasure, "_note_why", note)
            erasure.go_on_erasing(run, by=run.by)
        assert erasure.count_taken_away(run) == 1
        erasure.go_on_erasing(run, by=run.by)
        assert erasure.count_taken_away(run) == 0

    def test_a_folder_that_is_written_to_again_and_again_is_not_called_gone(self, monkeypatch):
        document = a_document(a_project())
        folder = storage.readings_folder(document.project.uid, document.blob.sha256)
        folder.mkdir(parents=True)
        plain = os.rmdir

        def rmdir(path, **options):
            if folder.name in str(path):
                raise OSError(errno.ENOTEMPTY, "written to", str(path))
            plain(path, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, "rmdir", rmdir)
            assert not erasure.erase_document(document, by=None)
        assert erasure.erase_document(document, by=None)
        assert not folder.exists()

    def wait(self) -> None:
        Document.objects.filter(deleted_at__isnull=False).update(deleted_at=in_seconds(-erasure.BROKEN_OFF_SECONDS - 1))

    def deny(self, patch, sha256: str) -> None:
        plain = storage.remove_everything

        def remove_everything(project_uid, wanted):
            if wanted == sha256:
                raise PermissionError(errno.EACCES, "denied", f"/data/{wanted}")
            plain(project_uid, wanted)

        patch.setattr(storage, "remove_everything", remove_everything)

    def test_one_that_cannot_be_erased_does_not_keep_the_others(self, monkeypatch):
        project = a_project()
        stuck, other = (a_document(project, expires_at=in_seconds(-1)) for _ in range(2))
        with monkeypatch.context() as patch:
            self.deny(patch, stuck.blob.sha256)
            assert erasure.prune() == 1
        other.refresh_from_db()
        assert other.deleted_at is not None
        assert len(files_of(project)) == 1
        erasure.prune()
        assert files_of(project) == []


class TestPrune:
    def age(self, document: Document, *, days: int) -> Document:
        Document.objects.filter(pk=document.pk).update(created_at=in_seconds(-days * erasure.DAY_SECONDS - 60))
        return document

    def left(self) -> list[int]:
        return list(Document.objects.present().order_by("pk").values_list("pk", flat=True))

    def test_a_project_keeps_its_documents_for_its_own_number_of_days(self):
        short, endless = a_project(), a_project()
        Project.objects.filter(pk=short.pk).update(retention_days=30)
        old, young = self.age(a_document(short), days=30), self.age(a_document(short), days=29)
        kept = self.age(a_document(endless), days=3000)
        assert erasure.prune() == 1
        assert self.left() == [young.pk, kept.pk]
        assert old.pk not in self.left()

    def test_a_document_goes_when_its_own_time_has_come(self):
        project = a_project()
        a_document(project, expires_at=in_seconds(-1))
        later = a_document(project, expires_at=in_seconds(600))
        assert erasure.prune() == 1
        assert self.left() == [later.pk]

    def test_uploads_that_nobody_launched_go_after_a_week(self):
        project = a_project()
        batch = intake.open_batch(project, by=a_member(project), expected=2)
        forgotten = self.age(a_document(project, batch=batch), days=7)
        launched = self.age(a_document(project, batch=batch), days=7)
        a_run(project, documents=[launched])
        fresh = self.age(a_document(project, batch=batch), days=6)
        assert erasure.prune() == 1
        assert self.left() == [launched.pk, fresh.pk]
        assert forgotten.pk not in self.left()

    def test_nothing_to_do_is_nothing_done(self):
        a_job()
        assert erasure.prune() == 0

    def test_bytes_that_no_document_names_any_more_are_removed(self):
        project = a_project()
        document = a_document(project)
        Document.objects.update(blob=None, name="", path="", deleted_at=Now(), tombstone={})
        assert storage.blob_path(project.uid, document.blob.sha256).exists()
        erasure.prune()
        assert files_of(project) == []
        assert not Blob.objects.exists()

    def test_claims_that_ran_out_long_ago_are_dropped(self):
        item = an_item(a_project())
        ReviewClaim.objects.create(item=item, by=a_member(item.project), expires_at=in_seconds(-2 * 86_400))
        erasure.prune()
        assert not ReviewClaim.objects.exists()


def test_a_run_is_erased_with_every_document_of_it(marker):
    project = a_project()
    documents = [handled(project, marker, content=pdf_of(f"{marker} {n}")) for n in range(3)]
    other = a_document(project)
    run = a_run(project, documents=documents)
    by = a_member(project)
    assert erasure.erase_run(run, by=by) == 3
    assert list(Document.objects.present()) == [other]
    assert {job.status for job in run.jobs.all()} == {Status.CANCELLED}
    run.refresh_from_db()
    assert run.finished_at is not None
    assert erasure.count_taken_away(run) == 3
    assert erasure.go_on_erasing(run, by=by) is None
    assert where(marker) == []
    assert files_of(project) == [storage.document_path(other)]
    assert erasure.count_taken_away(run) == 0
    assert AuditEvent.objects.filter(verb="document.erased", actor=by).count() == 3
    assert erasure.erase_run(run, by=by) == 0


def test_a_large_run_is_erased_some_at_a_time(monkeypatch):
    monkeypatch.setattr(erasure, "ERASED_AT_ONCE", 2)
    run = a_run(a_project(), documents=5)
    erasure.erase_run(run, by=run.by)
    left, after = [], erasure.go_on_erasing(run, by=run.by)
    while after is not None:
        left.append(erasure.count_taken_away(run))
        after = erasure.go_on_erasing(run, by=run.by, after=after)
    assert left == [3, 1]
    assert files_of(run.project) == []


def test_a_run_whose_erasing_nobody_went_on_with_is_finished_at_night(marker):
    run = a_run(a_project(), documents=[handled(a_project(), marker)])
    erasure.erase_run(run, by=run.by)
    erasure.prune()
    assert erasure.count_taken_away(run) == 0
    assert where(marker) == []


class TestRemovingAProject:
    def test_nothing_of_it_is_left_but_the_line_that_says_so(self, marker):
        project, other = a_project(), a_project()
        for one in (project, other):
            handled(one, marker)
            a_run(one, documents=2)
        before = {model.__name__: model._default_manager.count() for model in (Run, Job, Result, ReviewItem, Blob)}
        erasure.remove_project(project, by=a_member(other))
        after = {model.__name__: model._default_manager.count() for model in (Run, Job, Result, ReviewItem, Blob)}
        assert {name: 2 * count for name, count in after.items()} == before
        assert not (Path(settings.DATA_DIR) / "files" / str(project.uid)).exists()
        assert len(files_of(other)) == 7
        assert AuditEvent.objects.get(verb="project.removed").before == {"name": project.name}

    def test_it_waits_for_what_a_provider_keeps_of_it(self):
        project = a_project()
        connection = a_connection(project, "llamacloud_v2")
        copies.note(a_job(project), connection, "copy-1")
        with pytest.raises(erasure.CopiesLeftError):
            erasure.remove_project(project, by=a_member(project))
        assert copies.connections_to_tidy() == (connection.pk,)
        RemoteCopy.objects.update(removed_at=Now())
        erasure.remove_project(project, by=a_member(project))
        assert not Job.objects.exists()

    def test_a_worker_in_the_middle_of_it_finds_its_job_gone(self, monkeypatch):
        job = a_job(version=a_version(a_project(), provider="local"))
        sandbox, by = providers_registry.shared_sandbox(), a_member(a_project())

        class RemovedWhileReading:
            def read(self, *args, **options):
                reading = sandbox.read(*args, **options)
                erasure.remove_project(Project.objects.get(pk=job.project_id), by=by)
                return reading

        monkeypatch.setattr(providers_registry, "shared_sandbox", RemovedWhileReading)
        pipeline.run(job.pk)
        assert not Job.objects.exists()
        assert files_of(job.project) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL frees its pages by itself")
def test_freed_pages_are_zeroed_whatever_the_library_was_built_with():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)

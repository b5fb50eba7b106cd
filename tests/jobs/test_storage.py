"""Where bytes lie: one folder per project and content, whole or not at all."""

from __future__ import annotations

import errno
import os
import time
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from classifyhub.engine.model import ReadError
from jobs import providers_registry, rendering, storage, tasks, texts
from jobs.models import Document
from jobs.providers.cutting import Cut, cut_file
from tests.jobs.test_erasure import pdf_of
from tests.support.factories import a_document, a_project
from tests.support.provider_requests import a_request

pytestmark = pytest.mark.django_db

SHA = "ab" + "0" * 62


@pytest.fixture
def upload() -> Path:
    path = Path(settings.DATA_DIR) / "tmp" / uuid.uuid4().hex
    path.write_bytes(b"content")
    return path


class TestKeeping:
    def test_a_finished_upload_is_moved_into_place(self, upload):
        kept = storage.keep(upload, project_uid=uuid.uuid4(), sha256=SHA)
        assert kept.read_bytes() == b"content"
        assert kept.stat().st_mode & 0o777 == 0o640
        assert not upload.exists()

    def test_the_same_bytes_twice_are_one_file(self, upload):
        project = uuid.uuid4()
        first = storage.keep(upload, project_uid=project, sha256=SHA)
        upload.write_bytes(b"content")
        assert storage.keep(upload, project_uid=project, sha256=SHA) == first
        assert not upload.exists()

    def test_a_temporary_folder_on_another_disk_is_no_hindrance(self, upload, monkeypatch):
        plain = Path.replace

        def replace(path, target):
            if path == upload:
                raise OSError(errno.EXDEV, "another disk")
            return plain(path, target)

        monkeypatch.setattr(Path, "replace", replace)
        kept = storage.keep(upload, project_uid=uuid.uuid4(), sha256=SHA)
        assert kept.read_bytes() == b"content"
        assert [path.name for path in kept.parent.iterdir()] == [SHA]
        assert not upload.exists()


class TestWhatACrashLeft:
    NAME = uuid.uuid4().hex
    LEFT = (f"cut-{NAME}.pdf", f"picture-{NAME}.jpg", f"rapid-12.json.{NAME}", ".cut.pdf.123-456.part")
    KEPT = ("rapid-12.json", "1-800.webp", SHA, "cut-price.pdf")

    def make(self, *, age: float) -> Path:
        folder = storage.readings_folder(uuid.uuid4(), SHA)
        folder.mkdir(parents=True)
        for name in (*self.LEFT, *self.KEPT):
            (folder / name).write_bytes(b"half")
            os.utime(folder / name, (time.time() - age,) * 2)
        return folder

    def test_it_is_removed_after_a_day_and_nothing_else_is(self):
        old, young = self.make(age=storage.HALF_MADE_SECONDS + 60), self.make(age=storage.HALF_MADE_SECONDS - 60)
        tasks.prune()
        assert {path.name for path in old.iterdir()} == set(self.KEPT)
        assert {path.name for path in young.iterdir()} == {*self.LEFT, *self.KEPT}

    def test_a_process_that_dies_while_it_sends_a_cut_copy_leaves_such_a_name(self, tmp_path):
        class Sandbox:
            def cut(self, source, target, *, pages):
                target.write_bytes(b"%PDF")

        request = a_request(tmp_path / "any.pdf", media_type="application/pdf")
        with cut_file(request, Cut((1,)), sandbox=Sandbox(), folder=tmp_path) as path:
            assert storage.HALF_MADE.search(path.name)


def test_projects_share_no_folder():
    one, other = a_project(), a_project()
    paths = [a_document(project, content=b"same").blob.sha256 for project in (one, other)]
    assert paths[0] == paths[1]
    assert storage.blob_path(one.uid, paths[0]) != storage.blob_path(other.uid, paths[0])
    storage.remove_project(one.uid)
    assert storage.blob_path(other.uid, paths[0]).exists()
    assert not storage.blob_path(one.uid, paths[0]).exists()


def test_removing_what_is_not_there_is_no_error():
    storage.remove_everything(uuid.uuid4(), SHA)
    storage.remove_project(uuid.uuid4())


@pytest.mark.parametrize("how", ["erased", "file gone"])
def test_a_document_without_bytes_has_no_path(how):
    document = a_document(a_project())
    if how == "erased":
        Document.objects.update(blob=None, name="", path="", deleted_at=Now())
    else:
        storage.document_path(document).unlink()
    with pytest.raises(FileNotFoundError):
        storage.document_path(Document.objects.get())


class TestPageImages:
    @pytest.fixture
    def document(self):
        return a_document(a_project(), content=pdf_of("x"), media_type="application/pdf", page_count=1)

    def test_a_page_is_drawn_once_and_kept(self, document, monkeypatch):
        first = rendering.page_image(document, page=1)
        assert first.read_bytes()[:4] == b"RIFF"
        monkeypatch.setattr(rendering, "_draw", lambda *args, **options: pytest.fail("drawn twice"))
        assert rendering.page_image(document, page=1) == first

    @pytest.mark.parametrize("page", [0, -1, 2, 10**9, 10**400])
    def test_a_page_the_document_does_not_have_is_never_tried(self, document, page, monkeypatch):
        monkeypatch.setattr(rendering, "_draw", lambda *args, **options: pytest.fail("tried"))
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(document, page=page)

    @pytest.mark.parametrize(
        "fields",
        [
            {"media_type": "text/plain"},
            {"content": b"%PDF-1.7 and nothing else"},
            {"content": b"", "media_type": "image/png"},
        ],
    )
    def test_what_cannot_be_drawn_has_no_image(self, fields):
        document = a_document(a_project(), **{"media_type": "application/pdf"} | fields)
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(document, page=1)
        rendering.draw_first_page(document)  # as the worker does it, without an error
        folder = Path(settings.DATA_DIR) / "renders" / str(document.project.uid)
        assert not list(folder.rglob("*.webp"))

    def test_what_could_not_be_drawn_is_not_tried_again_at_once(self, monkeypatch):
        document = a_document(a_project(), content=b"%PDF-1.7", media_type="application/pdf")
        rendering.draw_first_page(document)
        monkeypatch.setattr(rendering, "_draw", lambda *args, **options: pytest.fail("tried again"))
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(document, page=1)

    def test_a_document_erased_while_its_drawing_fails_is_no_error(self, document, monkeypatch):
        class Failing:
            def render(self, *args, **options):
                storage.remove_everything(document.project.uid, document.blob.sha256)
                raise ReadError("unreadable")

        monkeypatch.setattr(providers_registry, "shared_sandbox", Failing)
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(document, page=1)

    def test_the_first_page_is_drawn_with_its_thumbnail(self, document):
        rendering.draw_first_page(document)
        widths = sorted(path.name for path in rendering.page_image(document, page=1).parent.iterdir())
        assert widths == ["1-1400.webp", "1-144.webp"]


class TestTexts:
    def test_the_text_is_read_now_when_nobody_has_read_it_before(self):
        [page] = texts.pages_of(a_document(a_project(), content=b"Dear Sir"))
        assert page.text.strip() == "Dear Sir"

    def test_what_cannot_be_read_has_no_pages(self):
        document = a_document(a_project(), content=b"%PDF-1.7 and nothing else", media_type="application/pdf")
        assert texts.pages_of(document) == ()

    def test_an_erased_document_has_no_pages(self):
        a_document(a_project())
        Document.objects.update(blob=None, name="", path="", deleted_at=Now())
        assert texts.pages_of(Document.objects.get()) == ()

"""An archive becomes its documents: nothing is lost, nothing comes twice, and every total stays true."""

from __future__ import annotations

import itertools
import uuid

import pytest
from django.db.models.functions import Now

from classifyhub.accounts.models import AuditEvent
from classifyhub.clock import in_seconds
from jobs import batches, errands, habits, intake, staging, storage, tasks, tray, unpacking, uploads
from jobs.models import Blob, Document, Errand, IntakeBatch, Run
from tests.support.archives import a_zip, an_entry
from tests.support.factories import a_member, a_project, a_version
from tests.support.uploading import sent

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Check, Choice = Document.Check, Document.Choice
LETTERS = {"november/one.txt": b"Dear One", "two.txt": b"Dear Two"}


@pytest.fixture
def batch() -> IntakeBatch:
    project = a_project()
    a_version(project, provider="echo")
    return intake.open_batch(project, by=a_member(project), expected=1)


def hand_in(batch: IntakeBatch, content: bytes, name: str = "post.zip", **options) -> Document:
    with sent(content, name) as upload:
        return intake.receive(batch, upload, **{"client_uid": uuid.uuid4(), "by": batch.by} | options)


def unpack(document: Document) -> list[Document]:
    return list(unpacking.unpack(document.pk))


def listed(batch: IntakeBatch) -> dict[str, tuple[str, str]]:
    return {d.name: (d.path, d.check_state) for d in batches.staged(batch)}


def counted(batch: IntakeBatch) -> tuple[int, int]:
    found = staging.stage(IntakeBatch.objects.get(pk=batch.pk), None)
    return found.arrived, found.expected


def make_due(document: Document) -> None:
    Errand.objects.filter(document=document).update(due_at=Now())


class TestUnpacking:
    def test_its_documents_stand_in_its_place_with_their_paths(self, batch):
        archive = hand_in(batch, a_zip(LETTERS), path="inbox")
        assert {d.name for d in unpack(archive)} == {"one.txt", "two.txt"}
        assert listed(batch) == {
            "one.txt": ("inbox/post.zip/november", Check.PENDING),
            "two.txt": ("inbox/post.zip", Check.PENDING),
        }
        one = batch.documents.get(name="one.txt")
        assert storage.document_path(one).read_bytes() == b"Dear One"
        assert (one.by, one.source, one.media_type) == (batch.by, Document.Source.UPLOAD, "text/plain")

    def test_its_own_bytes_are_gone_afterwards_and_the_log_says_so(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        sha256 = archive.blob.sha256
        unpack(archive)
        archive.refresh_from_db()
        assert (archive.check_state, archive.name, archive.blob) == (Check.UNPACKED, "", None)
        assert not Blob.objects.filter(sha256=sha256).exists()
        assert not storage.blob_path(batch.project.uid, sha256).exists()
        assert AuditEvent.objects.get(verb="document.unpacked").object_uid == str(archive.uid)

    def test_a_docx_is_not_unpacked(self, batch):
        content = a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
        document = hand_in(batch, content, "letter.zip")
        assert unpack(document) == []
        assert not Errand.objects.exists()

    def test_until_it_is_unpacked_it_is_neither_launched_nor_looked_into(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        tasks.check_document(archive.pk)
        archive.refresh_from_db()
        assert (archive.check_state, archive.choice) == (Check.PENDING, Choice.LEAVE)
        with pytest.raises(intake.NothingToClassifyError):
            intake.launch(batch, a_version(batch.project), by=batch.by)

    def test_each_refused_entry_is_a_line_with_its_reason_and_the_rest_is_taken(self, batch, settings):
        entries = [
            an_entry("good.txt", b"Dear Sir"),
            an_entry("empty.txt", b""),
            an_entry("link.txt", b"/etc/passwd", mode=0o120777),
            an_entry("locked.pdf", is_encrypted=True),
            an_entry("x", raw_name=b"../up.txt"),
            an_entry("inner.zip", a_zip({"a": b"b"})),
            an_entry("large.txt", bytes(range(250)) * 5),
        ]
        archive = hand_in(batch, a_zip(entries))
        settings.MAX_UPLOAD = 1000
        unpack(archive)
        words = {row.item.name: row.finding.words for row in staging.stage(batch, None).rows}
        assert words.pop("good.txt") == "Checking"
        assert words == {
            "empty.txt": "Empty file. Export it again where it came from.",
            "link.txt": "A link and no document. Zip what it leads to.",
            "locked.pdf": "Encrypted. Ask the sender for an open copy.",
            "up.txt": "Its path leads out of the archive. Zip it again.",
            "inner.zip": "An archive inside an archive. Unpack it first.",
            "large.txt": "Over 1 kB. Split it, then upload the parts.",
        }

    def test_a_damaged_entry_keeps_nobody_from_the_others(self, batch):
        content = a_zip({"bad.txt": b"Dear Bad", "good.txt": b"Dear Sir"}, method=0)
        unpack(hand_in(batch, content.replace(b"Dear Bad", b"Dear Mad", 1)))
        assert listed(batch) == {"bad.txt": ("post.zip", Check.NOT_TAKEN), "good.txt": ("post.zip", Check.PENDING)}

    def test_the_same_content_twice_is_a_duplicate(self, batch):
        unpack(hand_in(batch, a_zip({"a.txt": b"same", "b.txt": b"same"})))
        a, b = batch.documents.exclude(check_state=Check.UNPACKED).order_by("pk")
        assert (a.twin, b.twin, b.choice) == (None, a, Choice.LEAVE)

    @pytest.mark.parametrize(
        ("content", "code"), [(b"PK\x03\x04" + bytes(99), "damaged_archive"), (a_zip({}), "empty_archive")]
    )
    def test_one_that_cannot_be_unpacked_is_listed_with_its_reason(self, batch, content, code):
        archive = hand_in(batch, content)
        unpack(archive)
        archive.refresh_from_db()
        assert (archive.check_state, archive.check_detail) == (Check.NOT_TAKEN, code)
        assert counted(batch) == (1, 1)


class TestTotals:
    def test_what_an_archive_held_is_counted_in_its_place(self, batch):
        batch = intake.open_batch(batch.project, by=batch.by, expected=1)  # two are announced
        archive = hand_in(batch, a_zip(LETTERS))
        assert counted(batch) == (1, 2)
        seen = [counted(batch) for _document in unpacking.unpack(archive.pk)]
        assert seen == [(2, 3), (3, 4)]
        assert counted(batch) == (2, 3)
        hand_in(batch, b"Dear Three", "three.txt")
        assert counted(batch) == (3, 3)

    def test_the_page_and_the_tray_say_how_far_it_is(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        next(steps := unpacking.unpack(archive.pk))
        next(steps)
        (row,) = (row for row in staging.stage(batch, None).rows if row.item.pk == archive.pk)
        assert (row.finding.shape, row.finding.words) == ("checking", "Unpacking, 1 of 2")
        (line,) = (line for line in tray.snapshot(batch)["rows"] if line[3] == "post.zip")
        assert line[1:3] == ["checking", "Unpacking, 1 of 2"]

    def test_one_that_is_removed_half_way_leaves_true_totals(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        steps = unpacking.unpack(archive.pk)
        next(steps)
        intake.remove(archive, by=batch.by)
        assert list(steps) == []
        assert counted(batch) == (2, 2)
        assert set(listed(batch)) == {"one.txt"}

    def test_a_batch_that_is_cleared_half_way_takes_no_more(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        steps = unpacking.unpack(archive.pk)
        next(steps)
        intake.clear(batch)
        assert list(steps) == []
        assert not Errand.objects.exists()

    def test_the_whole_batch_launches_by_itself_once_the_last_is_checked(self, batch):
        habits.set_launch_at_once(batch.by, on=True)
        archive = hand_in(batch, a_zip(LETTERS))
        staged = unpack(archive)
        tasks.check_document(staged[0].pk)
        assert not Run.objects.exists()
        tasks.check_document(staged[1].pk)
        assert Run.objects.get().jobs.count() == 2


class TestOnce:
    def test_the_same_archive_sent_twice_is_unpacked_once(self, batch):
        client_uid = uuid.uuid4()
        unpack(hand_in(batch, a_zip(LETTERS), client_uid=client_uid))
        again = hand_in(batch, a_zip(LETTERS), client_uid=client_uid)
        assert unpack(again) == []
        assert counted(batch) == (2, 2)

    def test_a_second_worker_finds_nothing_to_do(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        steps = unpacking.unpack(archive.pk)
        next(steps)
        assert unpack(archive) == []
        assert len(list(steps)) == 1

    @pytest.mark.parametrize("staged_before", [1, 2])
    def test_a_lost_worker_is_followed_by_one_that_stages_nothing_twice(self, batch, staged_before):
        archive = hand_in(batch, a_zip(LETTERS))
        for _document in itertools.islice(unpacking.unpack(archive.pk), staged_before):
            pass  # and there it is killed: its generator is never asked again
        assert errands.due() == []
        make_due(archive)
        assert errands.due() == [("unpack", archive.pk)]
        unpack(archive)
        assert counted(batch) == (2, 2)
        assert set(listed(batch)) == {"one.txt", "two.txt"}

    def test_a_long_one_lets_others_have_their_turn_and_goes_on(self, batch, monkeypatch):
        monkeypatch.setattr(unpacking, "SLICE_SECONDS", -1)
        archive = hand_in(batch, a_zip(LETTERS))
        assert unpack(archive) == []
        monkeypatch.setattr(unpacking, "SLICE_SECONDS", 60)
        assert len(unpack(archive)) == 2

    def test_one_that_kills_every_worker_is_given_up_with_a_word(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        Errand.objects.update(attempt=errands.ATTEMPTS)
        assert unpack(archive) == []
        archive.refresh_from_db()
        assert (archive.check_state, archive.check_detail) == (Check.NOT_TAKEN, "gave_up")

    def test_what_launched_batches_still_hold_packed_is_said(self, batch):
        archive = hand_in(batch, a_zip(LETTERS))
        hand_in(batch, b"Dear Three", "three.txt")
        intake.launch(batch, a_version(batch.project, provider="echo"), by=batch.by)
        unpack(archive)
        (line,) = (line for line in tray.snapshot(IntakeBatch.objects.get())["rows"] if line[3] == "post.zip")
        assert line[1:3] == ["left", "Its upload was launched or cleared meanwhile"]


class TestFullDisk:
    @staticmethod
    def fail(spool, chunk):
        spool.file.problem = uploads.DISK_FULL

    def test_it_is_tried_again_later_and_nothing_is_lost(self, batch, monkeypatch):
        archive = hand_in(batch, a_zip(LETTERS))
        with monkeypatch.context() as patch:
            patch.setattr(uploads.Spool, "write", self.fail)
            assert unpack(archive) == []
            assert unpack(archive) == []  # not before its time
        assert Errand.objects.get().attempt == 1
        assert not errands.due()
        make_due(archive)
        assert len(unpack(archive)) == 2

    def test_in_the_end_it_is_said(self, batch, monkeypatch):
        archive = hand_in(batch, a_zip(LETTERS))
        monkeypatch.setattr(uploads.Spool, "write", self.fail)
        for _ in range(errands.ATTEMPTS):
            make_due(archive)
            unpack(archive)
        archive.refresh_from_db()
        assert (archive.check_state, archive.check_detail) == (Check.NOT_TAKEN, "disk_full")


def test_the_sweeper_sends_what_nobody_is_at(batch):
    archive = hand_in(batch, a_zip(LETTERS))
    assert errands.due() == [("unpack", archive.pk)]
    Errand.objects.update(due_at=in_seconds(60))
    assert errands.due() == []

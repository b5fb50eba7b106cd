"""The upload page in numbers and sentences: what was found, what is taken, what it comes to."""

from __future__ import annotations

import os
import sys
import uuid

import pytest
from django.utils import timezone

from jobs import intake, staging, states
from jobs.models import Document, IntakeBatch, Job, Result, Review, ReviewItem
from jobs.plans import Plan
from rules.models import PresetVersion
from tests.engine.ocr.papers import PRINTS_A_TABLE, install
from tests.support.factories import a_document, a_member, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Check, Choice = Document.Check, Document.Choice


@pytest.fixture
def batch() -> IntakeBatch:
    project = a_project()
    return intake.open_batch(project, by=a_member(project), expected=1)


def staged(batch: IntakeBatch, **fields) -> Document:
    """A checked document in the batch."""
    return a_document(batch.project, batch=batch, **{"page_count": 1, "has_text": True} | fields)


def look(batch: IntakeBatch, plan: Plan | None = None, **options) -> staging.Staging:
    return staging.stage(batch, plan or Plan(PresetVersion(provider="local", rules=[])), **options)


def only_row(batch: IntakeBatch, plan: Plan | None = None) -> staging.Row:
    found = look(batch, plan)
    (row,) = found.shown_trouble or found.shown_ready
    return row


class TestFindings:
    @pytest.mark.parametrize(
        ("fields", "shape", "words"),
        [
            ({}, "ready", "Ready"),
            ({"check_state": Check.PENDING}, "checking", "Checking"),
            ({"check_state": Check.EMPTY}, "failed", "Empty file. Export it again where it came from."),
            ({"check_state": Check.ENCRYPTED}, "failed", "Encrypted. Ask the sender for an open copy."),
            ({"check_state": Check.UNREADABLE}, "failed", "Damaged. Ask the sender for the file again."),
            ({"check_state": Check.TOO_LARGE}, "failed", "Too large to read. Split it, then upload the parts."),
            (
                {"name": "a.xls", "media_type": "application/vnd.ms-excel", "check_state": Check.NO_LOCAL_READER},
                "warning",
                "No local reader for XLS. Stored; decide it by hand.",
            ),
            (
                {"name": "fax.pdf", "media_type": "image/tiff"},
                "warning",
                "Named .pdf, is TIFF. Will be read as TIFF.",
            ),
            ({"choice": Choice.LEAVE}, "warning", "Ready, but left out."),
        ],
    )
    def test_each_finding_has_a_cause_and_a_next_step(self, batch, fields, shape, words):
        staged(batch, **fields)
        assert only_row(batch).finding == staging.Finding(shape, words)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"media_type": "application/pdf", "name": "a.pdf"}, "Scan: will be read by OCR"),
            ({"media_type": "image/png", "name": "a.png"}, "Image: will be read by OCR"),
            ({"media_type": "text/plain", "name": "a.txt"}, "Ready"),
        ],
    )
    def test_a_scan_is_said_to_be_read_by_ocr(self, batch, tmp_path, monkeypatch, fields, words):
        install(tmp_path, PRINTS_A_TABLE)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        staged(batch, has_text=False, **fields)
        assert only_row(batch).finding == staging.Finding("ready", words)

    def test_without_ocr_a_scan_needs_a_look_and_says_what_becomes_of_it(self, batch, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setitem(sys.modules, "rapidocr", None)
        staged(batch, name="a.pdf", media_type="application/pdf", has_text=False)
        words = "No text, and no OCR on this machine. It will wait to be decided from its image."
        assert only_row(batch).finding == staging.Finding("warning", words)

    def test_a_provider_that_documents_are_sent_to_needs_no_ocr_here(self, batch, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setitem(sys.modules, "rapidocr", None)
        staged(batch, name="a.pdf", media_type="application/pdf", has_text=False)
        plan = Plan(PresetVersion(provider="llamacloud_v2", rules=[]))
        assert only_row(batch, plan).finding == staging.Finding("ready", "Ready, no text layer")

    def test_a_file_that_was_not_stored_is_over_the_cap(self, batch, settings):
        settings.MAX_UPLOAD = 200 * 10**6
        intake.note_too_large(batch, client_uid=uuid.uuid4(), name="a", size=3 * 10**9, by=batch.by)
        row = only_row(batch)
        assert row.finding.words == "Over 200 MB. Split it, then upload the parts."
        assert (row.size, row.choices) == ("3 GB", ())

    @pytest.mark.parametrize(
        ("options", "pages", "words"),
        [
            ({"max_pages": 5}, 48, "Ready, first 5 of 48 pages are read"),
            ({"max_pages": 5}, 3, "Ready"),
            ({"target_pages": "2-3"}, 48, "Ready, 2 of 48 pages are read"),
            ({"target_pages": "5-7"}, 4, "Has 4 pages, none of 5-7."),
        ],
    )
    def test_pages_that_are_not_read_are_said(self, batch, options, pages, words):
        staged(batch, page_count=pages)
        plan = Plan(PresetVersion(provider="local", rules=[], **options))
        assert only_row(batch, plan).finding.words == words

    def test_what_a_hosted_provider_reads_is_ready_although_nobody_here_reads_it(self, batch):
        staged(batch, name="a.xls", media_type="application/vnd.ms-excel", check_state=Check.NO_LOCAL_READER)
        plan = Plan(PresetVersion(provider="llamacloud_v2", rules=[]))
        assert only_row(batch, plan).finding.words == "Ready"

    def test_without_a_preset_a_missing_reader_is_still_said(self, batch):
        staged(batch, check_state=Check.NO_LOCAL_READER)
        (row,) = staging.stage(batch, None).rows
        assert row.finding.words == "No local reader. Stored; decide it by hand."

    def test_what_cannot_be_read_stands_above_duplicates_above_what_is_only_worth_knowing(self, batch):
        staged(batch, name="fax.pdf", media_type="image/tiff")
        first = staged(batch, name="first.txt")
        staged(batch, name="second.txt", twin=first, choice=Choice.LEAVE)
        staged(batch, name="locked.pdf", check_state=Check.ENCRYPTED, choice=Choice.LEAVE)
        assert [row.item.name for row in look(batch).trouble] == ["locked.pdf", "second.txt", "fax.pdf"]


class TestDuplicates:
    def words(self, batch: IntakeBatch, twin: Document) -> str:
        staged(batch, name="again.txt", twin=twin, choice=Choice.LEAVE)
        row = next(row for row in look(batch).shown_trouble if row.item.name == "again.txt")
        assert [verb for _value, verb, _why in row.choices] == ["Skip", "Classify again"]
        return row.finding.words

    def classified(self, batch: IntakeBatch, *, kind: str | None, **times) -> Document:
        document = a_document(batch.project, name="bill.txt")
        job = states.claim(a_run(batch.project, documents=[document]).jobs.get().pk, worker="w", lease_seconds=60)
        states.complete(job, held=False)
        Result.objects.create(project=batch.project, job=job, provider="echo", type=kind)
        Job.objects.filter(pk=job.pk).update(**times)
        return document

    def test_one_of_the_same_drop_is_named(self, batch):
        assert self.words(batch, staged(batch, name="bill.txt")) == "Same content as bill.txt."

    def test_one_that_was_classified_is_told_with_day_and_type(self, batch):
        then = timezone.now().replace(month=1, day=2)
        words = self.words(batch, self.classified(batch, kind="Invoice", finished_at=then))
        assert words == "Classified 2 Jan as Invoice. Same content."

    def test_one_that_was_classified_today_says_so(self, batch):
        assert self.words(batch, self.classified(batch, kind=None)) == "Classified today as no match. Same content."

    def test_what_a_person_decided_counts_more_than_what_the_machine_said(self, batch):
        twin = self.classified(batch, kind="Invoice")
        job = twin.jobs.get()
        item = ReviewItem.objects.create(project=batch.project, document=twin, preset=job.version.preset, job=job)
        review = Review.objects.create(
            project=batch.project, item=item, decision="override", final_type="Letter", by=batch.by, status_before=""
        )
        ReviewItem.objects.filter(pk=item.pk).update(
            status=ReviewItem.State.OVERRIDDEN, effective_review=review, final_type="Letter"
        )
        assert self.words(batch, twin) == "Classified today as Letter. Same content."

    def test_one_that_is_under_way_says_so(self, batch):
        document = a_document(batch.project)
        a_run(batch.project, documents=[document])
        assert self.words(batch, document) == "Being classified now. Same content."

    def test_one_that_was_erased_since_is_no_twin_any_more(self, batch):
        twin = a_document(batch.project)
        Document.objects.filter(pk=twin.pk).update(deleted_at=timezone.now(), blob=None, name="", path="")
        staged(batch, twin=twin)
        assert only_row(batch).finding.words == "Ready"


class TestTotals:
    @pytest.fixture
    def mixed(self, batch) -> IntakeBatch:
        """41 files of which 37 are taken, as the launch bar says it."""
        for number in range(36):
            staged(batch, page_count=48 if number == 0 else 3, content=f"{number}".encode() * 10)
        staged(batch, name="fax.pdf", media_type="image/tiff", page_count=3)
        for state in (Check.ENCRYPTED, Check.EMPTY):
            staged(batch, check_state=state, choice=Choice.LEAVE, page_count=None)
        twin = batch.documents.first()
        for _ in range(2):
            staged(batch, twin=twin, choice=Choice.LEAVE)
        return batch

    def test_the_launch_bar_counts_files_and_pages_that_are_taken(self, mixed):
        found = look(mixed, Plan(PresetVersion(provider="llamacloud_v2", rules=[], max_pages=5)))
        assert (len(found.taken), len(found.items), len(found.trouble), found.ready_count) == (37, 41, 5, 36)
        assert (found.pages, found.pages_read) == (48 + 35 * 3 + 3, 5 + 35 * 3 + 3)
        assert (found.estimate, found.takes_words) == ("about 113 credits", "All 37 documents")
        assert found.can_launch

    def test_what_is_taken_although_it_cannot_be_read_is_said(self, mixed):
        intake.choose_many([row.item.pk for row in look(mixed).trouble], Choice.TAKE)
        found = look(mixed)
        assert (found.takes_words, found.trouble_takeable, found.trouble_taken) == (
            "39 of 41 documents, 2 by hand",
            0,
            5,
        )

    def test_a_long_list_is_cut_and_its_totals_are_not(self, mixed):
        found = look(mixed, most_rows=2)
        assert (len(found.shown_ready), found.hidden_ready, found.ready_count) == (2, 34, 36)
        assert (len(found.shown_trouble), found.hidden_trouble) == (2, 3)

    def test_five_hundred_rows_cost_as_many_queries_as_one(self, batch, django_assert_num_queries):
        twin = staged(batch)
        Document.objects.bulk_create(
            Document(project=batch.project, batch=batch, blob=twin.blob, twin=twin, choice="leave", check_state="ready")
            for number in range(500)
        )
        with django_assert_num_queries(5):
            found = look(batch)
            assert len(found.shown_trouble) + len(found.shown_ready) == 101

    def test_nothing_is_launched_while_something_is_checked(self, batch):
        staged(batch)
        staged(batch, check_state=Check.PENDING, page_count=None)
        found = look(batch)
        assert (found.can_launch, found.is_moving, found.checked, found.ready_count) == (False, True, 1, 1)
        assert found.ready_note.endswith("1 being checked")

    def test_files_that_did_not_arrive_are_counted(self, batch):
        staged(batch)
        IntakeBatch.objects.filter(pk=batch.pk).update(expected=40)
        batch.refresh_from_db()
        found = look(batch)
        assert (found.arrived, found.expected, found.missing) == (1, 40, 39)

    def test_a_removed_file_has_arrived(self, batch):
        intake.remove(staged(batch), by=batch.by)
        found = look(batch)
        assert (found.items, found.missing) == ((), 0)

    def test_more_files_than_announced_are_no_negative_number(self, batch):
        for _ in range(3):
            staged(batch)
        assert (look(batch).expected, look(batch).missing) == (3, 0)

    def test_what_was_seen_changes_with_anything_on_the_page(self, batch):
        document, plan = staged(batch), Plan(a_version(batch.project))
        seen = [look(batch, plan).seen]
        intake.choose(document, Choice.LEAVE)
        seen.append(look(batch, plan).seen)
        staged(batch)
        seen.append(look(batch, plan).seen)
        seen.append(look(batch, Plan(a_version(batch.project))).seen)
        assert len(set(seen)) == 4
        assert look(batch, plan).seen == seen[2]

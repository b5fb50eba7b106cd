"""A document that is handed in by its address: fetched by a worker, or listed with the reason why not."""

from __future__ import annotations

import json
import uuid

import pytest
from django.conf import settings as suite_settings
from django.db.models.functions import Now

from classifyhub.accounts.models import AuditEvent
from jobs import batches, errands, fetching, habits, intake, staging, storage, tasks, unpacking, uploads
from jobs.models import Document, Errand, IntakeBatch, Run
from jobs.web import addresses
from tests.support.archives import a_zip
from tests.support.factories import a_member, a_project, a_version
from tests.support.traces import files_with

pytestmark = pytest.mark.django_db

Check, Choice, Source = Document.Check, Document.Choice, Document.Source
LETTER = b"Dear Sir, thank you for your letter."


@pytest.fixture
def batch() -> IntakeBatch:
    project = a_project()
    a_version(project, provider="echo")
    return intake.open_batch(project, by=a_member(project), expected=0)


def hand_in(batch: IntakeBatch, *urls: str, drop: uuid.UUID | None = None) -> list[Document]:
    found = [addresses.read(url, rules=fetching.rules()) for url in urls]
    drop = drop or uuid.uuid4()
    intake.open_batch(batch.project, by=batch.by, expected=len(found), drop=drop)
    return intake.add_addresses(batch, found, drop=drop, by=batch.by)


def fetch(document: Document) -> Document:
    """What a worker does, also where it is tried again later."""
    fetching.fetch(document.pk)
    while Errand.objects.filter(document=document, kind=Errand.Kind.FETCH).update(due_at=Now()):
        fetching.fetch(document.pk)
    document.refresh_from_db()
    return document


def words(batch: IntakeBatch) -> list[str]:
    return [row.finding.words for row in staging.stage(batch, None).rows]


class TestFetched:
    def test_what_stands_there_becomes_a_document(self, batch, server):
        (document,) = hand_in(batch, server.put("/a/letter.txt?key=s3cret", LETTER))
        assert (document.name, document.path, document.source) == ("letter.txt", "127.0.0.1", Source.URL)
        assert words(batch) == ["Fetching from 127.0.0.1"]
        fetch(document)
        assert storage.document_path(document).read_bytes() == LETTER
        assert (document.check_state, document.choice, document.media_type) == (
            Check.PENDING,
            Choice.TAKE,
            "text/plain",
        )
        tasks.check_document(document.pk)
        assert words(batch) == ["Ready"]

    def test_its_bytes_decide_what_it_is_and_not_the_header(self, batch, server):
        (document,) = hand_in(batch, server.put("/fax", b"II*\x00" + bytes(90), headers={"Content-Type": "text/html"}))
        fetch(document)
        assert (document.media_type, document.claimed_type) == ("image/tiff", "text/html")

    def test_a_name_without_an_ending_gets_the_one_of_what_it_is(self, batch, server):
        (document,) = hand_in(batch, server.put("/download", b"%PDF-1.7\nendobj"))
        assert fetch(document).name == "download.pdf"

    @pytest.mark.parametrize("name", ["../../etc/passwd.txt", "C:\\temp\\passwd.txt", "/etc/passwd.txt"])
    def test_a_name_that_the_server_gives_is_cleaned(self, batch, server, name):
        headers = {"Content-Disposition": 'attachment; filename="{}"'.format(name.replace("\\", "\\\\"))}
        (document,) = hand_in(batch, server.put("/x", LETTER, headers=headers))
        assert fetch(document).name == "passwd.txt"

    def test_an_empty_answer_is_listed_as_such(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt"))
        assert fetch(document).check_state == Check.EMPTY

    def test_the_same_content_from_two_addresses_is_a_duplicate(self, batch, server):
        first, second = hand_in(batch, server.put("/a.txt", LETTER), server.put("/b.txt", LETTER))
        fetch(first), fetch(second)
        assert (first.twin, second.twin, second.choice) == (None, first, Choice.LEAVE)

    def test_an_archive_is_unpacked(self, batch, server):
        (document,) = hand_in(batch, server.put("/post.zip", a_zip({"one.txt": LETTER})))
        fetch(document)
        (one,) = unpacking.unpack(document.pk)
        assert (one.name, one.path, one.source) == ("one.txt", "127.0.0.1/post.zip", Source.URL)

    def test_the_last_one_launches_the_batch_where_that_is_wanted(self, batch, server):
        habits.set_launch_at_once(batch.by, on=True)
        good, gone = hand_in(batch, server.put("/a.txt", LETTER), server.url("/gone"))
        fetch(good)
        tasks.check_document(good.pk)
        assert not Run.objects.exists()
        tasks.fetch_document(gone.pk)
        assert Run.objects.get().jobs.count() == 1


class TestNotFetched:
    def test_each_reason_is_told_where_the_person_is(self, batch, server, settings):
        settings.MAX_UPLOAD = 1000
        fetched = {
            server.url("/gone"): "Nothing at that address. Ask for a new one.",
            server.put("/login", status=401): "Asks for a login. Download it yourself, then upload it.",
            server.put("/law", status=451): "The server refused with 451. Look at the address in a browser.",
            server.put("/large", b"x" * 1001): "Over 1 kB. Download it and split it.",
            server.url("/", host="127.0.0.2"): "In a private network. Ask your operator to allow it.",
            server.url("/", host="nobody.invalid"): "No server of that name. Look at its spelling.",
        }
        for document in hand_in(batch, *fetched):
            fetch(document)
            assert (document.check_state, document.choice, document.blob) == (Check.NOT_TAKEN, Choice.LEAVE, None)
        assert words(batch) == list(fetched.values())
        assert staging.stage(batch, None).taken == []

    def test_a_server_without_time_is_asked_again_and_then_given_up(self, batch, server):
        (document,) = hand_in(batch, server.put("/busy", status=503))
        fetching.fetch(document.pk)
        assert (len(server.asked), errands.due()) == (1, [])
        assert fetch(document).check_detail == "busy:503"
        assert len(server.asked) == fetching.TRIES

    def test_a_server_that_finds_time_meanwhile_is_heard(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt", status=503))
        fetching.fetch(document.pk)
        server.put("/a.txt", LETTER)
        assert fetch(document).check_state == Check.PENDING

    def test_a_full_disk_is_said_and_leaves_nothing(self, batch, server, monkeypatch):
        def fail(spool, chunk):
            spool._drop(uploads.DISK_FULL)

        monkeypatch.setattr(uploads.Spool, "write", fail)
        (document,) = hand_in(batch, server.put("/a.txt", LETTER))
        assert fetch(document).check_detail == "disk_full"

    def test_one_that_was_removed_meanwhile_is_not_fetched(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt", LETTER))
        intake.remove(document, by=batch.by)
        fetch(document)
        assert (server.asked, document.blob) == ([], None)

    def test_one_whose_batch_was_cleared_while_it_came_leaves_nothing(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt", LETTER))
        intake.clear(batch)
        assert fetch(document).check_detail == "closed"
        assert not batches.to_launch(batch).exists()


class TestOnce:
    def test_the_same_form_sent_twice_is_one_document_each(self, batch, server):
        url, drop = server.put("/a.txt", LETTER), uuid.uuid4()
        assert len(hand_in(batch, url, drop=drop)) == 1
        assert hand_in(batch, url, drop=drop) == []
        batch.refresh_from_db()
        assert (batch.expected, batch.documents.count()) == (1, 1)

    def test_a_second_message_fetches_nothing(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt", LETTER))
        fetching.fetch(document.pk)
        fetching.fetch(document.pk)
        assert len(server.asked) == 1

    def test_a_lost_worker_is_followed_by_another(self, batch, server):
        (document,) = hand_in(batch, server.put("/a.txt", LETTER))
        errands.claim(document.pk, Errand.Kind.FETCH)  # and there it is killed
        assert fetch(document).blob is not None


class TestSecrets:
    def test_the_log_says_who_reached_where_and_nothing_of_path_or_query(self, batch, server):
        hand_in(batch, server.url("/share/k3y/bill.pdf?sig=s3cret"))
        event = AuditEvent.objects.get(verb="document.fetch_asked")
        assert (event.actor, event.after) == (batch.by, {"from": server.url("")})
        told = json.dumps([event.before, event.after, event.object_name])
        assert not any(secret in told for secret in ("k3y", "s3cret", "bill"))

    @pytest.mark.django_db(transaction=True)
    def test_the_address_is_nowhere_on_disk_while_it_waits_nor_afterwards(self, batch, server):
        secret = uuid.uuid4().hex
        (document,) = hand_in(batch, server.put(f"/a.txt?key={secret}", LETTER))
        assert files_with(secret, suite_settings.DATA_DIR) == []
        assert secret in Errand.objects.get().address
        fetch(document)
        assert not Errand.objects.exists()
        assert files_with(secret, suite_settings.DATA_DIR) == []

"""What scripts send files to: announced once, received once, refused with a cause that the tray has words for."""

from __future__ import annotations

import resource
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as suite_settings
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from jobs import habits, intake, storage
from jobs.models import Document, IntakeBatch
from tests.support.disks import tiny_disk
from tests.support.factories import a_member, a_project, a_user, a_version

pytestmark = pytest.mark.django_db

MB = 10**6


class Person:
    """Somebody with a browser that speaks to one project."""

    def __init__(self, role: Role | None = Role.REVIEWER) -> None:
        self.project = a_project()
        self.user = a_member(self.project, role) if role else a_user()
        self.client = Client(enforce_csrf_checks=False)
        self.client.force_login(self.user)

    def url(self, name: str, *parts: object) -> str:
        return reverse(name, args=[self.project.slug, *parts])

    def announce(self, expected: int = 1, drop: uuid.UUID | None = None):
        return self.client.post(self.url("intake_open"), {"expected": expected, "drop": drop or uuid.uuid4()})

    def batch(self) -> IntakeBatch:
        self.announce()
        return IntakeBatch.objects.open().get(project=self.project, by=self.user)

    def send(self, batch: IntakeBatch, content: bytes = b"Dear Sir", name: str = "letter.txt", **extra):
        address = self.url("intake_file", batch.uid, extra.pop("client_uid", uuid.uuid4()))
        extra = {"HTTP_X_FILE_NAME": quote(name), "content_type": "text/plain"} | extra
        return self.client.generic("PUT", address, content, **extra)


@pytest.fixture
def person() -> Person:
    return Person()


def test_a_drop_is_announced_and_told_where_its_files_go(person):
    answer = person.announce(expected=3).json()
    batch = IntakeBatch.objects.get()
    assert answer == {"batch": person.url("intake_status", batch.uid), "launches": False}
    assert (batch.expected, batch.by) == (3, person.user)


def test_a_drop_announced_again_after_a_lost_answer_counts_once(person):
    drop = uuid.uuid4()
    first, second = person.announce(3, drop).json(), person.announce(3, drop).json()
    assert (first, IntakeBatch.objects.get().expected) == (second, 3)


@pytest.mark.parametrize("data", [{}, {"drop": "x", "expected": "1"}, {"drop": str(uuid.uuid4()), "expected": "many"}])
def test_an_announcement_that_makes_no_sense_is_refused(person, data):
    assert person.client.post(person.url("intake_open"), data).status_code == 400


def test_a_file_is_staged_under_its_own_name(person):
    batch = person.batch()
    answer = person.send(batch, name="Übergabe ✓ 書類.pdf", HTTP_X_FILE_PATH=quote("Post/März"))
    document = batch.documents.get()
    assert (answer.status_code, answer.json()["document"]) == (201, str(document.uid))
    assert (document.name, document.path) == ("Übergabe ✓ 書類.pdf", "Post/März")
    assert storage.document_path(document).read_bytes() == b"Dear Sir"


def test_a_file_sent_again_is_the_same_document_and_is_not_read_again(person):
    batch, client_uid = person.batch(), uuid.uuid4()
    assert person.send(batch, client_uid=client_uid).status_code == 201
    assert person.send(batch, b"", client_uid=client_uid).status_code == 200
    assert batch.documents.get().blob.size == 8


def test_a_file_over_the_cap_is_refused_and_listed_on_request(person, settings):
    settings.MAX_UPLOAD = 10
    batch, client_uid = person.batch(), uuid.uuid4()
    refused = person.send(batch, b"x" * 11, client_uid=client_uid)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    address = person.url("intake_too_large", batch.uid, client_uid)
    assert person.client.post(address, {"name": "film.mov", "size": "11"}).status_code == 201
    assert batch.documents.get().check_state == Document.Check.TOO_LARGE


def test_a_body_that_was_cut_short_leaves_nothing(person):
    batch = person.batch()
    answer = person.send(batch, **{"wsgi.input": BytesIO(b"half"), "CONTENT_LENGTH": "8"})
    assert (answer.status_code, batch.documents.count()) == (400, 0)


def test_a_launched_batch_sends_the_rest_elsewhere(person):
    batch = person.batch()
    person.send(batch)
    intake.launch(batch, a_version(person.project), by=person.user)
    answer = person.send(batch, b"late")
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")
    assert person.announce().json()["batch"] != person.url("intake_status", batch.uid)


def test_the_status_tells_where_every_file_is(person):
    batch, client_uid = person.batch(), uuid.uuid4()
    person.send(batch, client_uid=client_uid)
    answer = person.client.get(person.url("intake_status", batch.uid)).json()
    assert answer["rows"] == [[client_uid.hex, "checking", "Checking", "letter.txt", "", ""]]
    assert (answer["arrived"], answer["expected"], answer["is_moving"]) == (1, 1, True)


def test_a_person_who_wants_to_launch_at_once_is_told_so(person):
    habits.set_launch_at_once(person.user, on=True)
    assert person.announce().json()["launches"] is True


class TestWhoMay:
    @pytest.mark.parametrize(("role", "status"), [(None, 404), (Role.VIEWER, 403), (Role.REVIEWER, 200)])
    def test_reviewers_and_up_of_the_project(self, role, status):
        assert Person(role).announce().status_code == status

    def test_a_session_that_ended_is_said_and_not_redirected(self, person):
        batch = person.batch()
        person.client.logout()
        for answer in (
            person.announce(),
            person.send(batch),
            person.client.get(person.url("intake_status", batch.uid)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "logged_out")

    def test_nobody_reaches_somebody_elses_batch(self, person):
        other = Person()
        other.project, other.user = person.project, a_member(person.project, Role.ADMIN)
        other.client.force_login(other.user)
        batch = person.batch()
        assert other.send(batch).status_code == 404
        assert other.client.get(person.url("intake_status", batch.uid)).status_code == 404

    def test_a_request_without_the_token_is_refused(self, person):
        batch = person.batch()
        person.client.handler.enforce_csrf_checks = True
        assert person.announce().status_code == 403
        assert person.send(batch).status_code == 403


class TestDiskFull:
    def refused(self, person: Person, content: bytes) -> None:
        batch = person.batch()
        answer = person.send(batch, content)
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert batch.documents.count() == 0
        kept = [path for path in (suite_settings.DATA_DIR / "files").rglob("*") if path.is_file()]
        assert not [path for path in kept if str(person.project.uid) in str(path)]

    def test_a_file_that_the_system_stops_in_the_middle_is_not_kept(self, person):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 * MB, hard))
        try:
            self.refused(person, b"x" * 21 * MB)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    @pytest.fixture
    def small_disk(self, tmp_path, settings) -> Iterator[Path]:
        """Of one megabyte, for what is being received."""
        with tiny_disk(tmp_path) as settings.FILE_UPLOAD_TEMP_DIR:
            yield tmp_path

    def test_a_file_larger_than_the_disk_is_refused_and_a_smaller_one_then_taken(self, person, small_disk):
        self.refused(person, b"x" * 2 * MB)
        assert list(small_disk.iterdir()) == []
        assert person.send(person.batch(), b"x" * 1000).status_code == 201

    def test_a_disk_that_fills_up_meanwhile_is_noticed(self, person, small_disk, monkeypatch):
        (small_disk / "neighbour").write_bytes(b"x" * 900_000)
        monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 10**9}))
        self.refused(person, b"x" * 500_000)
        assert [path.name for path in small_disk.iterdir()] == ["neighbour"]


@pytest.mark.parametrize("expected", ["", "many", "-1", "9" * 20, "9" * 5000])
def test_a_drop_of_a_number_nobody_counts_to_is_not_understood(expected):
    project = a_project()
    client = Client()
    client.force_login(a_member(project, Role.REVIEWER))

    answer = client.post(reverse("intake_open", args=[project.slug]), {"drop": str(uuid.uuid4()), "expected": expected})

    assert (answer.status_code, answer.json()) == (400, {"code": "not_understood"})

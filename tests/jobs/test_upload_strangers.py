"""Files in forms nobody asked for: the log-in page is open to all, and every form is read before its page is asked."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from jobs import uploads
from jobs.uploads import HashingUploadHandler
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def spooled(monkeypatch) -> list[str]:
    """The names of the files for which a place on disk was made."""
    names: list[str] = []
    make = uploads.ReceivedFile.__init__

    def note(file, name, content_type):
        names.append(name)
        make(file, name, content_type)

    monkeypatch.setattr(uploads.ReceivedFile, "__init__", note)
    return names


def send_file(client: Client, address: str):
    """As a browser does, with the token of the page in cookie and header."""
    token = client.get(reverse("login")).cookies["classifyhub_csrf"].value
    form = {"files": SimpleUploadedFile("a.txt", b"Dear Sir")}
    return client.post(address, form, headers={"X-CSRFToken": token})


def test_files_sent_to_the_log_in_page_are_never_written_to_disk(spooled):
    response = send_file(Client(enforce_csrf_checks=True), reverse("login"))

    assert response.status_code == 422
    assert spooled == []


def test_files_of_a_stranger_are_never_written_to_disk_on_any_page(spooled):
    project = factories.a_project()

    send_file(Client(enforce_csrf_checks=True), reverse("upload_form", args=[project.slug]))

    assert spooled == []


def test_files_of_a_member_are(spooled):
    project = factories.a_project()
    client = Client()
    client.force_login(factories.a_member(project, Role.REVIEWER))

    client.post(reverse("upload_form", args=[project.slug]), {"files": SimpleUploadedFile("a.txt", b"Dear Sir")})

    assert spooled == ["a.txt"]


def test_a_form_over_every_measure_is_written_by_no_page(spooled, settings):
    settings.MAX_UPLOAD = 10
    client = Client()
    client.force_login(factories.a_member(factories.a_project(), Role.VIEWER))

    client.post(reverse("me"), {"files": SimpleUploadedFile("a.txt", b"x" * 200)})

    assert spooled == []


def test_a_sender_who_leaves_before_the_first_file_breaks_nothing():
    HashingUploadHandler().upload_interrupted()

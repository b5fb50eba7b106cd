"""Errands with real workers: whatever is handed in ends as a checked document or with a reason, in the right queue."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings as desk_settings

from jobs import batches, errands, fetching, intake
from jobs.models import Document, Errand, IntakeBatch
from jobs.web import addresses, download
from tests.support.archives import a_zip, an_entry
from tests.support.clerk import wait_until
from tests.support.factories import a_member, a_project, a_version
from tests.support.uploading import sent

Check = Document.Check


def a_batch(expected: int) -> IntakeBatch:
    project = a_project()
    a_version(project, provider="echo")
    return intake.open_batch(project, by=a_member(project), expected=expected)


@pytest.mark.django_db(transaction=True)
def test_workers_unpack_check_and_fetch(crew):
    batch = a_batch(expected=2)
    letters = [an_entry(f"{number}.txt", f"Dear {number}".encode()) for number in range(20)]
    with sent(a_zip([*letters, an_entry("locked.pdf", is_encrypted=True)]), "post.zip") as upload:
        intake.receive(batch, upload, client_uid=uuid.uuid4(), by=batch.by)
    # The workers of the suite run with what every desk starts with: nothing private is fetched.
    router = addresses.read("http://127.0.0.1/router", rules=fetching.rules())
    intake.add_addresses(batch, [router], drop=uuid.uuid4(), by=batch.by)

    wait_until(lambda: not Errand.objects.exists() and not batches.unchecked(batch).exists(), what="everything checked")
    states = [document.check_state for document in batches.staged(batch)]
    assert sorted(states) == [Check.NOT_TAKEN] * 2 + [Check.READY] * 20
    assert batch.documents.get(name="router").check_detail == "private"
    batch.refresh_from_db()
    assert (batch.expected, batches.count_arrived(batch)) == (22, 22)


@pytest.mark.django_db
def test_only_one_of_two_workers_gets_an_errand():
    document = _document()
    assert errands.claim(document.pk, Errand.Kind.FETCH) is not None
    assert errands.claim(document.pk, Errand.Kind.FETCH) is None


def test_an_errand_is_kept_longer_than_a_task_may_last():
    assert errands.LEASE_SECONDS > desk_settings.CELERY_TASK_TIME_LIMIT
    assert errands.LEASE_SECONDS > download.SECONDS + download.SECONDS_SILENT


def _document() -> Document:
    batch = a_batch(expected=1)
    address = addresses.read("https://example.org/a", rules=fetching.rules())
    return intake.add_addresses(batch, [address], drop=uuid.uuid4(), by=batch.by)[0]

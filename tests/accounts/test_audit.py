"""The audit log: what is written stays as it was written."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from classifyhub.accounts import audit
from classifyhub.accounts.models import AuditEvent
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def event():
    project = factories.a_project()
    return audit.record("project.renamed", project, by=None, project=project, after={"name": "New"})


def test_an_event_cannot_be_changed(event):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(actor_name="somebody else")
    assert AuditEvent.objects.get().actor_name == "system"


def test_an_event_cannot_be_deleted(event):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        event.delete()
    assert AuditEvent.objects.count() == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_the_log_cannot_be_emptied_at_a_stroke_either(event):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_auditevent CASCADE")
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_not_even_outside_a_transaction(event):
    with pytest.raises(DatabaseError):
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_survives_the_flush_between_two_tests(event):
    with pytest.raises(DatabaseError):
        AuditEvent.objects.all().update(verb="x")


def test_the_log_outlives_the_project_it_tells_about(event):
    project = event.project
    project.delete()
    assert AuditEvent.objects.filter(project_id=event.project_id).count() == 1

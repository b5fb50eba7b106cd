"""Keys at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.db import connection as database

from classifyhub.secrets import UnreadableSecret
from jobs import providers_registry
from jobs.providers.base import Access, Hook, MisconfiguredError
from rules import connections
from rules.models import Connection
from tests.support.factories import a_connection, a_member, a_project

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SECRET = "a-key-that-nobody-else-knows"


@pytest.fixture
def connection():
    return a_connection(a_project(), secret=SECRET)


def stored() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT secret FROM rules_connection")
        return cursor.fetchone()[0]


def test_the_database_never_sees_a_key(connection):
    assert Connection.objects.get().secret == SECRET
    assert SECRET not in stored()


def test_no_key_is_an_empty_text_and_stays_one(connection):
    Connection.objects.update(secret="")
    assert (stored(), Connection.objects.get().secret) == ("", "")


def test_a_new_encryption_key_reads_what_the_old_one_wrote(connection, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    before = stored()
    changed = Connection.objects.get()
    assert changed.secret == SECRET
    changed.save()
    assert stored() != before
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert Connection.objects.get().secret == SECRET


def test_a_key_that_cannot_be_read_is_empty_and_outlives_a_change_of_the_rest(connection, settings):
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    before, unreadable = stored(), Connection.objects.get()
    assert isinstance(unreadable.secret, UnreadableSecret)
    assert unreadable.secret == ""
    connections.change(unreadable, secret="", by=a_member(unreadable.project), name="renamed")
    assert stored() == before
    settings.ENCRYPTION_KEYS = keys
    assert (Connection.objects.get().name, Connection.objects.get().secret) == ("renamed", SECRET)


def test_whoever_would_call_with_it_says_what_to_do(connection, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(MisconfiguredError, match="Enter it again"):
        providers_registry.remote(Connection.objects.get())


def test_no_key_is_shown_by_what_carries_one(connection):
    hook = Hook(url="https://desk.example/hook", secret=SECRET)
    shown = [repr(connection), str(connection), repr(Access(secret=SECRET, hook=hook)), repr(hook)]
    assert not [text for text in shown if SECRET in text]

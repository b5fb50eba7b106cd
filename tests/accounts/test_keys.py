"""API keys: shown once, kept as a hash, refused when revoked or expired."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifyhub.accounts import keys
from classifyhub.accounts.models import ApiKey, AuditEvent, Role
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def admin(project):
    return factories.a_member(project, Role.ADMIN)


def test_a_key_opens_its_project(project, admin):
    key, secret = keys.create_key(project, "Scanner", by=admin)
    found = keys.authenticate(secret)
    assert (found, found.project, found.created_by) == (key, project, admin)


def test_a_secret_is_long_and_says_whose_it_is_and_no_row_holds_it(project, admin):
    _key, secret = keys.create_key(project, "Scanner", by=admin)
    assert secret.startswith("chub_")
    assert len(secret) == 53
    rows = [*ApiKey.objects.values(), *AuditEvent.objects.values()]
    assert secret not in str(rows)
    assert secret[12:] not in str(rows)


def test_two_keys_differ(project, admin):
    assert len({keys.create_key(project, "Scanner", by=admin)[1] for _ in range(3)}) == 3


def test_the_prefix_tells_keys_apart_without_giving_one_away(project):
    key, secret = keys.create_key(project, "Scanner", by=None)
    given, _secret = keys.create_key(project, "Given", by=None, secret="x" * 24)
    assert key.prefix == secret[:12]
    assert given.prefix == "x" * 6


@pytest.mark.parametrize("secret", ["", "chub_", "chub_" + "0" * 48, "\x00", "\udcff"])
def test_what_is_no_key_opens_nothing(project, admin, secret):
    keys.create_key(project, "Scanner", by=admin)
    assert keys.authenticate(secret) is None


def test_a_revoked_key_is_refused(project, admin):
    key, secret = keys.create_key(project, "Scanner", by=admin)
    keys.revoke(key, by=admin)
    assert keys.authenticate(secret) is None


def test_revoking_twice_keeps_the_first_time_and_logs_once(project, admin):
    key, _secret = keys.create_key(project, "Scanner", by=admin)
    keys.revoke(key, by=admin)
    first = ApiKey.objects.get().revoked_at
    keys.revoke(key, by=admin)
    assert ApiKey.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(verb="key.revoked").count() == 1


@pytest.mark.parametrize(("seconds", "opens"), [(60, True), (-1, False)])
def test_a_key_is_refused_once_it_has_expired(project, admin, seconds, opens):
    expires_at = timezone.now() + timedelta(seconds=seconds)
    _key, secret = keys.create_key(project, "Scanner", by=admin, expires_at=expires_at)
    assert (keys.authenticate(secret) is not None) is opens


def test_use_is_noted_at_most_once_a_minute(project, admin, django_assert_num_queries):
    key, secret = keys.create_key(project, "Scanner", by=admin)
    keys.authenticate(secret)
    key.refresh_from_db()
    assert abs(key.last_used_at - timezone.now()) < timedelta(seconds=30)
    with django_assert_num_queries(1):
        keys.authenticate(secret)
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    keys.authenticate(secret)
    key.refresh_from_db()
    assert abs(key.last_used_at - timezone.now()) < timedelta(seconds=30)


def test_a_given_secret_must_be_long(project):
    with pytest.raises(ValueError, match="at least 24"):
        keys.create_key(project, "Given", by=None, secret="x" * 23)

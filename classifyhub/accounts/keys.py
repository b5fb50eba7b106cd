"""API keys: secrets that let programs act in one project. Shown once, stored as a hash."""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from classifyhub.accounts import audit
from classifyhub.accounts.models import ApiKey, Project, User
from classifyhub.clock import in_seconds
from classifyhub.text import clean_line

MARK = "chub_"  # says where a leaked key belongs; secret scanners look for such marks
SHORTEST = 24
USED_EVERY_SECONDS = 60


def create_key(
    project: Project,
    name: str,
    *,
    by: User | None,
    expires_at: datetime.datetime | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """A key and its secret, which nobody can show again. ``secret`` is for keys that a deployment brings along; one
    shorter than 24 characters raises ``ValueError``."""
    secret = secret or MARK + secrets.token_hex(24)
    if len(secret) < SHORTEST:
        raise ValueError(f"an API key has at least {SHORTEST} characters")
    with transaction.atomic():
        key = ApiKey.objects.create(
            project=project,
            name=clean_line(name, max_length=100),
            prefix=secret[: min(12, len(secret) // 4)],
            secret_sha256=_hash(secret),
            created_by=by,
            expires_at=expires_at,
        )
        expiry = expires_at.isoformat() if expires_at else None
        audit.record("key.created", key, by=by, project=project, after={"expires": expiry})
    return key, secret


def authenticate(secret: str) -> ApiKey | None:
    """The live key behind ``secret``, with its project and maker; none when unknown, revoked or expired. Found by its
    hash, so how long the look-up takes tells nothing about the secret. Being used is noted at most once a minute."""
    is_unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=in_seconds(-USED_EVERY_SECONDS))
    live = ApiKey.objects.filter(revoked_at__isnull=True).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
    key = (
        live.filter(secret_sha256=_hash(secret))
        .select_related("project", "created_by")
        .annotate(is_unnoted=ExpressionWrapper(is_unnoted, output_field=BooleanField()))
        .first()
    )
    if key is not None and key.is_unnoted:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=Now())
    return key


def revoke(key: ApiKey, *, by: User | None) -> None:
    """Refuse the key from now on, for ever. Revoking twice is revoking once."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=Now()):
            audit.record("key.revoked", key, by=by, project=key.project)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

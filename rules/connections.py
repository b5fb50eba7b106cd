"""Connections to providers: added, changed, their keys replaced, removed. Every verb is in the audit log, no key is."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from classifyhub.accounts import audit
from classifyhub.accounts.models import Project, User
from classifyhub.secrets import UnreadableSecret
from rules.models import Connection, Preset

SHOWN_OF_KEY = 4
SHORTEST_SHOWN = 12  # of a shorter key the last characters would tell too much
CHANGEABLE = ("name", "base_url", "limits", "daily_cap", "options", "is_default")


class ConnectionInUseError(Exception):
    """Presets send their documents through it; ``presets`` are these."""

    def __init__(self, presets: list[Preset]) -> None:
        super().__init__(", ".join(preset.name for preset in presets))
        self.presets = presets


def of_project(project: Project) -> QuerySet[Connection]:
    """Those that can be used, by name."""
    return Connection.objects.filter(project=project, archived_at__isnull=True).order_by("name", "pk")


def add(project: Project, provider: str, *, secret: str, by: User, **fields: Any) -> Connection:
    """A new connection. The first to a provider becomes the one that is taken where a preset names the provider alone.
    ``IntegrityError`` when there is one of this name."""
    with transaction.atomic():
        is_first = not of_project(project).filter(provider=provider).exists()
        wants_default = bool(fields.pop("is_default", False))
        connection = Connection(
            project=project,
            provider=provider,
            secret=secret,
            secret_changed_at=Now(),
            hook_secret=secrets.token_urlsafe(32),
            created_by=by,
            **fields,
        )
        connection.save()
        if is_first or wants_default:
            _make_default(connection)
        audit.record("connection.added", connection, by=by, project=project, after=_shown(connection))
    connection.refresh_from_db()
    return connection


def change(connection: Connection, *, secret: str, by: User, **fields: Any) -> None:
    """Change settings; an empty ``secret`` keeps the key there is. ``IntegrityError`` when another has the name."""
    before = _shown(connection)
    with transaction.atomic():
        wants_default = bool(fields.pop("is_default", connection.is_default))
        for name, value in fields.items():
            setattr(connection, name, value)
        if secret:
            connection.secret, connection.secret_changed_at = secret, Now()
            audit.record("connection.key_replaced", connection, by=by, project=connection.project)
        connection.save()
        if wants_default and not connection.is_default:
            _make_default(connection)
        after = _shown(connection)
        if after != before:
            audit.record(
                "connection.changed", connection, by=by, project=connection.project, before=before, after=after
            )
    connection.refresh_from_db()


def remove(connection: Connection, *, by: User) -> None:
    """Take it out of use and forget its key; what it did stays told. ``ConnectionInUseError`` while presets need it."""
    with transaction.atomic():
        presets = used_by(connection)
        if presets:
            raise ConnectionInUseError(presets)
        Connection.objects.filter(pk=connection.pk).update(
            archived_at=Now(), secret="", hook_secret="", is_default=False
        )
        audit.record("connection.removed", connection, by=by, project=connection.project)
        heir = of_project(connection.project).filter(provider=connection.provider).first()
        if connection.is_default and heir is not None:
            _make_default(heir)


def used_by(connection: Connection) -> list[Preset]:
    """The presets whose published version sends through it, as first choice or as fallback."""
    presets = Preset.objects.unarchived().filter(project=connection.project)
    found = presets.filter(published__connection=connection) | presets.filter(published__fallback_connection=connection)
    return list(found.distinct().order_by("name"))


def end_of_key(connection: Connection) -> str:
    """The last characters of the key, by which people tell keys apart; empty where there is none, it cannot be read, or
    they would tell too much."""
    key = connection.secret
    return key[-SHOWN_OF_KEY:] if len(key) >= SHORTEST_SHOWN else ""


def has_unreadable_key(connection: Connection) -> bool:
    """Whether the key was encrypted with one that this installation no longer has."""
    return isinstance(connection.secret, UnreadableSecret)


def _make_default(connection: Connection) -> None:
    others = Connection.objects.filter(project=connection.project, provider=connection.provider, is_default=True)
    others.exclude(pk=connection.pk).update(is_default=False)
    Connection.objects.filter(pk=connection.pk).update(is_default=True)
    connection.is_default = True


def _shown(connection: Connection) -> dict[str, Any]:
    return {"provider": connection.provider} | {name: getattr(connection, name) for name in CHANGEABLE}

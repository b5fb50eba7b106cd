"""The log of what people and programs did. Written by the verb that did it, inside the same transaction."""

from typing import Any

from django.db import models

from classifyhub.accounts.models import AuditEvent, Project, User
from classifyhub.text import clean_text


def record(
    verb: str,
    obj: models.Model,
    *,
    by: User | None,
    project: Project | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one event. ``before`` and ``after`` hold settings and ids, never document text and never a secret. A model
    whose name must not outlive it, such as a document's, says what to write instead in ``audit_label``."""
    return AuditEvent.objects.create(
        project=project,
        actor=by,
        actor_name=clean_text(by.email if by else "system", max_length=254),
        verb=verb,
        object_type=obj._meta.model_name or "",
        object_uid=str(getattr(obj, "uid", obj.pk)),
        object_name=clean_text(getattr(obj, "audit_label", None) or str(obj), max_length=200),
        before=before,
        after=after,
    )

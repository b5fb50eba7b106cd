"""Making versions: immutable, numbered snapshots of a draft that jobs are classified under.

A version is known by two digests: ``content_digest`` of all that an answer depends on, and ``digest`` of preset,
number and content, unique in the project. A draft that is tried twice without an edit is one row, not two.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from classifyhub.accounts import audit
from classifyhub.accounts.models import User
from classifyhub.text import clean_text
from rules.destinations import Reach, examine
from rules.lint import Finding, blocking
from rules.models import Connection, Preset, PresetVersion
from rules.shape import Destination, Draft

NOTE_MAX = 500


class PublishBlockedError(Exception):
    """The draft has findings that block; ``findings`` are these."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(finding.sentence for finding in findings))
        self.findings = findings


class NothingToPublishError(Exception):
    """The draft says what the published version says."""


class DraftMovedError(Exception):
    """The draft was saved again after the revision that the person looked at."""


def publish(preset: Preset, *, by: User, note: str, revision: int | None = None) -> PresetVersion:
    """Make the draft the next numbered version, and the one that new runs take. With ``revision`` the draft must still
    be the one that was looked at. Raises ``DraftMovedError``, ``PublishBlockedError`` and ``NothingToPublishError``.

    The preset's row is locked meanwhile, so two people who publish at once get two numbers."""
    with transaction.atomic():
        locked = _lock(preset)
        if revision is not None and revision != locked.draft_revision:
            raise DraftMovedError
        draft = Draft.from_json(locked.draft).with_monograms()
        version = _add_version(locked, draft, by=by, note=note)
        # Letters that were proposed are kept from here on: people learn them. The revision stays, for no text changed.
        Preset.objects.filter(pk=locked.pk).update(draft=draft.to_json())
        _record("preset.published", version, by=by)
    preset.refresh_from_db()
    return version


def restore(version: PresetVersion, *, by: User) -> PresetVersion:
    """Publish an old version's content again under the next number. An open draft with changes of its own is left
    alone; one without follows. Raises ``PublishBlockedError`` and ``NothingToPublishError``."""
    if version.preset is None or version.number is None:
        raise ValueError("only a published version can be restored")
    with transaction.atomic():
        locked = _lock(version.preset)
        old, open_draft = Draft.of_version(version), Draft.from_json(locked.draft)
        follows = locked.published is not None and open_draft.content_digest == locked.published.content_digest
        restored = _add_version(locked, old, by=by, note=_("Restored from v%(number)s") % {"number": version.number})
        if follows:
            locked.draft, locked.draft_by = old.to_json(), by
            locked.draft_revision += 1
            locked.save(update_fields=["draft", "draft_by", "draft_revision"])
        _record("preset.restored", restored, by=by, restored=version.number)
    version.preset.refresh_from_db()
    return restored


def draft_version(preset: Preset, *, by: User) -> PresetVersion:
    """The draft as a version without a number, to try documents on. The same content gives the same row. Raises
    ``PublishBlockedError``: what cannot be published cannot be tried."""
    draft = Draft.from_json(preset.draft).with_monograms()
    reach = Reach.of(preset.project)
    _check(draft, reach)
    content = draft.content_digest
    version, _created = PresetVersion.objects.get_or_create(
        project_id=preset.project_id,
        digest=_digest(preset, None, content),
        defaults={**_content_fields(draft, reach), "preset": preset, "content_digest": content, "created_by": by},
    )
    return version


def next_number(preset: Preset) -> int:
    """The number that the next version will have, unless somebody else publishes first."""
    last = PresetVersion.objects.filter(preset=preset).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _lock(preset: Preset) -> Preset:
    return (
        Preset.objects.select_for_update(of=("self",))
        .select_related("project", "published__connection")
        .get(pk=preset.pk)
    )


def _add_version(preset: Preset, draft: Draft, *, by: User, note: str) -> PresetVersion:
    """The next version of a locked preset, made the published one."""
    content = draft.content_digest
    if preset.published is not None and preset.published.content_digest == content:
        raise NothingToPublishError
    reach = Reach.of(preset.project)
    _check(draft, reach)
    number = next_number(preset)
    version = PresetVersion.objects.create(
        project_id=preset.project_id,
        preset=preset,
        number=number,
        digest=_digest(preset, number, content),
        content_digest=content,
        note=clean_text(note, max_length=NOTE_MAX),
        created_by=by,
        **_content_fields(draft, reach),
    )
    Preset.objects.filter(pk=preset.pk).update(published=version)
    return version


def _check(draft: Draft, reach: Reach) -> None:
    blocked = blocking(examine(draft, reach))
    if blocked:
        raise PublishBlockedError(blocked)


def _digest(preset: Preset, number: int | None, content: str) -> str:
    return hashlib.sha256(f"{preset.uid}:{number or 'draft'}:{content}".encode()).hexdigest()


def _content_fields(draft: Draft, reach: Reach) -> dict[str, Any]:
    return {
        "rules": [rule.to_json() for rule in draft.rules],
        "provider": draft.provider,
        "connection": _connection(draft.destination, reach),
        "provider_options": dict(draft.provider_options),
        "fallback_provider": draft.fallback.provider if draft.fallback else "",
        "fallback_connection": _connection(draft.fallback, reach) if draft.fallback else None,
        "mode": draft.mode,
        "lang": draft.lang,
        "max_pages": draft.max_pages,
        "target_pages": draft.target_pages,
        "policy": draft.policy,
    }


def _connection(destination: Destination, reach: Reach) -> Connection | None:
    """The row behind it; there is one, for ``_check`` has looked."""
    return reach.find(destination) if destination.connection else None


def _record(verb: str, version: PresetVersion, *, by: User, **facts: Any) -> None:
    assert version.preset is not None  # noqa: S101  # only versions of a preset are recorded
    before = {"version": version.number - 1} if version.number and version.number > 1 else None
    after = {"version": version.number, "note": version.note, "rules": len(version.rules), **facts}
    audit.record(verb, version.preset, by=by, project=version.project, before=before, after=after)

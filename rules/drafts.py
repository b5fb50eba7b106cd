"""Verbs on a preset and its draft. What a draft looks like is told by ``rules.shape``.

Saving is one compare-and-set on ``draft_revision``: of two people who edit the same draft the second is told, and
shown both texts, instead of either being lost.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from classifyhub.accounts import audit
from classifyhub.accounts.models import Project, User
from classifyhub.text import clean_line, fold
from rules import publishing
from rules.models import Preset
from rules.shape import Draft, check_size, make_rules
from rules.starters import MAIL_ROOM, Starter

NAME_MAX = 100
NAME_ATTEMPTS = 5


class NameTakenError(ValueError):
    """Another preset of the project that is not archived has this name."""


class BlankNameError(ValueError):
    """A preset needs a name."""


class InUseError(ValueError):
    """The default preset cannot be archived: uploads would have nothing to classify by."""


class NotPublishedError(ValueError):
    """A preset without a published version cannot be the default."""


class DraftConflictError(Exception):
    """Somebody saved this draft after the revision that was edited. ``mine`` was not saved; ``theirs`` is what is
    stored, at ``revision``, saved by ``by`` (null for somebody who has left) at ``at``."""

    def __init__(self, *, mine: Draft, theirs: Draft, revision: int, by: User | None, at: datetime.datetime) -> None:
        super().__init__(f"the draft is at revision {revision}")
        self.mine = mine
        self.theirs = theirs
        self.revision = revision
        self.by = by
        self.at = at

    @classmethod
    def of(cls, preset: Preset, *, mine: Draft) -> DraftConflictError:
        """The conflict of ``mine`` with what ``preset`` holds."""
        theirs = Draft.from_json(preset.draft)
        by, at = preset.draft_by, preset.draft_saved_at
        return cls(mine=mine, theirs=theirs, revision=preset.draft_revision, by=by, at=at)


def create_preset(
    project: Project,
    name: str,
    *,
    by: User,
    rules: Iterable[Mapping[str, Any]] | None = None,
    draft: Draft | None = None,
    is_default: bool = False,
) -> Preset:
    """A preset that is a draft only. ``rules`` are dicts of type, description and perhaps monogram; ``draft`` brings
    options too. Raises ``BlankNameError``, ``NameTakenError`` and ``DraftTooLargeError``."""
    content = draft or Draft(rules=make_rules(rules or ()))
    check_size(content)
    with transaction.atomic():
        if is_default:
            Preset.objects.filter(project=project, is_default=True).update(is_default=False)
        preset = _insert(
            project=project,
            draft=content.to_json(),
            draft_by=by,
            created_by=by,
            is_default=is_default,
            **_name_fields(name),
        )
        audit.record("preset.created", preset, by=by, project=project, after={"rules": len(content.rules)})
    return preset


def ensure_default_preset(project: Project, *, by: User) -> Preset:
    """The preset that uploads go to until somebody chooses: the one marked so, else the General mail room, published
    at once, so that a desk can classify from its first minute."""
    existing = Preset.objects.unarchived().filter(project=project, is_default=True).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        preset = copy_starter(project, MAIL_ROOM, by=by)
        publishing.publish(preset, by=by, note=_("Made with the project"))
        return set_default(preset, by=by)


def create_unnamed(project: Project, name: str, *, by: User, draft: Draft) -> Preset:
    """As ``create_preset``, under ``name`` or the first free one after it: for names that nobody typed."""
    for _attempt in range(NAME_ATTEMPTS):
        try:
            return create_preset(project, free_name(project, name), by=by, draft=draft)
        except NameTakenError:
            continue  # somebody else took it since we looked
    raise NameTakenError


def start(project: Project, name: str, *, by: User, draft: Draft) -> Preset:
    """As ``create_unnamed``; pressed again it is the preset that was started before, while nobody has touched it."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # of two presses at once the second waits here
        return _find_untouched(project, name, by=by, draft=draft) or create_unnamed(project, name, by=by, draft=draft)


def start_from(project: Project, starter: Starter, *, by: User) -> Preset:
    """As ``start``, with the starter's rules under its name."""
    return start(project, _(starter.name), by=by, draft=_draft_of(starter))


def copy_starter(project: Project, starter: Starter, *, by: User) -> Preset:
    """A draft with the starter's rules, under its name or, where that is taken, the name with a number."""
    return create_unnamed(project, _(starter.name), by=by, draft=_draft_of(starter))


def duplicate(preset: Preset, *, by: User) -> Preset:
    """A draft of its own with what ``preset``'s draft holds now."""
    return create_unnamed(preset.project, preset.name, by=by, draft=Draft.from_json(preset.draft))


def free_name(project: Project, name: str) -> str:
    """``name``, or the first of "name 2", "name 3", … that no preset of the project has."""
    taken = set(Preset.objects.unarchived().filter(project=project).values_list("name_folded", flat=True))
    if fold(name) not in taken:
        return name
    base = name[: NAME_MAX - 6]
    names = (_("%(name)s %(number)s") % {"name": base, "number": number} for number in range(2, len(taken) + 3))
    return next(found for found in names if fold(found) not in taken)


def save(preset: Preset, draft: Draft, *, revision: int, by: User) -> bool:
    """Store ``draft`` over the revision that was edited, and bring ``preset`` up to date. False when it says what is
    stored already: then nothing is written and the revision stays. Raises ``DraftConflictError`` when somebody else
    saved meanwhile, and ``DraftTooLargeError``."""
    check_size(draft)
    _refresh(preset)
    stored = Draft.from_json(preset.draft)
    if draft == stored:
        return False
    open_draft = Preset.objects.unarchived().filter(pk=preset.pk, draft_revision=revision)
    saved = open_draft.update(
        draft=draft.to_json(), draft_revision=F("draft_revision") + 1, draft_by=by, draft_saved_at=Now()
    )
    _refresh(preset)
    if not saved:
        raise DraftConflictError.of(preset, mine=draft)
    return True


def rename(preset: Preset, name: str, *, by: User) -> Preset:
    """Raises ``BlankNameError`` and ``NameTakenError``. Old versions are shown under the new name too."""
    before, fields = preset.name, _name_fields(name)
    if fields["name"] == before:
        return preset
    with transaction.atomic():
        _update_name(preset, fields)
        names = {"before": {"name": before}, "after": {"name": preset.name}}
        audit.record("preset.renamed", preset, by=by, project=preset.project, **names)
    return preset


def archive(preset: Preset, *, by: User) -> Preset:
    """Take the preset out of every list; its versions and what was classified under them stay. Raises ``InUseError``
    for the default."""
    with transaction.atomic():
        archived = Preset.objects.unarchived().filter(pk=preset.pk, is_default=False).update(archived_at=Now())
        _refresh(preset, "archived_at", "is_default")
        if not archived and preset.is_default:
            raise InUseError
        if archived:
            audit.record("preset.archived", preset, by=by, project=preset.project)
    return preset


def bring_back(preset: Preset, *, by: User) -> Preset:
    """Undo ``archive``. When another preset has taken the name meanwhile, this one gets a number."""
    with transaction.atomic():
        fields = _name_fields(free_name(preset.project, preset.name))
        if Preset.objects.filter(pk=preset.pk, archived_at__isnull=False).update(archived_at=None, **fields):
            audit.record("preset.brought_back", preset, by=by, project=preset.project)
    _refresh(preset, "archived_at", "name", "name_folded")
    return preset


def set_default(preset: Preset, *, by: User) -> Preset:
    """Make this the preset that uploads go to. Raises ``NotPublishedError`` while it is a draft only."""
    with transaction.atomic():
        if not Preset.objects.usable().filter(pk=preset.pk).exists():
            raise NotPublishedError
        others = Preset.objects.filter(project=preset.project, is_default=True).exclude(pk=preset.pk)
        others.update(is_default=False)
        if Preset.objects.filter(pk=preset.pk, is_default=False).update(is_default=True):
            audit.record("preset.made_default", preset, by=by, project=preset.project)
    _refresh(preset, "is_default")
    return preset


def _find_untouched(project: Project, name: str, *, by: User, draft: Draft) -> Preset | None:
    """The oldest draft that ``by`` started as ``name`` with the same content and that was never saved, renamed or
    published since."""
    started = Preset.objects.unarchived().filter(
        project=project, created_by=by, draft_revision=1, published=None, name_folded__startswith=fold(name)
    )
    digest = draft.content_digest
    found = (preset for preset in started.order_by("pk") if Draft.from_json(preset.draft).content_digest == digest)
    return next((preset for preset in found if _is_numbered(preset.name, name)), None)


def _is_numbered(name: str, origin: str) -> bool:
    """Whether ``name`` is ``origin`` or what ``free_name`` makes of it."""
    number = fold(name).removeprefix(fold(origin)).strip()
    return not number or number.isdecimal()


def _draft_of(starter: Starter) -> Draft:
    return Draft(rules=make_rules(starter.draft_rules()))


def _name_fields(name: str) -> dict[str, str]:
    cleaned = clean_line(name, max_length=NAME_MAX)
    if not cleaned:
        raise BlankNameError
    return {"name": cleaned, "name_folded": fold(cleaned)[:NAME_MAX]}


def _insert(**fields: Any) -> Preset:
    try:
        with transaction.atomic():
            return Preset.objects.create(**fields)
    except IntegrityError as error:
        raise NameTakenError from error


def _update_name(preset: Preset, fields: dict[str, str]) -> None:
    try:
        with transaction.atomic():
            Preset.objects.filter(pk=preset.pk).update(**fields)
    except IntegrityError as error:
        raise NameTakenError from error
    preset.name, preset.name_folded = fields["name"], fields["name_folded"]


def _refresh(preset: Preset, *fields: str) -> None:
    preset.refresh_from_db(
        fields=fields or ("draft", "draft_revision", "draft_by", "draft_saved_at", "published", "archived_at")
    )

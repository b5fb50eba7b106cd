"""What a person chose for their uploads last time: the preset, per project, and whether to launch at once."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from classifyhub.accounts.models import Project, User
from rules.models import Preset

LAUNCH_AT_ONCE, LAST_PRESETS = "launch_at_once", "last_presets"


def launches_at_once(user: User) -> bool:
    """Whether this person's uploads are launched by themselves once they are checked."""
    return bool(user.preferences.get(LAUNCH_AT_ONCE))


def set_launch_at_once(user: User, *, on: bool) -> None:
    """Remember the switch."""
    _remember(user, {LAUNCH_AT_ONCE: on})


def remember_preset(project: Project, preset: Preset, *, by: User) -> None:
    """Offer this preset first when ``by`` uploads to ``project`` next."""
    _remember(by, {LAST_PRESETS: {**by.preferences.get(LAST_PRESETS, {}), str(project.uid): str(preset.uid)}})


def preset_for(project: Project, *, by: User) -> Preset | None:
    """The preset that ``by`` launched with last, else the project's default, else its first usable one by name."""
    usable = list(Preset.objects.filter(project=project).usable().select_related("published").order_by("name_folded"))
    last = by.preferences.get(LAST_PRESETS, {}).get(str(project.uid))
    return min(usable, key=lambda preset: (str(preset.uid) != last, not preset.is_default), default=None)


def _remember(user: User, values: dict[str, Any]) -> None:
    """Written onto the row as it is now: another tab may have chosen a theme meanwhile."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        row.preferences = {**row.preferences, **values}
        row.save(update_fields=["preferences"])
    user.preferences = row.preferences

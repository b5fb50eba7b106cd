"""The list of presets, and what is done with one as a whole."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from rules import diffing, drafts
from rules.capabilities import capabilities_of
from rules.drafts import NAME_MAX, BlankNameError, InUseError, NameTakenError, NotPublishedError
from rules.models import Preset
from rules.shape import Draft, make_rules
from rules.starters import STARTERS, find_starter
from rules.views.finding import find_preset, preset_url, presets_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A preset in the list. ``types`` are those of its first rules, ``changes`` what its draft has over what is
    published."""

    preset: Preset
    types: list[str]
    rule_count: int
    provider: str
    changes: int

    @property
    def more(self) -> int:
        return self.rule_count - len(self.types)


@require_safe
@project_view(Role.VIEWER)
def index(request: DeskRequest, project: Project) -> HttpResponse:
    """All presets by name, the default first; what to start from where there is none."""
    found = presets_of(project).unarchived().order_by("-is_default", "name_folded")
    context: dict[str, Any] = {
        "rows": [_make_row(preset) for preset in found],
        "archived": Preset.objects.filter(project=project, archived_at__isnull=False).order_by("name_folded"),
        "starters": STARTERS,
    }
    return render(request, "rules/presets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def new(request: DeskRequest, project: Project) -> HttpResponse:
    """What to start from; POST makes a draft of it, or opens the one made before that nobody has touched: a
    starter by its key, or a blank one with a first rule open."""
    if request.method != "POST":
        return render(request, "rules/preset_new.html", {"starters": STARTERS})
    key = request.POST.get("starter", "")
    if not key:
        blank = Draft(rules=make_rules([{}]))
        preset = drafts.start(project, _("New preset"), by=request.user, draft=blank)
        return redirect(preset_url(preset, rule=preset.draft["rules"][0]["id"]))
    try:
        preset = drafts.start_from(project, find_starter(key), by=request.user)
    except KeyError:
        raise Http404 from None
    return redirect(preset_url(preset))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def rename(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Give the preset another name."""
    preset = find_preset(project, uid)
    name = request.POST.get("name", preset.name)
    context = {"preset": preset, "name": name, "name_max": NAME_MAX}
    if request.method != "POST":
        return render(request, "rules/rename.html", context)
    try:
        drafts.rename(preset, name, by=request.user)
    except (NameTakenError, BlankNameError) as error:
        return render(request, "rules/rename.html", context | {"error": say_name_error(error)}, status=422)
    messages.success(request, _("Renamed to %(name)s") % {"name": preset.name})
    return redirect(preset_url(preset))


@require_POST
@project_view(Role.AUTHOR)
def duplicate(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """A draft of its own, with what this one's draft holds."""
    copy = drafts.duplicate(find_preset(project, uid), by=request.user)
    messages.success(request, _("Copied to %(name)s") % {"name": copy.name})
    return redirect(preset_url(copy))


@require_POST
@project_view(Role.AUTHOR)
def archive(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Out of the list; what was classified under it stays."""
    preset = find_preset(project, uid)
    try:
        drafts.archive(preset, by=request.user)
    except InUseError:
        messages.error(request, _("This is the default preset. Make another one the default first."))
        return redirect(preset_url(preset))
    messages.success(request, _("Archived %(name)s") % {"name": preset.name})
    return redirect(reverse("presets", args=[project.slug]))


@require_POST
@project_view(Role.AUTHOR)
def bring_back(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Undo an archiving."""
    preset = drafts.bring_back(get_object_or_404(Preset, project=project, uid=uid), by=request.user)
    messages.success(request, _("Brought back %(name)s") % {"name": preset.name})
    return redirect(preset_url(preset))


@require_POST
@project_view(Role.AUTHOR)
def set_default(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Make this the preset that uploads go to."""
    preset = find_preset(project, uid)
    try:
        drafts.set_default(preset, by=request.user)
    except NotPublishedError:
        messages.error(request, _("Only a published preset can be the default. Publish it first."))
    else:
        messages.success(request, _("%(name)s is the default now") % {"name": preset.name})
    return redirect(preset_url(preset))


def say_name_error(error: Exception) -> str:
    """Why a name was not taken, at the field."""
    if isinstance(error, NameTakenError):
        return _("Another preset has this name.")
    return _("Give the preset a name.")


def _make_row(preset: Preset) -> Row:
    draft = Draft.from_json(preset.draft)
    published = Draft.of_version(preset.published) if preset.published else None
    shown = published or draft
    return Row(
        preset=preset,
        types=[rule.type for rule in shown.rules if rule.type][:5],
        rule_count=len(shown.rules),
        provider=capabilities_of(shown.provider).label,
        changes=len(diffing.compare(published, draft)) if published else 0,
    )

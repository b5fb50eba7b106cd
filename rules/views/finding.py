"""Every preset that a page touches is looked up here, inside the project of the session."""

from __future__ import annotations

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from classifyhub.accounts.models import Project
from rules.models import Preset, PresetQuerySet, PresetVersion

DIGITS_MOST = 9


def presets_of(project: Project) -> PresetQuerySet:
    """All presets of a project, with what their pages show about them."""
    return Preset.objects.filter(project=project).select_related("project", "published__connection", "draft_by")


def find_preset(project: Project, uid: uuid.UUID) -> Preset:
    """A preset that can be worked on; 404 for strangers' and archived ones."""
    return get_object_or_404(presets_of(project).unarchived(), uid=uid)


def find_version(preset: Preset, number: str | int) -> PresetVersion:
    """A published version of the preset, or 404, also for numbers that no database column holds."""
    if len(str(number)) > DIGITS_MOST:
        raise Http404
    versions = PresetVersion.objects.select_related("connection", "created_by", "preset")
    return get_object_or_404(versions, preset=preset, number=int(number))


def preset_url(preset: Preset, name: str = "preset", *, rule: str = "") -> str:
    """The address of one of the preset's pages; with ``rule`` the editor opens at that rule."""
    url = reverse(name, args=[preset.project.slug, preset.uid])
    return f"{url}?rule={rule}#rule-{rule}" if rule else url

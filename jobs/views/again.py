"""Classify again: the dialog that a run and a document share, and what it sends."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from classifyhub.accounts.access import DeskRequest
from classifyhub.accounts.models import Project
from jobs import runs, tasks
from jobs.models import Run
from jobs.models.documents import DocumentQuerySet
from jobs.views import values
from rules.models import Preset, PresetVersion


def dialog(project: Project, version: PresetVersion) -> dict[str, Any]:
    """What the dialog shows; ``again_uid`` marks this one copy of it, so that a second press asks for nothing more."""
    presets = Preset.objects.usable().filter(project=project).select_related("published").order_by("name_folded")
    return {"presets": presets, "chosen_preset": version.preset_id, "again_uid": uuid.uuid4()}


def start(request: DeskRequest, documents: DocumentQuerySet, *, name: str) -> Run:
    """Start the run that the dialog asked for, under the chosen preset's published version; 404 without one."""
    chosen = values.uid(request.POST.get("preset"))
    presets = Preset.objects.usable().filter(project=request.project).select_related("published")
    preset = presets.filter(uid=chosen).first() if chosen else None
    if preset is None or preset.published is None:
        raise Http404
    run = runs.classify_again(
        documents,
        preset.published,
        by=request.user,
        name=_("%(name)s, again") % {"name": name},
        client_uid=values.uid(request.POST.get("client_uid")),
    )
    tasks.send_on_commit(tasks.dispatch, run.pk)
    return run

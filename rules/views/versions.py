"""Versions of a preset: the list with a readable diff, publishing, restoring."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import render_page
from rules import cards, diffing, publishing
from rules.capabilities import capabilities_of
from rules.destinations import Reach, examine
from rules.models import Preset, PresetVersion
from rules.publishing import DraftMovedError, NothingToPublishError, PublishBlockedError
from rules.shape import Draft
from rules.views.finding import find_preset, find_version, preset_url, presets_of

DRAFT, NOTHING = "draft", "0"
VERSIONS_SHOWN = 200


@require_safe
@project_view(Role.VIEWER)
def versions(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Every version, newest first, and beside them what one of them changed: ``?of=7`` against ``?to=6``. Without a
    choice the newest against the one before it."""
    found = get_object_or_404(presets_of(project), uid=uid)
    newest = str(found.published.number) if found.published else DRAFT
    return _show(request, found, of=request.GET.get("of", newest), to=request.GET.get("to", ""))


@require_safe
@project_view(Role.VIEWER)
def diff(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """What the draft would change."""
    found = get_object_or_404(presets_of(project), uid=uid)
    return _show(request, found, of=request.GET.get("of", DRAFT), to=request.GET.get("to", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def publish(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Look at what will change, write a note, publish. The form carries the revision that was looked at."""
    found = find_preset(project, uid)
    if request.method != "POST":
        return _show_publish(request, found)
    try:
        revision = int(request.POST.get("revision", ""))
        version = publishing.publish(found, by=request.user, note=request.POST.get("note", ""), revision=revision)
    except (DraftMovedError, ValueError):
        return _show_publish(
            request, found, trouble=_("The draft was saved again. Look at the changes as they are now.")
        )
    except (PublishBlockedError, NothingToPublishError):
        return _show_publish(request, found)
    messages.success(request, _("Published %(version)s") % {"version": version.label})
    return redirect(preset_url(found))


@require_POST
@project_view(Role.AUTHOR)
def restore(request: DeskRequest, project: Project, uid: uuid.UUID, number: int) -> HttpResponse:
    """Publish an old version's content again, as the next version."""
    found = find_preset(project, uid)
    old = find_version(found, number)
    try:
        version = publishing.restore(old, by=request.user)
    except NothingToPublishError:
        messages.warning(request, _("v%(number)s says what is published already.") % {"number": number})
    except PublishBlockedError as error:
        messages.error(request, error.findings[0].sentence)
    else:
        names = {"old": number, "version": version.label}
        messages.success(request, _("Restored v%(old)s as %(version)s") % names)
    return redirect(preset_url(found, "preset_versions"))


def _show_publish(request: HttpRequest, found: Preset, *, trouble: str = "") -> HttpResponse:
    found.refresh_from_db()
    draft, reach = Draft.from_json(found.draft), Reach.of(found.project)
    published = Draft.of_version(found.published) if found.published else Draft()
    context = {
        "preset": found,
        "changes": diffing.compare(published, draft, names=reach.names),
        "hurdle": cards.find_hurdle(draft, examine(draft, reach), capabilities_of(draft.provider)),
        "number": publishing.next_number(found),
        "note": request.POST.get("note", ""),
        "note_max": publishing.NOTE_MAX,
        "trouble": trouble,
    }
    status = 409 if request.method == "POST" else 200
    return render_page(request, "rules/publish.html", "rules/_publish.html", context, status=status)


def _show(request: HttpRequest, found: Preset, *, of: str, to: str) -> HttpResponse:
    rows = list(
        found.versions.filter(number__isnull=False)
        .select_related("connection", "fallback_connection", "created_by", "preset")
        .order_by("-number")[:VERSIONS_SHOWN]
    )
    shown = _state(found, of)
    against = to or _before(found, of)
    names = Reach.of(found.project).names
    context: dict[str, Any] = {
        "preset": found,
        "rows": rows,
        "picks": [(name, _("against v%(number)s") % {"number": name}) for name in _names(rows) if name != of],
        "shown": of,
        "against": against,
        "is_chosen": bool(to),
        "changes": diffing.compare(_state(found, against), shown, names=names),
        "version": find_version(found, of) if of.isdecimal() and of != NOTHING else None,
        "draft_changes": len(diffing.compare(_state(found, _before(found, DRAFT)), _state(found, DRAFT))),
        "rules": shown.with_monograms().rules,
        "options": diffing.say_options(shown, names=names),
    }
    return render_page(request, "rules/versions.html", "rules/_diff.html", context)


def _names(rows: list[PresetVersion]) -> list[str]:
    return [str(row.number) for row in rows]


def _before(found: Preset, name: str) -> str:
    """What a version is compared with unless somebody asks otherwise: the one before it; for the draft, what is
    published."""
    if name == DRAFT:
        return str(found.published.number) if found.published else NOTHING
    return str(int(name) - 1) if name.isdecimal() else NOTHING


def _state(found: Preset, name: str) -> Draft:
    """The draft, a version by its number, or nothing at all: what a first version is compared with."""
    if name == DRAFT:
        return Draft.from_json(found.draft)
    if not name.isdecimal() or name == NOTHING:
        return Draft()
    return Draft.of_version(find_version(found, name))

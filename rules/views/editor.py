"""The editor of one preset: the page, and the one form that saves every change to the draft."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import wants_fragment
from rules import cards, diffing, drafts, edits, facts, forms, merging, publishing
from rules.capabilities import capabilities_of
from rules.destinations import Reach, examine, value_of
from rules.drafts import DraftConflictError
from rules.edits import Deleted, Edit
from rules.languages import language_choices
from rules.models import Mode, Preset
from rules.provider_options import Option, options_of
from rules.shape import Draft, DraftTooLargeError
from rules.views.finding import find_preset, preset_url, presets_of

_UNDO = "deleted_rule"


@require_safe
@project_view(Role.VIEWER)
def preset(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """The editor for authors; the rules to read for everybody else, and of an archived preset."""
    found = get_object_or_404(presets_of(project), uid=uid)
    draft = Draft.from_json(found.draft)
    may_edit = request.role >= Role.AUTHOR and found.archived_at is None
    edit = Edit(draft=draft, open_id=request.GET.get("rule", ""), takes_focus=True, deleted=_take_undo(request, found))
    context = make_context(found, edit)
    return render(request, "rules/preset.html" if may_edit else "rules/preset_read.html", context)


@require_http_methods(["GET", "POST"])
@project_view(Role.AUTHOR)
def draft(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Save the form, after what its button says was done to it. Autosave and buttons get back only what changed on
    the page; without htmx the editor is opened again. A reload of the page that compares two drafts comes as GET."""
    found = find_preset(project, uid)
    if request.method == "GET":
        return redirect(preset_url(found))
    stored = Draft.from_json(found.draft)
    posted = forms.read_editor(request.POST, stored=stored)
    undo = Deleted.from_json(forms.read_json(request.POST.get("deleted", "")))
    edit = edits.apply(Reach.of(project).complete(posted.draft), request.POST.get("do", ""), deleted=undo)
    try:
        drafts.save(found, edit.draft, revision=posted.revision, by=request.user)
    except DraftConflictError as conflict:
        return show_conflict(request, found, conflict, base=posted.base)
    except DraftTooLargeError as error:
        return _refuse(request, found, edit, str(error))
    context = make_context(found, edit, problems=posted.problems, typed=posted.typed)
    if wants_fragment(request):
        return _answer_fragment(request, context | {"other_provider": edit.draft.provider != stored.provider}, edit)
    if posted.problems:
        return render(request, "rules/preset.html", context, status=422)
    _keep_undo(request, found, edit)
    return redirect(preset_url(found, rule=edit.open_id))


@require_http_methods(["GET", "POST"])
@project_view(Role.AUTHOR)
def merge(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Save what was chosen from two versions of the draft; told again when a third was saved meanwhile."""
    found = find_preset(project, uid)
    if request.method == "GET":
        return redirect(preset_url(found))
    theirs = Draft.from_json(found.draft)
    posted = forms.read_editor(request.POST, stored=theirs)
    merged = merging.merge(Reach.of(project).complete(posted.draft), theirs, choices=forms.read_sides(request.POST))
    try:
        drafts.save(found, merged, revision=posted.revision, by=request.user)
    except DraftConflictError as conflict:
        return show_conflict(request, found, conflict, base=posted.base)
    except DraftTooLargeError as error:
        messages.error(request, str(error))
        undecided = DraftConflictError.of(found, mine=posted.draft)
        return show_conflict(request, found, undecided, base=posted.base, sides=forms.read_sides(request.POST))
    return redirect(preset_url(found))


def make_context(
    found: Preset, edit: Edit, *, problems: tuple[Any, ...] = (), typed: dict[str, str] | None = None
) -> dict[str, Any]:
    """Everything the editor and its fragments show of a draft."""
    draft, capabilities, reach = edit.draft, capabilities_of(edit.draft.provider), Reach.of(found.project)
    findings = (*problems, *examine(draft, reach))
    published = Draft.of_version(found.published) if found.published else Draft()
    return {
        "preset": found,
        "draft": draft,
        "typed": typed or {},
        "base": json.dumps(merging.fingerprint(draft)),
        "cards": cards.make_cards(draft, findings, capabilities, open_id=edit.open_id),
        "takes_focus": edit.takes_focus,
        "deleted": edit.deleted,
        "deleted_json": json.dumps(edit.deleted.to_json()) if edit.deleted else "",
        "option_findings": cards.by_option(findings),
        "options": diffing.say_options(draft, names=reach.names),
        "share": _percent(draft.auto_approve_at),
        "hurdle": cards.find_hurdle(draft, findings, capabilities),
        "changes": len(diffing.compare(published, draft)),
        "next_number": publishing.next_number(found),
        "facts": facts.describe(capabilities),
        "provider": capabilities,
        "destination": value_of(draft.destination),
        "destinations": reach.offer(draft.destination),
        "fallback": value_of(draft.fallback),
        "fallbacks": reach.offer_fallback(draft.fallback),
        "lacks_connection": capabilities.needs_connection and reach.find(draft.destination) is None,
        "provider_options": [(option, _stored(draft, option)) for option in options_of(draft.provider)],
        "modes": Mode.choices,
        "languages": language_choices(draft.lang),
    }


def show_conflict(
    request: HttpRequest,
    found: Preset,
    conflict: DraftConflictError,
    *,
    base: dict[str, str],
    sides: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page on which a person chooses between their text and the other's, part by part; in an autosave a banner
    that leads there, for nobody is torn away while they type. ``sides`` are those chosen already, where what they
    make cannot be kept."""
    mine, theirs = conflict.mine, conflict.theirs
    differences = merging.compare(mine, theirs, base=base, chosen=sides or {})
    context = {
        "preset": found,
        "conflict": conflict,
        "parts": cards.make_parts(differences, mine=mine, theirs=theirs, names=Reach.of(found.project).names),
        "destination": value_of(mine.destination),
        "fallback": value_of(mine.fallback),
        "provider_options": [(option, _stored(mine, option)) for option in options_of(mine.provider)],
        "base": json.dumps(base),
        "share": _percent(mine.auto_approve_at),
    }
    if wants_fragment(request):
        return _answer_beside(request, "rules/_conflict_banner.html", context, status=422)
    response = render(request, "rules/conflict.html", context, status=409 if sides is None else 422)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _answer_fragment(request: HttpRequest, context: dict[str, Any], edit: Edit) -> HttpResponse:
    template = "rules/_rules.html" if edit.is_new_list else "rules/_saved.html"
    response = render(request, template, context | {"oob": True})
    response["HX-Trigger"] = "draft-saved"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _answer_beside(request: HttpRequest, template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """What is drawn around the fields, whatever the button meant to put in their place: they keep what was typed."""
    response = render(request, template, context, status=status)
    response["HX-Reswap"] = "none"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _refuse(request: HttpRequest, found: Preset, edit: Edit, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    context = make_context(found, edit)
    if wants_fragment(request):
        return _answer_beside(request, "rules/_refused.html", context, status=422)
    return render(request, "rules/preset.html", context, status=422)


def _keep_undo(request: HttpRequest, found: Preset, edit: Edit) -> None:
    """Without htmx the page is opened anew, so what was deleted waits in the session for it."""
    if edit.deleted:
        request.session[_UNDO] = {"preset": str(found.uid), **edit.deleted.to_json()}


def _take_undo(request: HttpRequest, found: Preset) -> Deleted | None:
    kept = request.session.get(_UNDO)
    if not kept or kept.get("preset") != str(found.uid):
        return None
    del request.session[_UNDO]
    return Deleted.from_json(kept)


def _percent(share: float | None) -> str:
    return "" if share is None else str(round(share * 100))


def _stored(draft: Draft, option: Option) -> bool | str:
    value: bool | str = draft.provider_options.get(option.name, option.default)
    return value

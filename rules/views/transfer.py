"""Presets as JSON: export, import as a new preset, and pasting rules into the one that is open."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from rules import drafts, editing, interchange
from rules.destinations import Reach
from rules.drafts import DraftConflictError, NameTakenError
from rules.interchange import BYTES_MAX, Imported, Problem, UnreadableError
from rules.models import Preset
from rules.shape import Draft, DraftTooLargeError
from rules.views.finding import find_preset, find_version, preset_url, presets_of
from rules.views.presets import say_name_error


@require_safe
@project_view(Role.VIEWER)
def export(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Download a version as JSON, ``?version=7``; without one the draft."""
    found = get_object_or_404(presets_of(project), uid=uid)
    number = request.GET.get("version", "")
    draft = Draft.of_version(find_version(found, number)) if number.isdecimal() else Draft.from_json(found.draft)
    suffix = f"v{number}" if number.isdecimal() else "draft"
    text = interchange.write(draft, names=Reach.of(project).names)
    response = HttpResponse(text, content_type="application/json")
    name = f"{slugify(found.name, allow_unicode=True) or 'preset'}-{suffix}.json"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def import_preset(request: DeskRequest, project: Project) -> HttpResponse:
    """A new preset from a file or from pasted text."""
    context: dict[str, Any] = {"name": request.POST.get("name", ""), "text": request.POST.get("text", "")}
    if request.method != "POST":
        return render(request, "rules/import.html", context)
    try:
        imported = interchange.settle(_read(request), Reach.of(project))
        preset = _create(request, project, imported)
    except UnreadableError as error:
        return render(request, "rules/import.html", context | {"problems": error.problems}, status=422)
    except DraftTooLargeError as error:
        return render(request, "rules/import.html", context | {"problems": [Problem(1, str(error))]}, status=422)
    except NameTakenError as error:
        return render(request, "rules/import.html", context | {"name_error": say_name_error(error)}, status=422)
    _say_imported(request, imported)
    return redirect(preset_url(preset))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def paste(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Rules from pasted text or a file, added to the draft's or put in their place."""
    found = find_preset(project, uid)
    draft = Draft.from_json(found.draft)
    replaces = request.POST.get("how") == "replace"
    context: dict[str, Any] = {
        "preset": found,
        "rule_count": len(draft.rules),
        "text": request.POST.get("text", ""),
        "replaces": replaces,
    }
    if request.method != "POST":
        return render(request, "rules/paste.html", context)
    try:
        imported = interchange.settle(_read(request), Reach.of(project))
        drafts.save(found, _join(draft, imported, replaces=replaces), revision=found.draft_revision, by=request.user)
    except UnreadableError as error:
        return render(request, "rules/paste.html", context | {"problems": error.problems}, status=422)
    except DraftTooLargeError as error:
        return render(request, "rules/paste.html", context | {"problems": [Problem(1, str(error))]}, status=422)
    except DraftConflictError:
        problem = Problem(1, _("Somebody saved the draft at this moment. Add the rules again."))
        return render(request, "rules/paste.html", context | {"problems": [problem]}, status=409)
    _say_imported(request, imported)
    return redirect(preset_url(found))


def _create(request: DeskRequest, project: Project, imported: Imported) -> Preset:
    name = request.POST.get("name", "")
    if name.strip():
        return drafts.create_preset(project, name, by=request.user, draft=imported.draft)
    return drafts.create_unnamed(project, _("Imported preset"), by=request.user, draft=imported.draft)


def _join(draft: Draft, imported: Imported, *, replaces: bool) -> Draft:
    """Added rules leave the options alone; in place of all rules come the imported options too, where there are any."""
    if not replaces:
        return editing.add_rules(draft, imported.draft.rules)
    if not imported.has_options:
        return draft.with_rules(imported.draft.rules)
    came = imported.draft
    goes_where = () if imported.place is None else ("provider", "connection", "provider_options", "fallback")
    return replace(
        draft,
        **{name: getattr(came, name) for name in goes_where},
        rules=came.rules,
        mode=came.mode,
        lang=came.lang,
        max_pages=came.max_pages,
        target_pages=came.target_pages,
    )


def _read(request: DeskRequest) -> Imported:
    """The file where there is one, else the text."""
    upload = request.FILES.get("file")
    if upload is None:
        return interchange.parse(request.POST.get("text", ""))
    if (upload.size or 0) > BYTES_MAX:
        raise UnreadableError([Problem(1, _("More than 1 MB of text."))])
    if upload.closed:  # there was no room to keep it
        raise UnreadableError([Problem(1, _("The file did not arrive. Paste its text instead."))])
    return interchange.parse_bytes(upload.read())


def _say_imported(request: DeskRequest, imported: Imported) -> None:
    """One message: how many rules came in, and what was left out."""
    count = len(imported.draft.rules)
    done = ngettext("Imported %(count)s rule", "Imported %(count)s rules", count) % {"count": count}
    if imported.notes:
        messages.warning(request, f"{done}. {' '.join(imported.notes)}")
    else:
        messages.success(request, done)

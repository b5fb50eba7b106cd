"""The rail beside the rules: choose documents, try the draft on them, see what would change."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import render_page, wants_fragment
from jobs import forecasting, trying
from rules.capabilities import capabilities_of
from rules.models import Preset
from rules.publishing import PublishBlockedError
from rules.shape import Draft
from rules.views.finding import find_preset


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.AUTHOR)
def preset_try(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """The last try, refreshed while it runs; ``?choose`` lists documents to try instead. POST starts a try of the
    ``document``s named."""
    preset = find_preset(project, uid)
    if request.method != "POST":
        return _show(request, preset, chooses="choose" in request.GET)
    try:
        documents = trying.find_documents(project, request.POST.getlist("document"))
        trying.start(preset, documents, by=request.user)
    except (trying.TooManyError, trying.NoDocumentError, ValidationError):
        words = ngettext("Choose one document.", "Choose up to %(most)s documents.", trying.MOST)
        return _show(request, preset, chooses=True, trouble=words % {"most": trying.MOST})
    except PublishBlockedError as error:
        trouble = _("The draft cannot be tried yet. %(sentence)s") % {"sentence": error.findings[0].sentence}
        return _show(request, preset, trouble=trouble)
    if wants_fragment(request):
        return _show(request, preset)
    return redirect(reverse("preset_try", args=[project.slug, preset.uid]))


def _show(request: DeskRequest, preset: Preset, *, chooses: bool = False, trouble: str = "") -> HttpResponse:
    last = trying.find_last(preset, by=request.user)
    draft = Draft.from_json(preset.draft)
    context: dict[str, Any] = {
        "preset": preset,
        "last": last,
        "chooses": chooses or last is None or not last.lines,
        "trouble": trouble,
        "can_forecast": forecasting.is_possible(preset),
        "most": trying.MOST,
        "credits_per_page": capabilities_of(draft.provider).credits_per_page,
    }
    if context["chooses"]:
        context["documents"] = trying.choices(preset)
        context["chosen"] = _chosen(request, last, list(context["documents"]))
    status = 422 if trouble else 200
    return render_page(request, "jobs/try.html", "jobs/_try.html", context, status=status)


def _chosen(request: DeskRequest, last: trying.Try | None, documents: list[Any]) -> set[str]:
    """What is ticked: what was just sent, else what the last try took, else the first five."""
    if request.method == "POST":
        return set(request.POST.getlist("document"))
    if last and last.lines:
        return {str(line.document.uid) for line in last.lines}
    return {str(document.uid) for document in documents[: trying.MOST]}

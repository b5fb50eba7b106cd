"""Review: one waiting document at a time, decided by a key and followed by the next.

Every action is a plain form, so the desk works without JavaScript; the keys press its buttons.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import deciding, review
from jobs.models import ReviewItem
from jobs.views import values
from rules.models import Preset


@require_safe
@project_view(Role.REVIEWER)
def review_next(request: DeskRequest, project: Project) -> HttpResponse:
    """Take hold of the worst waiting document and show it, or say that nothing waits."""
    preset = _preset(project, request.GET.get("preset"))
    held = review.claim_next(project, preset, by=request.user)
    if held is None:
        context = {"preset": preset, "held_by_others": review.held_by_others(project, preset, by=request.user)}
        return render(request, "jobs/review_empty.html", context | _toast(request))
    return _show(request, held, preset)


@require_safe
@project_view(Role.REVIEWER)
def review_item(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """One document by its address. Held by somebody else it is only shown, on its own page."""
    item = get_object_or_404(ReviewItem.objects.filter(project=project).select_related("job", "document"), uid=uid)
    job_url = reverse("job", args=[project.slug, item.job.uid])
    if item.status not in review.UNDECIDED or item.document.deleted_at:
        return redirect_htmx(request, job_url)
    held = review.claim(item, by=request.user)
    if held is None:
        messages.info(request, _("%(name)s holds this document. Try again later.") % {"name": review.holder(item)})
        return redirect_htmx(request, job_url)
    return _show(request, held, _preset(project, request.GET.get("preset")))


@require_POST
@project_view(Role.REVIEWER)
def review_decide(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Carry out the pressed button and go on to the next document."""
    item = get_object_or_404(
        ReviewItem.objects.filter(project=project).select_related("job__version", "document", "current_result"), uid=uid
    )
    try:
        form = deciding.DecisionForm.read(request.POST)
        words = deciding.carry_out(item, form, by=request.user)
    except review.TypeNeededError:
        messages.info(request, _("This answer was not scored. Choose its type, or No match."))
        return redirect_htmx(request, _item_url(request, item))
    except review.StaleClaimError:
        messages.warning(
            request, _("Decided elsewhere, taken over by somebody, or answered anew meanwhile. Nothing was changed.")
        )
    except deciding.FormError as error:
        messages.error(request, str(error))
        return redirect_htmx(request, _item_url(request, item))
    else:
        deciding.remember(request.session, words, counts=form.is_decision)
    return redirect_htmx(request, _next_url(request))


@require_POST
@project_view(Role.REVIEWER)
def review_undo(request: DeskRequest, project: Project) -> HttpResponse:
    """Take back the last decision and return to its document."""
    try:
        held = review.undo(project, by=request.user)
    except review.NothingToUndoError:
        messages.info(request, _("Nothing of yours is left to undo. What was decided again since, or long ago, stays."))
        return redirect_htmx(request, _next_url(request))
    words = {"verb": _("Decision taken back:"), "item": str(held.item.uid), "as": "", "undo": ""}
    deciding.remember(request.session, words, counts=False, taken_back=True)
    return redirect_htmx(request, _item_url(request, held.item))


@require_POST
@project_view(Role.REVIEWER)
def review_hold(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Hold on to the document for another ten minutes; 409 when it is lost."""
    item = get_object_or_404(ReviewItem.objects.filter(project=project), uid=uid)
    return HttpResponse(status=204 if review.hold(item, by=request.user) else 409)


def _show(request: DeskRequest, held: review.Held, preset: Preset | None) -> HttpResponse:
    context: dict[str, Any] = deciding.page_context(held, by=request.user, page=request.GET.get("page"))
    context |= deciding.counts(held.item.project, preset, by=request.user, session=request.session)
    context["scope"] = preset
    return render_page(request, "jobs/review.html", "jobs/_review.html", context | _toast(request))


def _toast(request: DeskRequest) -> dict[str, Any]:
    return {"done": deciding.last_done(request.session)}


def _preset(project: Project, uid: str | None) -> Preset | None:
    wanted = values.uid(uid)
    return Preset.objects.filter(project=project, uid=wanted).first() if wanted else None


def _next_url(request: DeskRequest) -> str:
    preset = _preset(request.project, request.POST.get("preset"))
    return reverse("review", args=[request.project.slug]) + (f"?preset={preset.uid}" if preset else "")


def _item_url(request: DeskRequest, item: ReviewItem) -> str:
    preset = _preset(request.project, request.POST.get("preset"))
    url = reverse("review_item", args=[request.project.slug, item.uid])
    return url + (f"?preset={preset.uid}" if preset else "")

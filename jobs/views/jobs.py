"""One document in one run: its pages with the evidence, the answer and why, who decided what, and what happened."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import listings, reasons, review, runs, showing, states, tasks
from jobs.models import Job, Result, ReviewItem, Run
from rules.models import Preset


@require_safe
@project_view(Role.VIEWER)
def job(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """The document with everything that is known about it."""
    found = find_job(project, uid)
    newer, older, place, total = listings.neighbours(found)
    result = getattr(found, "result", None)
    item = _item(found)
    letters = showing.monograms(found.version)
    shown_type = item.final_type if item and item.is_decided else getattr(result, "type", None)
    context = {
        "job": found,
        "document": found.document,
        "result": result,
        "item": item,
        "review": item.effective_review if item else None,
        "shown_type": shown_type,
        "rule": found.version.rule_for(getattr(result, "type", None)),
        "candidates": _candidates(result, letters),
        "shown_monogram": letters.get(shown_type or "", ""),
        "item_words": reasons.why_waiting(item, found.version) if item and item.status in ReviewItem.OPEN else "",
        "is_waiting": item is not None and item.status in ReviewItem.OPEN,
        "can_decide": found.is_final
        and not (item and (item.is_decided or item.status == ReviewItem.State.AUTO_APPROVED)),
        "how_read": showing.how_read(found, result),
        "threshold": found.version.policy.get("auto_approve_at"),
        "next_step": reasons.next_step(found),
        "cause": reasons.cause_of(found),
        "events": _events(found),
        "reviews": item.reviews.select_related("by").order_by("-pk") if item else [],
        "viewer": showing.viewer(
            found.document, result, version=found.version, page=showing.page_number(request.GET.get("page"))
        ),
        "newer": newer,
        "older": older,
        "place": place,
        "total": total,
        "is_live": not found.is_final,
        "refresh_url": request.get_full_path(),
        "presets": Preset.objects.usable().filter(project=project).select_related("published").order_by("name_folded"),
        "chosen_preset": found.version.preset_id,
        "again_url": reverse("job_again", args=[project.slug, found.uid]),
    }
    return render_page(request, "jobs/job.html", "jobs/_job.html", context)


@require_safe
@project_view(Role.VIEWER)
def job_raw(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """What came back from the provider, word for word, as escaped text."""
    found = find_job(project, uid)
    raw = found.result.raw if hasattr(found, "result") else None
    context = {"job": found, "raw": json.dumps(raw, indent=2, ensure_ascii=False, default=str)}
    return render_page(request, "jobs/job_raw.html", "jobs/_job_raw.html", context)


@require_POST
@project_view(Role.REVIEWER)
def job_retry(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Queue one failed document again."""
    found = find_job(project, uid)
    try:
        states.retry(found, by=request.user)
    except states.LostRaceError:
        messages.info(request, _("It is under way already."))
    else:
        tasks.dispatch.delay_on_commit(found.run_id)
        messages.success(request, _("Retrying %(name)s") % {"name": found.document.name})
    return redirect_htmx(request, _next(request, reverse("job", args=[project.slug, found.uid])))


@require_POST
@project_view(Role.REVIEWER)
def job_again(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Classify this one document again, under a preset's published version."""
    found = find_job(project, uid)
    presets = Preset.objects.usable().filter(project=project).select_related("published")
    preset = get_object_or_404(presets, uid=request.POST.get("preset") or None)
    assert preset.published is not None  # noqa: S101  # usable() leaves only published presets
    again = runs.create(
        project,
        preset.published,
        [found.document],
        by=request.user,
        name=_("%(name)s, again") % {"name": found.run.name},
        source=Run.Source.AGAIN,
    )
    tasks.dispatch.delay_on_commit(again.pk)
    return redirect_htmx(request, reverse("job", args=[project.slug, again.jobs.get().uid]))


@require_POST
@project_view(Role.REVIEWER)
def job_decide(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Open this document in review, also one that the machine could not read."""
    item = review.open_item(find_job(project, uid))
    return redirect_htmx(request, reverse("review_item", args=[project.slug, item.uid]))


@require_POST
@project_view(Role.REVIEWER)
def job_reopen(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Put a decided document back into the queue, with the reason."""
    found = find_job(project, uid)
    item = review.open_item(found)
    reason = request.POST.get("reason", "").strip()
    if reason:
        review.reopen(item, by=request.user, comment=reason)
        messages.success(request, _("Reopened"))
    else:
        messages.error(request, _("Say why it is reopened. The next reviewer reads it."))
    return redirect_htmx(request, reverse("job", args=[project.slug, found.uid]))


def find_job(project: Project, uid: uuid.UUID) -> Job:
    """A job of this project, or 404."""
    related = ("document__blob", "document__project", "run__by", "version__preset", "result")
    return get_object_or_404(Job.objects.select_related(*related), project=project, uid=uid)


def _item(found: Job) -> ReviewItem | None:
    items = ReviewItem.objects.filter(document=found.document, preset_id=found.version.preset_id)
    return items.select_related("effective_review__by", "current_result").first()


def _candidates(result: Result | None, letters: dict[str, str]) -> list[dict[str, Any]]:
    ranked = sorted(result.candidates if result else [], key=lambda candidate: -candidate["score"])
    return [{**candidate, "monogram": letters.get(candidate["type"], "")} for candidate in ranked[:5]]


def _events(found: Job) -> list[dict[str, Any]]:
    moves = found.events.order_by("-pk")[:50]
    return [{"at": event.at, "words": showing.event_words(event)} for event in moves]


def _next(request: DeskRequest, default: str) -> str:
    """Back to the run when the button stood in its table."""
    return reverse("run", args=[request.project.slug, request.POST["run"]]) if request.POST.get("run") else default

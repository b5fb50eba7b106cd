"""One document in one run: its pages with the evidence, the answer and why, who decided what, and what happened."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import listings, reasons, review, showing, states, tasks, weighing
from jobs.models import Document, Job, Reason, Result, ReviewItem, Run, Status
from jobs.remote import answerer
from jobs.views import again, values


@require_safe
@project_view(Role.VIEWER)
def job(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """The document with everything that is known about it."""
    found = find_job(project, uid)
    result, item = getattr(found, "result", None), _item(found)
    newer, older, place, total = listings.neighbours(found)
    page = showing.page_number(request.GET.get("page"))
    context = {
        "job": found,
        "document": found.document,
        "viewer": showing.viewer(found.document, result, version=found.version, page=page),
        "reasoning": showing.reasoning(result, found.version),
        "how_read": showing.how_read(found, result),
        "elsewhere": answerer.tell(found, result),
        "learned": showing.learned(found, result),
        "events": _events(found),
        "newer": newer,
        "older": older,
        "place": place,
        "total": total,
        "is_live": not found.is_final,
        "refresh_url": request.get_full_path(),
        "again_url": reverse("job_again", args=[project.slug, found.uid]),
        **_said(found, result, item),
        **again.dialog(project, found.version),
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
    if found.reason == Reason.OUTCOME_UNKNOWN:
        messages.info(request, _("The provider may have it. Whether it is sent again is decided under Stuck."))
        return redirect_htmx(request, _next(request, found))
    try:
        states.retry(found, by=request.user)
    except states.LostRaceError:
        messages.info(request, _("It is under way already."))
    else:
        tasks.send_on_commit(tasks.dispatch, found.run_id)
        messages.success(request, _("Retrying the document"))
    return redirect_htmx(request, _next(request, found))


@require_POST
@project_view(Role.REVIEWER)
def job_again(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Classify this one document again, under a preset's published version."""
    found = find_job(project, uid)
    if found.document.deleted_at:
        raise Http404
    run = again.start(request, Document.objects.filter(pk=found.document_id), name=found.run.name)
    return redirect_htmx(request, reverse("job", args=[project.slug, run.jobs.get().uid]))


@require_POST
@project_view(Role.REVIEWER)
def job_decide(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Open this document in review, also one that the machine could not read."""
    found = find_job(project, uid)
    if not found.is_final or found.run.source == Run.Source.TRY or found.document.deleted_at:
        messages.info(request, _("It cannot be decided now."))
        return redirect_htmx(request, _url(found))
    item = review.open_item(found)
    return redirect_htmx(request, reverse("review_item", args=[project.slug, item.uid]))


@require_POST
@project_view(Role.REVIEWER)
def job_reopen(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Put a decided document back into the queue, with the reason."""
    found = find_job(project, uid)
    item = _item(found)
    reason = request.POST.get("reason", "").strip()
    if item is None:
        raise Http404
    if not reason:
        messages.error(request, _("Say why it is reopened. The next reviewer reads it."))
        return redirect_htmx(request, _url(found))
    try:
        review.reopen(item, by=request.user, comment=reason)
        messages.success(request, _("Reopened"))
    except review.StaleClaimError:
        messages.info(request, _("It is in the queue already."))
    return redirect_htmx(request, _url(found))


def find_job(project: Project, uid: uuid.UUID) -> Job:
    """A job of this project, or 404."""
    of_answer = ("result__submission__connection", "version__connection", "version__fallback_connection")
    related = ("project", "document__blob", "document__project", "run__by", "version__preset", *of_answer)
    return get_object_or_404(Job.objects.select_related(*related), project=project, uid=uid)


def _said(found: Job, result: Result | None, item: ReviewItem | None) -> dict[str, Any]:
    """What the machine answered and what people made of it."""
    letters = showing.monograms(found.version)
    is_open = item is not None and item.status in ReviewItem.OPEN
    is_settled = item is not None and (item.is_decided or item.status == ReviewItem.State.AUTO_APPROVED)
    machine_type = result.type if result else None
    shown_type = item.final_type if item and item.is_decided else machine_type
    return {
        "result": result,
        "item": item,
        "review": item.effective_review if item else None,
        "shown_type": shown_type,
        "shown_monogram": letters.get(shown_type or "", ""),
        "rule": found.version.rule_for(machine_type),
        "candidates": _candidates(result, letters),
        "weighing": weighing.weigh(result, found.version),
        "runner_up": weighing.runner_up(result, letters),
        "threshold": found.version.policy.get("auto_approve_at"),
        "item_words": reasons.why_waiting(item, found.version) if item and is_open else "",
        "is_waiting": is_open,
        "can_retry": reasons.may_pass(found),
        "can_classify_again": found.status == Status.COMPLETED or found.reason in reasons.FOR_ANOTHER_PROVIDER,
        "is_of_no_use": found.reason in reasons.OF_NO_USE,
        "can_decide": found.is_final and found.run.source != Run.Source.TRY and not is_settled,
        "cause": reasons.cause_of(found),
        "next_step": reasons.next_step(found),
    }


def _item(found: Job) -> ReviewItem | None:
    under: Any = found.version.preset_id
    items = ReviewItem.objects.filter(document=found.document, preset_id=under)
    return items.select_related("effective_review__by", "current_result").first()


def _candidates(result: Result | None, letters: dict[str, str]) -> list[dict[str, Any]]:
    ranked = sorted(result.candidates if result else [], key=lambda candidate: -candidate["score"])
    return [{**candidate, "monogram": letters.get(candidate["type"], "")} for candidate in ranked[:5]]


def _events(found: Job) -> list[dict[str, Any]]:
    moves = found.events.order_by("-pk")[:50]
    return [{"at": event.at, "words": showing.event_words(event)} for event in moves]


def _url(found: Job) -> str:
    return reverse("job", args=[found.project.slug, found.uid])


def _next(request: DeskRequest, found: Job) -> str:
    """Back to the run when the button stood in its table."""
    run = values.uid(request.POST.get("run"))
    return reverse("run", args=[request.project.slug, run]) if run else _url(found)

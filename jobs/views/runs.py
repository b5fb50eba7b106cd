"""The list of runs, one run with its live table, and what can be done with a run as a whole."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import erasure, exports, listings, overview, presenting, runs, tasks
from jobs.models import Run
from jobs.remote import answerer
from jobs.views import again, values

RUNS_PAGE = 25  # each row counts its whole run


@require_safe
@project_view(Role.VIEWER)
def run_list(request: DeskRequest, project: Project) -> HttpResponse:
    """Runs, newest first, by keyset; live ones refresh."""
    found = Run.objects.for_people().filter(project=project).select_related("version__preset", "by")
    before = values.number(request.GET.get("before"))
    older = found if before is None else found.filter(pk__lt=before)
    shown = list(older.order_by("-pk")[: RUNS_PAGE + 1])
    rows = overview.run_rows(shown[:RUNS_PAGE])
    context = {
        "rows": rows,
        "is_live": any(row.run.finished_at is None for row in rows),
        "older": f"?before={rows[-1].run.pk}" if len(shown) > RUNS_PAGE else "",
        "newer": reverse("runs", args=[project.slug]) if before is not None else "",
        "refresh_url": request.get_full_path(),
    }
    return render_page(request, "jobs/runs.html", "jobs/_runs.html", context)


@require_safe
@project_view(Role.VIEWER)
def run(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """One run: progress, filters and the table, refreshed as one fragment while it is live."""
    found = find_run(project, uid)
    filters = listings.Filters.read(request.GET)
    counts = runs.count([found.pk]).get(found.pk, runs.Counts())
    page = _page(request, found, filters)
    context = {
        "run": found,
        "counts": counts,
        "retryable": runs.retryable(found).count() if counts.failed else 0,
        "pace": runs.pace(found, counts),
        "erasing": erasure.count_taken_away(found),
        "kept": erasure.kept(found),
        "elsewhere": answerer.tell_run(found),
        "misfit": presenting.misfit(found, counts),
        "filters": filters,
        "rows": presenting.rows(page.jobs, found, can_retry=request.role >= Role.REVIEWER),
        "bar": presenting.bar(counts),
        "legend": presenting.legend(counts, filters),
        "threshold": found.version.policy.get("auto_approve_at"),
        "is_live": found.finished_at is None,
        "refresh_url": request.get_full_path(),
        **_sides(found, filters),
        **_pages(page, filters),
    }
    return render_page(request, "jobs/run.html", "jobs/_run.html", context)


@require_POST
@project_view(Role.REVIEWER)
def run_cancel(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Stop what is not final."""
    found = find_run(project, uid)
    stopped = runs.cancel(found, by=request.user)
    tasks.send_on_commit(tasks.withdraw, found.pk)
    messages.success(
        request, ngettext("Cancelled %(n)d document", "Cancelled %(n)d documents", stopped) % {"n": stopped}
    )
    return _back(request, found)


@require_POST
@project_view(Role.REVIEWER)
def run_retry(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Queue the failed ones again."""
    found = find_run(project, uid)
    retried = runs.retry_failed(found, by=request.user)
    tasks.send_on_commit(tasks.dispatch, found.pk)
    messages.success(request, ngettext("Retrying %(n)d document", "Retrying %(n)d documents", retried) % {"n": retried})
    return _back(request, found)


@require_POST
@project_view(Role.REVIEWER)
def run_again(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """The same documents under another preset's published version, as a run of its own."""
    found = find_run(project, uid)
    return _back(request, again.start(request, runs.documents_of(found), name=found.name))


@require_POST
@project_view(Role.ADMIN)
def run_erase(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Erase every document of the run for good: gone from every page at once, removed by a worker."""
    found = find_run(project, uid)
    taken = erasure.erase_run(found, by=request.user)
    tasks.send_on_commit(tasks.withdraw, found.pk)
    tasks.send_on_commit(tasks.erase_run, found.pk, request.user.pk)
    messages.success(request, ngettext("Erasing %(n)d document", "Erasing %(n)d documents", taken) % {"n": taken})
    return _back(request, found)


@require_safe
@project_view(Role.VIEWER)
def run_export(request: DeskRequest, project: Project, uid: uuid.UUID, form: str) -> StreamingHttpResponse:
    """The whole run as CSV or JSON lines, streamed."""
    found = find_run(project, uid)
    lines, media_type = (
        (exports.csv_lines(found), "text/csv; charset=utf-8")
        if form == "csv"
        else (exports.json_lines(found), "application/x-ndjson; charset=utf-8")
    )
    response = StreamingHttpResponse(lines, content_type=media_type)
    name = f"{slugify(found.name) or 'run'}.{form}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def find_run(project: Project, uid: uuid.UUID) -> Run:
    """A run of this project, or 404. Tries of a draft open too: the editor links to their documents."""
    found = Run.objects.filter(project=project).select_related(
        "version__preset__published", "version__connection", "by", "project"
    )
    return get_object_or_404(found, uid=uid)


def _page(request: DeskRequest, found: Run, filters: listings.Filters) -> listings.Page:
    """The page asked for; of a live run nobody narrowed or leafed through, the one that moves."""
    before, after = (values.number(request.GET.get(key)) for key in ("before", "after"))
    jobs = listings.narrow(listings.jobs_of(found), filters, found)
    if found.finished_at is None and filters.is_empty and before is None and after is None:
        return listings.page_of_work(jobs, found)
    return listings.page(jobs, before=before, after=after)


def _sides(found: Run, filters: listings.Filters) -> dict[str, Any]:
    return {
        "status_choices": listings.status_choices(found, filters),
        "review_choices": listings.review_choices(found, filters),
        "type_choices": listings.type_choices(found, filters),
        "stale": listings.stale_count(found) if found.finished_at else 0,
        "stale_address": filters.address(stale=True),
        **again.dialog(found.project, found.version),
        "again_url": reverse("run_again", args=[found.project.slug, found.uid]),
        "kept_for_range": filters.pairs(without=("from", "to")),
        "kept_for_search": filters.pairs(without=("q",)),
    }


def _pages(page: listings.Page, filters: listings.Filters) -> dict[str, str]:
    address = filters.address()
    joint = "&" if len(address) > 1 else ""
    return {
        "place": ngettext("%(n)d document", "%(n)d documents", len(page.jobs)) % {"n": len(page.jobs)},
        "newer": f"{address}{joint}after={page.newer}" if page.newer else "",
        "older": f"{address}{joint}before={page.older}" if page.older else "",
    }


def _back(request: DeskRequest, found: Run) -> HttpResponse:
    return redirect_htmx(request, reverse("run", args=[found.project.slug, found.uid]))

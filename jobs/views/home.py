"""Home: what waits for me, what runs, what was done today; and the sample desk, loaded and removed from here."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import erasure, overview, workforce
from jobs.sample import desk as sample_desk


@require_safe
@project_view(Role.VIEWER)
def home(request: DeskRequest, project: Project) -> HttpResponse:
    """The first page of the day; its numbers refresh while a run is live."""
    waiting = overview.waiting(project)
    steps = _steps(request, project)
    live, finished = overview.live_runs(project), overview.finished_today(project)
    context = {
        "waiting": waiting,
        "waiting_total": sum(queue.count for queue in waiting),
        "waiting_is_capped": any(queue.is_capped for queue in waiting),
        "live": live,
        "finished": finished,
        "crews": workforce.crews(),
        "clock_seen_at": workforce.clock_seen_at(),
        "disk_free": workforce.disk_free(),
        "unknown": workforce.outcome_unknown(project).count(),
        "my_day": overview.my_day(project, by=request.user),
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        # As a button in the middle of a page that is empty otherwise.
        "offers_sample": not (waiting or live or finished)
        and any(step.url_name == "sample_load" and not step.is_done for step in steps),
    }
    return render_page(request, "jobs/home.html", "jobs/_home.html", context)


@require_POST
@project_view(Role.VIEWER)
def first_steps_dismiss(request: DeskRequest, project: Project) -> HttpResponse:
    """Put the checklist away for good."""
    request.user.preferences = {**request.user.preferences, "first_steps": "off"}
    request.user.save(update_fields=["preferences"])
    return redirect_htmx(request, reverse("home", args=[project.slug]))


@require_POST
@project_view(Role.ADMIN)
def sample_load(request: DeskRequest, project: Project) -> HttpResponse:
    """Make the sample desk and go there, to its run."""
    sample = sample_desk.load(by=request.user)
    run = sample.runs.order_by("pk").first()
    url = reverse("run", args=[sample.slug, run.uid]) if run else reverse("home", args=[sample.slug])
    return redirect_htmx(request, url)


@require_POST
@project_view(Role.ADMIN)
def sample_remove(request: DeskRequest, project: Project) -> HttpResponse:
    """Remove the sample desk with all it holds. Any other project is refused."""
    if project.is_sample:
        try:
            sample_desk.remove(project, by=request.user)
        except erasure.CopiesLeftError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Sample desk removed"))
    return redirect_htmx(request, reverse("start"))


def _steps(request: DeskRequest, project: Project) -> list[overview.Step]:
    """The checklist, until it is finished or put away; a sample desk is nobody's first project."""
    if request.user.preferences.get("first_steps") == "off" or request.role < Role.ADMIN or project.is_sample:
        return []
    steps = overview.first_steps(project, by=request.user)
    return [] if all(step.is_done for step in steps) else steps

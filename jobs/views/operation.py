"""The operator's page: what is stuck, with the buttons that mend it, and whether workers, clock and disk are well."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from classifyhub.accounts import audit
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.models import Project, Role
from classifyhub.htmx import redirect_htmx, render_page
from jobs import resolving, states, tasks, workforce
from jobs.models import Job

ROWS = 50


@require_safe
@project_view(Role.AUTHOR)
def stuck(request: DeskRequest, project: Project) -> HttpResponse:
    """Everything that waits for somebody to act on the machine rather than on a document."""
    unknown = list(workforce.outcome_unknown(project)[:ROWS])
    context = {
        "unknown_jobs": unknown,
        "looked_for": resolving.being_looked_for(unknown),
        "refresh_url": request.path,
        "unclaimed": workforce.unclaimed(project)[:ROWS],
        "overdue": workforce.overdue(project)[:ROWS],
        "crews": workforce.crews(),
        "clock_seen_at": workforce.clock_seen_at(),
        "disk_free": workforce.disk_free(),
        "disk_is_low": workforce.disk_free() < workforce.LOW_DISK_BYTES,
    }
    return render_page(request, "jobs/stuck.html", "jobs/_stuck.html", context)


@require_POST
@project_view(Role.AUTHOR)
def stuck_enqueue(request: DeskRequest, project: Project) -> HttpResponse:
    """Send the messages of all late queued jobs again now, rather than at the next sweep."""
    late = list(workforce.unclaimed(project)[:500])
    sent = sum(tasks.enqueue(job.pk, job.queue) for job in late)
    messages.success(request, ngettext("Queued %(n)d again", "Queued %(n)d again", sent) % {"n": sent})
    return redirect_htmx(request, reverse("stuck", args=[project.slug]))


@require_POST
@project_view(Role.AUTHOR)
def stuck_look(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Ask the provider whether it has the document after all. A worker does: the provider may take its time."""
    job = _unknown(project, uid)
    if resolving.begin(job) and not tasks.send(tasks.look_again, job.pk):
        resolving.end(job.pk)
        messages.error(request, _("The queue cannot be reached right now. Try again in a minute."))
    return redirect_htmx(request, reverse("stuck", args=[project.slug]))


@require_POST
@project_view(Role.AUTHOR)
def stuck_resubmit(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Send the document again under a new number; the provider may bill it twice."""
    job = _unknown(project, uid)
    if resolving.being_looked_for([job]):  # in another tab, or by somebody else
        messages.info(request, _("The provider is being asked whether it has the document. Wait for its answer."))
        return redirect_htmx(request, reverse("stuck", args=[project.slug]))
    try:
        states.retry(job, by=request.user)
    except states.LostRaceError:
        messages.info(request, _("Somebody was faster: it is under way again."))
    else:
        audit.record("job.resubmitted", job, by=request.user, project=project)
        tasks.send_on_commit(tasks.dispatch, job.run_id)
        messages.success(request, _("Submitted again"))
    return redirect_htmx(request, reverse("stuck", args=[project.slug]))


def _unknown(project: Project, uid: uuid.UUID) -> Job:
    return get_object_or_404(workforce.outcome_unknown(project), uid=uid)

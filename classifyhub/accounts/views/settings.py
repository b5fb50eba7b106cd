"""What holds for a whole project: its name, and how long it keeps documents."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from classifyhub.accounts import projects
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.forms import ProjectForm, RetentionForm
from classifyhub.accounts.models import Project, Role


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.ADMIN)
def project(request: DeskRequest, project: Project) -> HttpResponse:
    """Rename the project."""
    form = ProjectForm(request.POST if request.method == "POST" else None, initial={"name": project.name})
    if form.is_valid():
        projects.rename(project, form.cleaned_data["name"], by=request.user)
        messages.success(request, _("Project renamed"))
        return redirect("settings_project", project=project.slug)
    context = {"form": form, "project": project}
    return render(request, "accounts/settings_project.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.ADMIN)
def retention(request: DeskRequest, project: Project) -> HttpResponse:
    """How long documents are kept. A shorter time erases tonight, so the page says what and asks once more."""
    form = RetentionForm(request.POST if request.method == "POST" else None, initial={"days": project.retention_days})
    context: dict[str, Any] = {"form": form, "project": project}
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/settings_retention.html", context, status=status)
    days = form.cleaned_data["days"]
    if _erases_more(days, than=project.retention_days) and "confirmed" not in request.POST:
        context["asked"] = {"days": days, "kept_from": timezone.now() - datetime.timedelta(days=days)}
        return render(request, "accounts/settings_retention.html", context)
    projects.set_retention(project, days, by=request.user)
    messages.success(request, _("Retention saved"))
    return redirect("settings_retention", project=project.slug)


def _erases_more(days: int | None, *, than: int | None) -> bool:
    return days is not None and (than is None or days < than)

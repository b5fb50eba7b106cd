"""A new project, which starts with a preset that can classify."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from classifyhub.accounts import projects
from classifyhub.accounts.access import PersonRequest, person_view
from classifyhub.accounts.forms import ProjectForm
from rules import drafts


@require_http_methods(["GET", "HEAD", "POST"])
@person_view
def new(request: PersonRequest) -> HttpResponse:
    """Ask for a name, make the project with its default preset, go to its home."""
    if not projects.may_create(request.user):
        raise PermissionDenied
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        project = projects.create_project(form.cleaned_data["name"], by=request.user)
        drafts.ensure_default_preset(project, by=request.user)
        return redirect("home", project=project.slug)
    context = {"form": form, "layout": "desk.html" if request.project else "lone.html"}
    return render(request, "accounts/project_new.html", context, status=422 if form.is_bound else 200)

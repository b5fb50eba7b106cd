"""Who may enter a view. Every view of a project starts here, so that no queryset is built for a stranger."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from classifyhub.accounts.models import Membership, Project, Role, User


class DeskRequest(HttpRequest):
    """A request inside a project, as ``project_view`` hands it on."""

    user: User
    project: Project
    role: Role
    htmx: Any


View = Callable[..., HttpResponseBase]


def project_view(
    role: Role = Role.VIEWER,
) -> Callable[[Callable[Concatenate[DeskRequest, Project, ...], HttpResponseBase]], View]:
    """Let members with at least ``role`` in, with ``request.project`` and ``request.role`` set and the project as the
    second argument. Strangers get 404, so that names of projects cannot be probed; too low a role gets 403."""

    def decorate(view: Callable[Concatenate[DeskRequest, Project, ...], HttpResponseBase]) -> View:
        @wraps(view)
        @login_required
        def entered(request: Any, project: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = find_membership(request.user, project)
            if membership.role < role:
                raise PermissionDenied
            request.project, request.role = membership.project, Role(membership.role)
            remember_project(request.user, membership.project)
            return view(request, membership.project, *args, **kwargs)

        return entered

    return decorate


def find_membership(user: User, slug: str) -> Membership:
    """The membership of ``user`` in the project named ``slug``; ``Http404`` when there is none."""
    try:
        return Membership.objects.select_related("project").get(user=user, project__slug=slug)
    except Membership.DoesNotExist:
        raise Http404 from None


def remember_project(user: User, project: Project) -> None:
    """Make ``project`` the one that "/" leads to; written only when it changes."""
    if user.last_project_id != project.pk:
        User.objects.filter(pk=user.pk).update(last_project=project)

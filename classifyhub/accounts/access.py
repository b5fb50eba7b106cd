"""Who may enter a view. Every view but the log-in starts here, so that no queryset is built for a stranger."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from classifyhub.accounts.models import Membership, Project, Role, User


class DeskRequest(HttpRequest):
    """A request inside a project, as ``project_view`` hands it on."""

    user: User
    project: Project
    role: Role
    htmx: Any


class PersonRequest(HttpRequest):
    """A request outside any project, as ``person_view`` hands it on. ``project`` and ``role`` are those of the desk
    drawn around the page; none for somebody who is in no project."""

    user: User
    project: Project | None
    role: Role | None
    htmx: Any


View = Callable[..., HttpResponseBase]


def _logged_in(view: View) -> View:
    """Lead who is not logged in to the log-in page and back. A change that htmx sends is refused instead, so that the
    page it comes from stays, with all that was typed."""

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.htmx and request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=401)
        return redirect_to_login(request.get_full_path())

    return asked


def project_view(
    role: Role = Role.VIEWER,
) -> Callable[[Callable[Concatenate[DeskRequest, Project, ...], HttpResponseBase]], View]:
    """Let members with at least ``role`` in, with ``request.project`` and ``request.role`` set and the project as the
    second argument. Strangers get 404, so that names of projects cannot be probed; too low a role gets 403."""

    def decorate(view: Callable[Concatenate[DeskRequest, Project, ...], HttpResponseBase]) -> View:
        @wraps(view)
        @_logged_in
        def entered(request: Any, project: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = find_membership(request.user, project)
            if membership.role < role:
                raise PermissionDenied
            request.project, request.role = membership.project, Role(membership.role)
            remember_project(request.user, membership.project)
            return _keep_private(view(request, membership.project, *args, **kwargs))

        entered.least_role = role  # type: ignore[attr-defined]  # a test walks all addresses and knocks with too little
        return entered

    return decorate


def person_view(view: Callable[Concatenate[PersonRequest, ...], HttpResponseBase]) -> View:
    """Let in who is logged in, with the project they were in last as ``request.project``."""

    @wraps(view)
    @_logged_in
    def entered(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        membership = last_membership(request.user)
        request.project = membership.project if membership else None
        request.role = Role(membership.role) if membership else None
        return _keep_private(view(request, *args, **kwargs))

    return entered


def find_membership(user: User, slug: str) -> Membership:
    """The membership of ``user`` in the project named ``slug``; ``Http404`` when there is none."""
    try:
        return Membership.objects.select_related("project").get(user=user, project__slug=slug)
    except Membership.DoesNotExist:
        raise Http404 from None


def last_membership(user: User) -> Membership | None:
    """In the project the person was in last, else in the first they see; none when they are in no project."""
    memberships = list(user.memberships.select_related("project").order_by("project__name", "pk"))
    last = (membership for membership in memberships if membership.project_id == user.last_project_id)
    return next(last, memberships[0] if memberships else None)


def _keep_private(response: HttpResponseBase) -> HttpResponseBase:
    """What members see is nobody else's, and a browser asks for it anew each time: who has left, or what was erased, is
    noticed. Where a view says otherwise, that holds."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def remember_project(user: User, project: Project) -> None:
    """Make ``project`` the one that "/" leads to; written only when it changes."""
    if user.last_project_id != project.pk:
        User.objects.filter(pk=user.pk).update(last_project=project)

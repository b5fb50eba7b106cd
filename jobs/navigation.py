"""The numbers beside the places of the sidebar, asked for only by pages that draw it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from classifyhub.accounts.models import Membership, Project, Role, User
from jobs import review, workforce
from jobs.models import Run

# One more than is shown as a number: beyond it the desk says "10,000+" and counts no further.
MOST = 10_001


class Navigation:
    """``nav`` of the templates. Each value is one indexed query, made when it is first read; a count that the person's
    role gives no place to is 0 without asking."""

    def __init__(self, user: User, project: Project, role: Role) -> None:
        self._user, self._project, self._role = user, project, role

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dictionary, for who has the name in a variable."""
        return getattr(self, name, default) if name else default

    @cached_property
    def projects(self) -> list[Project]:
        """The projects this person may switch to, by name."""
        return [membership.project for membership in self._memberships]

    @cached_property
    def may_add_project(self) -> bool:
        """The same rule as ``accounts.projects.may_create``, read off the memberships that are here already."""
        return self._user.is_superuser or any(row.role == Role.ADMIN for row in self._memberships)

    @cached_property
    def waiting(self) -> int:
        """Documents that wait for a decision."""
        return _count(review.waiting(self._project)) if self._role >= Role.REVIEWER else 0

    @cached_property
    def live_runs(self) -> int:
        """Runs in progress, tries of drafts left out."""
        return _count(Run.objects.for_people().live().filter(project=self._project))

    @cached_property
    def stuck(self) -> int:
        """Jobs that go on only when an operator does something."""
        if self._role < Role.AUTHOR:
            return 0
        return _count(workforce.outcome_unknown(self._project)) + _count(workforce.unclaimed(self._project))

    @cached_property
    def _memberships(self) -> list[Membership]:
        memberships = Membership.objects.filter(user=self._user).select_related("project")
        return list(memberships.order_by("project__name", "project_id"))


def desk(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``nav`` on pages inside a project, nothing on others."""
    project: Project | None = getattr(request, "project", None)
    role: Role | None = getattr(request, "role", None)
    if project is None or role is None or not isinstance(request.user, User):
        return {}
    return {"nav": Navigation(request.user, project, role)}


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()

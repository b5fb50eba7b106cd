"""The audit log: who did what, newest first, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from classifyhub.accounts import audit_search
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.audit_words import verb_choices
from classifyhub.accounts.models import AuditEvent, Project, Role, User
from classifyhub.htmx import render_page


class _Echo:
    """A file to write to that hands back what was written."""

    def write(self, value: str) -> str:
        return value


@require_safe
@project_view(Role.ADMIN)
def audit_log(request: DeskRequest, project: Project) -> HttpResponse:
    """One page of the log, filtered."""
    filters = audit_search.Filters.read(request.GET, by=request.user)
    before, after = _number(request.GET.get("before")), _number(request.GET.get("after"))
    page = audit_search.page(audit_search.find(project, filters), before=before, after=after)
    address = reverse("audit_log", args=[project.slug])
    context = {
        "project": project,
        "page": page,
        "filters": filters,
        "people": _people(project, filters),
        "verbs": verb_choices(),
        "object_name": _object_name(project, filters),
        "newer_url": f"{address}?{filters.query(after=page.newer)}" if page.newer else "",
        "older_url": f"{address}?{filters.query(before=page.older)}" if page.older else "",
        "export_url": f"{reverse('audit_export', args=[project.slug])}?{filters.query()}",
    }
    return render_page(request, "accounts/audit_log.html", "accounts/_audit_table.html", context)


@require_safe
@project_view(Role.ADMIN)
def audit_export(request: DeskRequest, project: Project) -> StreamingHttpResponse:
    """All events that agree with the filters, as CSV, sent while they are read."""
    filters = audit_search.Filters.read(request.GET, by=request.user)
    name = f"audit-{project.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _lines(audit_search.csv_rows(audit_search.find(project, filters))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for something older
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow(row)  # what _Echo.write handed back


def _people(project: Project, filters: audit_search.Filters) -> list[User]:
    """Whom the filter offers: the members, and whoever is chosen though they left."""
    people = list(User.objects.filter(memberships__project=project).order_by("name", "email_folded"))
    chosen = audit_search.find_person(filters)
    return people if chosen is None or chosen in people else [*people, chosen]


def _object_name(project: Project, filters: audit_search.Filters) -> str:
    """What the chosen object was called when something last happened to it."""
    if not filters.object:
        return ""
    events = AuditEvent.objects.filter(project=project, object_uid=filters.object)
    return events.order_by("-pk").values_list("object_name", flat=True).first() or filters.object


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 19 else None

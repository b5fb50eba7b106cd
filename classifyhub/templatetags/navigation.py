"""The sidebar: which places of a project a person may enter, and which one this page lies under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifyhub import formats

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the sidebar. ``words`` are the first words of the URL names that lie under it; ``count`` names a
    number of ``nav``, written with ``unit`` and, where it must alarm, in ``tone``."""

    url_name: str
    icon: str
    label: Promise
    role: int
    words: frozenset[str]
    count: str = ""
    unit: str = "%s"
    tone: str = ""


VIEWER, REVIEWER, AUTHOR, ADMIN = 10, 20, 30, 40  # accounts.models.Role; a template library must not load the models

PLACES = (
    Place("home", "house", gettext_lazy("Home"), VIEWER, frozenset({"home"})),
    Place("upload", "upload", gettext_lazy("Upload"), REVIEWER, frozenset({"upload", "intake"})),
    Place("review", "inbox", gettext_lazy("Review"), REVIEWER, frozenset({"review"}), count="waiting"),
    Place(
        "runs",
        "list-checks",
        gettext_lazy("Runs"),
        VIEWER,
        frozenset({"run", "runs", "job", "jobs", "document"}),
        count="live_runs",
        unit=gettext_lazy("%s live"),  # type: ignore[arg-type]
    ),
    Place("presets", "layers", gettext_lazy("Presets"), VIEWER, frozenset({"preset", "presets", "rule", "draft"})),
)
OPERATE = (
    Place("stuck", "triangle-alert", gettext_lazy("Stuck"), AUTHOR, frozenset({"stuck"}), count="stuck", tone="bad"),
    Place("audit_log", "history", gettext_lazy("Audit log"), ADMIN, frozenset({"audit"})),
    Place("settings_project", "settings", gettext_lazy("Settings"), ADMIN, frozenset({"settings"})),
)


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: Context) -> dict[str, Any]:
    """The places of the project that the person's role may enter, the current one marked. What a role cannot do is
    absent, not grey."""
    groups = ((None, PLACES), (_("Operate"), OPERATE))
    shown = [{"title": title, "entries": _enterable(places, context)} for title, places in groups]
    return {"groups": [group for group in shown if group["entries"]]}


def _enterable(places: tuple[Place, ...], context: Context) -> list[dict[str, Any]]:
    request = context["request"]
    here = getattr(request.resolver_match, "url_name", "") or ""
    return [_show_place(place, context, here=here) for place in places if request.role >= place.role]


def _show_place(place: Place, context: Context, *, here: str) -> dict[str, Any]:
    count = (context.get("nav") or {}).get(place.count, 0)
    return {
        "url": reverse(place.url_name, args=[context["request"].project.slug]),
        "icon": place.icon,
        "label": place.label,
        "is_here": here.partition("_")[0] in place.words,
        "is_page": here == place.url_name,
        "count": str(place.unit) % formats.format_capped(count) if count else "",
        "tone": place.tone,
    }

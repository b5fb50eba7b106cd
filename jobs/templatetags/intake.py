"""What scripts must know on every page to take a dropped file."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifyhub.accounts.models import Role

register = template.Library()

# Characters at the end of a name that are always shown: its ending and what tells scans apart.
NAME_TAIL = 10
SHORT_NAME = 20


@register.simple_tag(takes_context=True)
def intake_place(context: Context) -> SafeString | str:
    """Attributes that say where files dropped on this page go. Nothing outside a project, nor for a viewer: then a drop
    leads nowhere."""
    request = context.get("request")
    project = getattr(request, "project", None)
    if project is None or request.role < Role.REVIEWER:  # type: ignore[union-attr]  # a project means a DeskRequest
        return ""
    return format_html(
        ' data-intake="{}" data-upload="{}" data-max-upload="{}"',
        reverse("intake_open", args=[project.slug]),
        reverse("upload", args=[project.slug]),
        settings.MAX_UPLOAD,
    )


@register.simple_tag
def whole_name(name: str) -> SafeString | str:
    """A file's name for ``.whole-name``: a long one in two parts, of which only the first is cut where there is no
    room, and in one for screen readers."""
    if len(name) <= SHORT_NAME:
        return name
    parts = (
        '<span class="visually-hidden">{}</span><span aria-hidden="true">{}</span><span aria-hidden="true">{}</span>'
    )
    return format_html(parts, name, name[:-NAME_TAIL], name[-NAME_TAIL:])

"""What stands around every page, its sheets, scripts and a person's preferences: part of ``{% load desk %}``."""

from __future__ import annotations

from pathlib import Path

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from classifyhub.accounts.preferences import CHOICES, chosen

register = template.Library()


def _link_files(folder: Path, pattern: str, html: str) -> SafeString:
    found = sorted(path.relative_to(settings.BASE_DIR / "static").as_posix() for path in folder.glob(pattern))
    return format_html_join("\n", html, ((static(name),) for name in found))


@register.simple_tag
def page_styles() -> SafeString:
    """Links every sheet of ``static/css/pages``: boosted links swap the body and never read the next page's head, so
    each page carries the sheets of all. Layers keep them from disturbing one another's order."""
    return _link_files(settings.BASE_DIR / "static" / "css" / "pages", "*.css", '<link rel="stylesheet" href="{}">')


@register.simple_tag
def page_scripts() -> SafeString:
    """Links every script of ``static/js``, for the reason ``page_styles`` gives. They run once, before the first page
    is swapped, so they listen on the document and look for their elements when something happens."""
    return _link_files(settings.BASE_DIR / "static" / "js", "*.js", '<script src="{}" defer></script>')


def _request_of(context: Context) -> HttpRequest:
    """The request, or an empty one where a page is drawn without: then every choice is the default."""
    return context.get("request") or HttpRequest()


@register.simple_tag(takes_context=True)
def preferences(context: Context) -> SafeString:
    """``<html{% preferences %}>``: choices as data attributes, rendered here so that a page never flashes."""
    request = _request_of(context)
    pairs = ((name, chosen(request, name)) for name in CHOICES)
    return format_html_join("", ' data-{}="{}"', (pair for pair in pairs if pair[1]))


@register.simple_tag
def csrf_cookie() -> str:
    """The name of the cookie from which scripts read the token, because it changes while a page is open."""
    return str(settings.CSRF_COOKIE_NAME)


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """``{% theme as now %}``: "light", "dark" or "system"."""
    return chosen(_request_of(context), "theme") or "system"

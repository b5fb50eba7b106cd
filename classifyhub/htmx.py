"""One markup, two uses: a page includes its fragment, and the same view answers htmx with the fragment alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for part of the page. A boosted link asks for the whole one, and so does a walk back in the
    browser's history."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The page, or only its fragment when htmx asked for that. Both answers vary on the same header, else a cache
    could hand one out in place of the other."""
    template = fragment if wants_fragment(request) else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect_htmx(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to ``url`` after a change, whether the form was sent by htmx or by the browser itself."""
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Location": url})
    return HttpResponse(status=303, headers={"Location": url})

"""A name for every request, in its answer and in every line logged meanwhile; pages sent packed; and a page for who
asks for a form's."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import is_valid_path
from django.utils.cache import patch_vary_headers

from classifyhub.htmx import wants_fragment

logger = structlog.get_logger(__name__)

READING = ("GET", "HEAD", "OPTIONS")
SLOW = 1.0  # seconds
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Binds ``request_id`` to the logs and returns it as ``X-Request-ID``.

    An incoming one is kept, so that a proxy's logs and ours meet, but only while it looks like an id: it is written
    into logs and a header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request`` with its id bound."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            started = time.monotonic()
            response = self.get_response(request)
            tell(request, response, seconds=time.monotonic() - started)
        response["X-Request-ID"] = request_id
        return response


class PackPagesMiddleware(GZipMiddleware):
    """Sends pages and fragments packed, a fifth to an eighth of their size, to browsers that take them so.

    Pages alone: images and documents are packed already, exports are streamed. Guessing a secret from the packed
    size (BREACH) is made hard by the random bytes that Django adds, and by tokens that are masked anew each time.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Pack ``response`` if it is a page."""
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


def tell(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Log what changed something or took long; the polls of open pages would drown the rest."""
    is_news = request.method not in READING or seconds >= SLOW
    # The route and not the path: a one-time link is a secret in an address.
    route = request.resolver_match.route if request.resolver_match else ""
    logger.log(
        logging.INFO if is_news else logging.DEBUG,
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000),
    )


class FormAddressMiddleware:
    """Leads a person who reloads, walks back or logs in to an address that only takes forms to the page it belongs to:
    the nearest one above it. Programs and htmx are told 405 with what the address takes. Stands inside django-htmx's
    middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request``, or lead on from it."""
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in {"GET", "HEAD"}:
            return response
        if "text/html" in request.headers.get("Accept", "") and not wants_fragment(request):
            response = redirect(page_above(request.path_info))
        patch_vary_headers(response, ["Accept", "HX-Request"])
        return response


def page_above(path: str) -> str:
    """The nearest address above ``path`` that the desk has; it may lead on to one above it in turn."""
    while path != "/":
        path = path[: path.rstrip("/").rfind("/") + 1]
        if is_valid_path(path):
            break
    return path

"""The page that Prometheus reads."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from classifyhub.accounts.addresses import client_address
from jobs import metrics

REFUSED = "Set CLASSIFYHUB_METRICS_TOKEN and send it as a bearer token.\n"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """All figures as text: for whoever has the token, or without one set for this machine alone. No names of people,
    projects or documents are among them."""
    if not _may_read(request):
        answer = HttpResponse(REFUSED, "text/plain", 401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(generate_latest(metrics.registry()), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    address = client_address(request)
    # What a proxy on this machine passes on comes from here too, but asks for the public host or says for whom it asks.
    is_passed_on = "X-Forwarded-For" in request.headers or urlsplit(f"//{request.get_host()}").hostname not in LOOPBACK
    return address is not None and ip_address(address).is_loopback and not is_passed_on

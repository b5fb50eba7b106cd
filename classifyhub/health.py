"""Two questions machines ask: is this process alive, and is the desk ready to work."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from classifyhub import marker
from classifyhub.celery import app
from classifyhub.clock import in_seconds
from jobs import workforce
from jobs.models import WorkerBeat

logger = structlog.get_logger(__name__)


class NotReadyError(Exception):
    """One check failed; the message says what is missing and names no host: anybody may ask."""


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked: a restart would not bring back a database that is away."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when all of it works, else 503; each check is named, with ``ok`` or what is missing."""
    answers = {name: _answer(name, check) for name, check in CHECKS.items()}
    if answers["database"] == "ok":
        answers |= {name: _answer(name, check) for name, check in CHECKS_OF_ROWS.items()}
    else:
        answers |= dict.fromkeys(CHECKS_OF_ROWS, "unknown without the database")
    is_ready = set(answers.values()) == {"ok"}
    return JsonResponse({"ready": is_ready, "checks": answers}, status=200 if is_ready else 503)


def check_database() -> None:
    """One round trip."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """One connection."""
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, reraise_as_library_errors=True)


def check_workers() -> None:
    """Both queues have somebody who was seen within half a minute."""
    missing = [crew.queue for crew in workforce.crews() if crew.is_missing]
    if missing:
        raise NotReadyError(f"no worker seen in {workforce.ALIVE_SECONDS} s for: {', '.join(missing)}")


def check_shared_files() -> None:
    """Every live worker reads the file that this web server wrote: they share one data folder."""
    live = WorkerBeat.objects.filter(seen_at__gte=in_seconds(-workforce.ALIVE_SECONDS)).exclude(name="clock")
    strangers = live.exclude(marker=marker.place()).count()
    if strangers or not live.exists():
        raise NotReadyError(f"{strangers} workers do not see this server's files" if strangers else "no worker to ask")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
}
CHECKS_OF_ROWS: dict[str, Callable[[], None]] = {
    "workers": check_workers,
    "shared files": check_shared_files,
}


def _answer(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReadyError as missing:
        return str(missing)
    except (DatabaseError, OperationalError, OSError) as error:
        logger.warning("not ready", check=name, error=type(error).__name__)
        return "cannot be reached"
    return "ok"

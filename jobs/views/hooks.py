"""Where vendors report. Nobody is logged in here: what counts is the signature."""

from __future__ import annotations

import logging
import uuid

from django.http import HttpRequest, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jobs import tasks
from jobs.providers.llamacloud_hooks import LONGEST_BODY, SIGNATURE_HEADER
from jobs.remote import hooks

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def llamacloud_hook(request: HttpRequest, connection: uuid.UUID) -> JsonResponse:
    """Take a report. Who signed wrongly and who names what we do not know hear the same, whatever exists here."""
    try:
        raw = _read(request)
        polled = hooks.take(connection, raw, request.headers.get(SIGNATURE_HEADER, ""))
    except hooks.RefusedHookError as error:
        return _refuse(400, str(error))
    except (hooks.ForgedHookError, hooks.UnknownHookError) as error:
        logger.info("report refused", extra={"connection": str(connection), "error": type(error).__name__})
        return _refuse(404, "There is nothing to report to here.")
    if polled is not None:
        tasks.send(tasks.poll, polled.provider, polled.pk)
    return JsonResponse({"taken": polled is not None})


def _read(request: HttpRequest) -> bytes:
    try:
        raw = request.read(LONGEST_BODY + 1)
    except (OSError, RawPostDataException) as error:
        raise hooks.RefusedHookError("The report broke off.") from error
    if len(raw) > LONGEST_BODY:
        raise hooks.RefusedHookError("The report is too long.")
    return raw


def _refuse(status: int, said: str) -> JsonResponse:
    return JsonResponse({"detail": said}, status=status)

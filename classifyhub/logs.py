"""Logs: structlog and stdlib records through one formatter, as ``key=value`` lines or as JSON.

What is bound with ``structlog.contextvars`` (request, task and job ids) stands on every line written meanwhile, also
on those of Django and Celery. Logs carry ids; document text and secrets never reach them.
"""

from __future__ import annotations

import inspect
import logging
from typing import Any

import structlog
from celery import signals
from structlog.typing import EventDict, Processor

SECRET_WORDS = ("password", "secret", "token", "api_key", "authorization", "cookie")

# Chatty at INFO, and what matters of theirs is a warning.
QUIET = ("celery", "kombu", "amqp", "httpx", "httpcore", "gunicorn.access", "django.server")


OURS = ("classifyhub", "rules", "jobs")

_all_extras = structlog.stdlib.ExtraAdder()


def hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every key that names a secret: a second net, below care at the call."""
    for key in event:
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = "[hidden]"
    return event


def add_extras(logger: Any, method: str, event: EventDict) -> EventDict:
    """Take over ``extra={...}`` of our own loggers. Celery's hold a task's arguments, Django's whole requests."""
    record = event.get("_record")
    if record is None or record.name.partition(".")[0] not in OURS:
        return event
    return _all_extras(logger, method, event)


def is_news(record: logging.LogRecord) -> bool:
    """A desk that is not ready says why in its answer; it is asked every few seconds."""
    return getattr(getattr(record, "request", None), "path", None) != "/readyz"


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    add_extras,
    hide_secrets,
]


def configure(*, log_format: str, level: str) -> dict[str, Any]:
    """Set structlog up and return the matching ``LOGGING``; ``log_format`` is ``text`` or ``json``."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"news": {"()": "django.utils.log.CallbackFilter", "callback": is_news}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django gives this one handlers of its own; ours is enough.
            "django": {"handlers": [], "propagate": True},
            # Errors of ours: an address that does not exist is the visitor's.
            "django.request": {"level": "ERROR", "filters": ["news"]},
            **{name: {"level": "WARNING"} for name in QUIET},
        },
    }


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # Plain tracebacks: the default shows the values of local variables, and those are documents and secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, exception_formatter=plain)]


def _keep_our_logging(**_kwargs: object) -> None:
    """Celery sets up logging of its own unless somebody listens to this signal."""


def _bind_task(task_id: str, task: Any, args: Any, **_kwargs: object) -> None:
    # Of a task's arguments only the ids: job_id, document_id, run_id.
    given = zip(inspect.signature(task.run).parameters, args, strict=False)
    ids = {name: value for name, value in given if name.endswith("_id")}
    structlog.contextvars.bind_contextvars(**ids | {"task": task.name, "task_id": task_id})


def _unbind_task(**_kwargs: object) -> None:
    structlog.contextvars.clear_contextvars()


def follow_tasks() -> None:
    """Bind task ids to the log lines of every task this process runs."""
    signals.setup_logging.connect(_keep_our_logging)
    signals.task_prerun.connect(_bind_task)
    signals.task_postrun.connect(_unbind_task)

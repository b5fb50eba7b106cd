"""What a log line holds, and what it never holds."""

import json
import logging
import logging.config
import sys

import pytest
import structlog
from celery import signals

from classifyhub import logs
from classifyhub.celery import app


class Lines(list):
    """A stream that keeps what is written to it."""

    def write(self, text):
        self.append(text)

    def flush(self):
        pass


@pytest.fixture(params=["text", "json"])
def log_format(request):
    return request.param


@pytest.fixture
def render(log_format):
    """Render one record of a logger through the project's formatter."""
    config = logs.configure(log_format=log_format, level="INFO")
    factory = config["formatters"]["lines"]
    formatter = factory["()"](
        foreign_pre_chain=factory["foreign_pre_chain"],
        processors=factory["processors"],
    )

    def render(say, *, name="tests.logs"):
        lines = Lines()
        handler = logging.StreamHandler(lines)
        handler.setFormatter(formatter)
        logger = logging.getLogger(name)
        before = (logger.handlers, logger.propagate, logger.level)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel("INFO")
        try:
            say(logger, structlog.get_logger(name))
        finally:
            logger.handlers, logger.propagate = before[:2]
            logger.setLevel(before[2])
        return "".join(lines).removesuffix("\n")

    return render


def test_ids_that_are_bound_stand_on_every_line(render, log_format):
    with structlog.contextvars.bound_contextvars(request_id="r-1", job=7):
        from_stdlib = render(lambda stdlib, _ours: stdlib.info("from %s", "Django"))
        from_ours = render(lambda _stdlib, ours: ours.info("from us", count=3))

    if log_format == "json":
        assert json.loads(from_stdlib) | {"timestamp": ""} == {
            "event": "from Django",
            "level": "info",
            "logger": "tests.logs",
            "request_id": "r-1",
            "job": 7,
            "timestamp": "",
        }
        assert json.loads(from_ours)["count"] == 3
    else:
        assert "from Django" in from_stdlib
        assert "request_id=r-1" in from_stdlib
        assert "job=7" in from_stdlib
        assert "count=3" in from_ours


def test_a_traceback_shows_no_values(render):
    def fail(stdlib, _ours):
        document_text = "the text of a document"
        try:
            _ = document_text + 1
        except TypeError:
            stdlib.exception("failed")

    line = render(fail)

    assert "TypeError" in line
    assert "test_logs.py" in line
    assert "the text of a document" not in line


def test_values_named_like_secrets_are_hidden(render):
    line = render(lambda _stdlib, ours: ours.info("called", api_key="chub_1", Authorization="Bearer x", url="/p"))

    assert "chub_1" not in line
    assert "Bearer" not in line
    assert "/p" in line


def test_extras_are_shown_where_they_are_ours_and_not_where_they_hold_a_task_s_arguments(render):
    extra, data = {"error": "OperationalError", "token": "t-1"}, {"data": {"args": "a document's text"}}
    ours = render(lambda stdlib, _: stdlib.warning("broker away", extra=extra), name="jobs.tasks")
    celery = render(lambda stdlib, _: stdlib.error("failed", extra=data), name="celery.app.trace")

    assert "OperationalError" in ours
    assert "t-1" not in ours
    assert "a document's text" not in celery


def test_a_line_stays_one_line(render):
    line = render(lambda _stdlib, ours: ours.info("uploaded", name="a\nb\x1b[31m"))

    assert "\n" not in line
    assert "\x1b" not in line


def test_json_takes_whatever_comes(render):
    line = render(lambda _stdlib, ours: ours.info("odd", value={1, 2}, path=sys))

    assert "odd" in line


def test_a_task_s_lines_carry_its_name_and_id_and_the_next_ones_do_not():
    @app.task(name="tests.sort")
    def task(job_id, text):
        """Has an id, and something that is nobody's business."""

    signals.task_prerun.send(sender=task, task_id="t-1", task=task, args=(7, "a document's text"), kwargs={})
    bound = structlog.contextvars.get_contextvars()
    signals.task_postrun.send(sender=task, task_id="t-1", task=task, args=(), kwargs={}, retval=None, state="SUCCESS")

    app.tasks.unregister("tests.sort")
    assert bound == {"task": "tests.sort", "task_id": "t-1", "job_id": 7}
    assert structlog.contextvars.get_contextvars() == {}


def test_a_visitor_s_mistake_and_a_desk_that_is_not_ready_are_no_news(client, db, caplog):
    assert client.get("/no/such/address").status_code == 404
    assert client.get("/readyz").status_code == 503

    assert [record.name for record in caplog.records if record.name == "django.request"] == []


def test_celery_leaves_our_logging_alone():
    before = list(logging.getLogger().handlers)

    app.log.already_setup = False
    app.log.setup_logging_subsystem(loglevel="DEBUG")

    assert logging.getLogger().handlers == before

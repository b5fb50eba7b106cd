"""Settings that only show in what they do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from classifyhub.celery import app
from classifyhub.environment import NAMES

ROOT = Path(__file__).resolve().parents[2]


def ask(expression, **variables):
    """The value of an expression in a process with these variables alone."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment |= {"DJANGO_SETTINGS_MODULE": "classifyhub.settings", **variables}
    script = f"import django; django.setup(); from django.conf import settings; print({expression})"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return ran.stdout.strip()


def test_nothing_inline_is_ever_allowed(client):
    directives = dict(part.split(" ", 1) for part in client.get("/healthz")["Content-Security-Policy"].split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert not [sources for sources in directives.values() if "unsafe" in sources or "data:" in sources]


def test_answers_carry_the_headers_that_close_old_doors(client):
    response = client.get("/healthz")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@override_settings(
    SECURE_SSL_REDIRECT=True,
    SECURE_REDIRECT_EXEMPT=[r"^healthz$", r"^readyz$"],
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
def test_a_health_check_inside_the_container_is_not_sent_to_https(client):
    assert client.get("/healthz", headers={"host": "127.0.0.1"}).status_code == 200
    assert client.get("/no/such/page").status_code == 301


def test_cookies_are_secure_exactly_when_people_come_by_https():
    cookies = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY"

    assert ask(cookies) == "False False True"
    assert ask(cookies, CLASSIFYHUB_PUBLIC_URL="https://desk.example.org") == "True True True"


@pytest.mark.django_db
@pytest.mark.skipif("sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="SQLite only")
def test_sqlite_writes_as_measured_to_be_safe_and_quick():
    with connection.cursor() as cursor:
        values = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert values == ["wal", 1, 1, 20_000]
    assert connection.transaction_mode == "IMMEDIATE"


def test_every_task_that_is_routed_or_scheduled_exists():
    app.loader.import_default_modules()
    named = set(app.conf.task_routes) | {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert named <= set(app.tasks)


def test_a_clock_that_was_late_does_not_pile_up_work():
    assert all(entry["options"]["expires"] for entry in app.conf.beat_schedule.values())


@pytest.mark.parametrize("name", ["local", "call"])
def test_a_worker_without_a_queue_of_its_own_serves_both(name):
    assert name in app.amqp.queues.consume_from


def test_redis_hands_no_running_task_out_twice():
    options = "settings.CELERY_BROKER_TRANSPORT_OPTIONS['visibility_timeout'], settings.CELERY_TASK_TIME_LIMIT"

    timeout, limit = map(int, ask(options, CELERY_BROKER_URL="redis://localhost:6379/0").split())

    assert limit < timeout


def test_remote_control_is_on_with_redis_where_a_worker_without_it_went_deaf():
    control = "settings.CELERY_WORKER_ENABLE_REMOTE_CONTROL"

    assert ask(control, CELERY_BROKER_URL="redis://localhost:6379/0") == "True"
    assert ask(control) == "False"


def test_the_web_shares_connections_and_other_processes_do_not_hold_a_pool():
    pool = "settings.DATABASES['default']['OPTIONS'].get('pool', {}).get('max_size')"
    url = {"DATABASE_URL": "postgres://desk@127.0.0.1/desk"}

    assert ask(pool, **url) == "None"
    script = f"__import__('classifyhub.wsgi') and {pool}"
    assert ask(script, CLASSIFYHUB_DATA_DIR=str(settings.DATA_DIR), **url) == "12"

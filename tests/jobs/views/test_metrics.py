"""What Prometheus reads, and who may."""

from __future__ import annotations

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from jobs import pipeline
from jobs.models import Job, WorkerBeat
from jobs.providers.base import Call
from jobs.remote import circuits, usage
from tests.support.factories import a_connection, a_job, a_project, a_run, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def scrape(**headers) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = Client().get("/metrics", headers={"Host": "localhost", **headers})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for f in families for sample in f.samples}


def value(figures, name: str, **labels: str) -> float:
    return figures[name, tuple(sorted(labels.items()))]


def test_an_empty_desk_has_figures_too():
    figures = scrape()
    assert value(figures, "classifyhub_reviews_waiting") == 0
    assert value(figures, "classifyhub_queue_age_seconds", queue="local") == 0


def test_jobs_are_counted_by_status_and_provider():
    project = a_project()
    a_run(project, documents=3, version=a_version(project, provider="echo"))
    done = a_job(project, version=a_version(project, provider="echo"))
    pipeline.run(done.pk)
    figures = scrape()
    assert value(figures, "classifyhub_jobs_open", status="PENDING", provider="echo", reason="queued") == 3
    assert value(figures, "classifyhub_jobs_final_day", status="COMPLETED", provider="echo") == 1
    assert value(figures, "classifyhub_queue_age_seconds", queue="call") > 0
    assert value(figures, "classifyhub_reviews_waiting") == 1


def test_calls_to_a_provider_are_counted_with_how_long_they_took():
    connection = a_connection(a_project(), "llamacloud_v2")
    usage.note(connection, Call(verb="GET", seconds=0.2, status=200))
    usage.note(connection, Call(verb="GET", seconds=2.0, reason="unavailable"))
    usage.note(connection, Call(verb="GET", seconds=900, status=200))
    at = {"provider": "llamacloud_v2", "connection": str(connection.uid)}
    figures = scrape()
    assert value(figures, "classifyhub_provider_requests_total", **at) == 3
    assert value(figures, "classifyhub_provider_failures_total", **at) == 1
    bucket = "classifyhub_provider_request_seconds_bucket"
    counts = [value(figures, bucket, le=edge, **at) for edge in ("0.1", "0.25", "2.5", "300.0", "+Inf")]
    assert counts == [0, 1, 2, 2, 3]


def test_documents_and_credits_are_counted_by_connection():
    project = a_project()
    connection = a_connection(project, "llamacloud_v2")
    job = a_job(project, version=a_version(project, provider=connection.provider, connection=connection))
    usage.reserve(connection, Job.objects.select_related("version", "document").get(pk=job.pk))
    at = {"provider": "llamacloud_v2", "connection": str(connection.uid)}
    figures = scrape()
    assert value(figures, "classifyhub_provider_jobs", **at) == 1
    assert value(figures, "classifyhub_provider_credits", **at) == 1


def test_a_closed_connection_shows():
    connection = a_connection(a_project(), "llamacloud_v2")
    for _ in range(circuits.FAILURES):
        circuits.note(connection, Call(verb="GET", seconds=1, reason="unavailable", said="503"))
    at = {"provider": "llamacloud_v2", "connection": str(connection.uid)}
    assert value(scrape(), "classifyhub_connection_down", **at) == 1


def test_workers_show_when_they_were_seen_last():
    WorkerBeat.objects.create(name="local@here", queue="local", capacity=2, busy=1)
    figures = scrape()
    assert value(figures, "classifyhub_worker_heartbeat_seconds", worker="local@here", queue="local") < 60
    assert value(figures, "classifyhub_workers_busy", queue="local") == 1


class TestWhoMayRead:
    def ask(self, **headers) -> int:
        return Client().get("/metrics", headers={"Host": "localhost", **headers}).status_code

    def test_this_machine_without_any_token(self):
        assert self.ask() == 200

    def test_nobody_elsewhere_without_one(self):
        assert Client(REMOTE_ADDR="203.0.113.9").get("/metrics").status_code == 401

    def test_nobody_through_a_proxy_on_this_machine(self):
        assert self.ask(**{"X-Forwarded-For": "203.0.113.9"}) == 401

    def test_with_a_token_set_only_who_has_it(self, settings):
        settings.METRICS_TOKEN = "a long token"
        assert self.ask() == 401
        assert self.ask(Authorization="Bearer another") == 401
        assert self.ask(Authorization="Bearer a long token") == 200

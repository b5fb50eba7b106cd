"""Figures of the desk for Prometheus, read from the database at each scrape: any web process can be asked, and nothing
is lost when one ends. What is counted is bounded: open jobs, the runs of a day, one row a connection and day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from django.db.models import Count, Min
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from classifyhub.clock import database_now, in_seconds
from jobs import workforce
from jobs.models import ConnectionDay, ConnectionState, Job, ReviewItem, Status, WorkerBeat
from jobs.models.runs import FINAL
from jobs.remote.usage import STEPS

DAY_SECONDS = 86_400


def registry() -> CollectorRegistry:
    """What ``prometheus_client.generate_latest`` writes out."""
    found = CollectorRegistry(auto_describe=False)
    found.register(DeskCollector())
    return found


class DeskCollector(Collector):
    """Every figure of the desk, anew each time it is asked."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield _open_jobs()
        yield _final_jobs()
        yield _queue_age()
        yield _waiting_reviews()
        yield from _connections()
        yield from _workers()


def _open_jobs() -> Metric:
    family = GaugeMetricFamily(
        "classifyhub_jobs_open", "Jobs that are not final.", labels=("status", "provider", "reason")
    )
    due = Job.objects.open().filter(next_action_at__isnull=False)  # as every open job has: so an index of these is read
    rows: Any = due.values_list("status", "version__provider", "reason").annotate(Count("pk")).order_by()
    for status, provider, reason, count in rows:
        family.add_metric((status, provider, reason), count)
    return family


def _final_jobs() -> Metric:
    family = GaugeMetricFamily(
        "classifyhub_jobs_final_day",
        "Final jobs of the runs that were launched within the last 24 hours.",
        labels=("status", "provider"),
    )
    fresh = Job.objects.filter(run__created_at__gte=in_seconds(-DAY_SECONDS), status__in=FINAL)
    rows: Any = fresh.values_list("status", "version__provider").annotate(Count("pk")).order_by()
    for status, provider, count in rows:
        family.add_metric((status, provider), count)
    return family


def _queue_age() -> Metric:
    family = GaugeMetricFamily(
        "classifyhub_queue_age_seconds",
        "How long the oldest due job of a queue has been waiting for a worker.",
        labels=("queue",),
    )
    now = database_now()
    due = Job.objects.filter(status=Status.PENDING, next_action_at__lte=now)
    oldest = dict(due.values_list("queue").annotate(Min("next_action_at")).order_by())
    for queue in Job.Queue.values:
        since = oldest.get(queue)
        family.add_metric((queue,), (now - since).total_seconds() if since else 0.0)
    return family


def _waiting_reviews() -> Metric:
    waiting = ReviewItem.objects.filter(rank__isnull=False).count()
    return GaugeMetricFamily("classifyhub_reviews_waiting", "Documents that wait for a person.", value=waiting)


def _connections() -> Iterator[Metric]:
    labels = ("provider", "connection")
    # Documents and credits are put right afterwards, and a counter that falls is taken for one that began anew.
    requests = CounterMetricFamily("classifyhub_provider_requests", "Calls to a provider.", labels=labels)
    failures = CounterMetricFamily("classifyhub_provider_failures", "Calls that gave no good answer.", labels=labels)
    jobs = GaugeMetricFamily("classifyhub_provider_jobs", "Documents that were sent.", labels=labels)
    credit = GaugeMetricFamily("classifyhub_provider_credits", "Credits, as said or estimated.", labels=labels)
    seconds = HistogramMetricFamily("classifyhub_provider_request_seconds", "How long calls take.", labels=labels)
    for provider, uid, days in _days_by_connection():
        at = (provider, uid)
        requests.add_metric(at, sum(day.requests for day in days))
        failures.add_metric(at, sum(day.failures for day in days))
        jobs.add_metric(at, sum(day.jobs for day in days))
        credit.add_metric(at, float(sum(day.credits for day in days)))
        seconds.add_metric(at, _buckets(days), sum_value=sum(day.seconds for day in days))
    yield from (requests, failures, jobs, credit, seconds, _down(labels))


def _days_by_connection() -> Iterator[tuple[str, str, list[ConnectionDay]]]:
    """All days of each connection, so that a counter never falls. Its keys stay encrypted: nobody needs them here."""
    found: dict[int, list[ConnectionDay]] = {}
    rows = ConnectionDay.objects.select_related("connection").defer("connection__secret", "connection__hook_secret")
    for day in rows.order_by("connection_id"):
        found.setdefault(day.connection_id, []).append(day)
    for days in found.values():
        connection = days[0].connection
        yield connection.provider, str(connection.uid), days


def _buckets(days: list[ConnectionDay]) -> list[tuple[str, float]]:
    edges = [*(str(step) for step in STEPS), "+Inf"]
    counts = [sum(day.latencies[place] for day in days if day.latencies) for place in range(len(edges))]
    return list(zip(edges, accumulate(counts), strict=True))


def _down(labels: tuple[str, ...]) -> Metric:
    family = GaugeMetricFamily("classifyhub_connection_down", "1 while a connection is closed off.", labels=labels)
    now = database_now()
    states = ConnectionState.objects.select_related("connection")
    for state in states.defer("connection__secret", "connection__hook_secret"):
        is_open = bool(state.open_until and state.open_until > now)
        family.add_metric((state.connection.provider, str(state.connection.uid)), float(is_open))
    return family


def _workers() -> Iterator[Metric]:
    heartbeat = GaugeMetricFamily(
        "classifyhub_worker_heartbeat_seconds", "Seconds since a worker was seen last.", labels=("worker", "queue")
    )
    now = database_now()
    for beat in WorkerBeat.objects.filter(seen_at__gte=now - datetime.timedelta(seconds=DAY_SECONDS)):
        heartbeat.add_metric((beat.name, beat.queue), (now - beat.seen_at).total_seconds())
    yield heartbeat
    busy = GaugeMetricFamily("classifyhub_workers_busy", "Tasks that live workers run.", labels=("queue",))
    capacity = GaugeMetricFamily("classifyhub_workers_capacity", "Tasks they could run.", labels=("queue",))
    for crew in workforce.crews():
        busy.add_metric((crew.queue,), crew.busy)
        capacity.add_metric((crew.queue,), crew.capacity)
    yield from (busy, capacity)

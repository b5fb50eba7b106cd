"""The questions that are asked all day walk an index, in its order: their cost must not grow with the desk."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs import metrics, pipeline, review, states, sweeper, workforce
from jobs.models import Job, ReviewSkip, Run, Status
from tests.support.factories import a_job, a_member, a_project, a_version

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def no_trace_of_other_tests(db):
    """PostgreSQL also goes by how many pages a table has, and those that other tests filled and rolled back still
    count. In this transaction the tables are new."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE jobs_run, jobs_job, jobs_reviewitem CASCADE")


def walks(index: str, rows: QuerySet) -> bool:
    """Whether the database goes through ``index`` and sorts nothing. Nothing is known about an empty table: SQLite then
    goes by the question alone, and PostgreSQL is kept from reading it whole, which it would rather do, and from sorting
    so few."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    text = rows.explain()
    return index in text and "TEMP B-TREE" not in text and "Sort" not in text


@pytest.mark.parametrize("narrowed", [False, True])
def test_the_worst_waiting_document_is_found_without_sorting_the_queue(narrowed):
    project = a_project()
    preset, by = a_version(project).preset, a_member(project)
    free = review._free(review.waiting(project, preset if narrowed else None), by=by)
    fresh = free.filter(~Exists(ReviewSkip.objects.filter(item=OuterRef("pk"), by=by)))
    assert walks("reviewitem_preset_queue" if narrowed else "reviewitem_queue", fresh[: review.CANDIDATES])


@pytest.mark.parametrize(
    "condition",
    [
        {"status": Status.PENDING, "next_action_at__lte": Now()},
        {"status": Status.RUNNING, "next_action_at__lt": Now(), "lease_until__lt": Now()},
    ],
    ids=["due", "lost"],
)
def test_what_is_due_is_found_among_all_that_ever_ran(condition):
    assert walks("job_due", Job.objects.filter(**condition).order_by("next_action_at")[:9])


by_the_question_alone = pytest.mark.skipif(
    connection.vendor == "postgresql", reason="PostgreSQL has statistics, and of an empty table they say nothing"
)


@by_the_question_alone
def test_what_may_go_out_together_and_what_waits_alike_is_found_among_all_that_ever_ran():
    job = states.claim(a_job().pk, worker="one", lease_seconds=60)
    with CaptureQueriesContext(connection) as queries:
        states.claim_like(job, most=500, worker="one")
    [candidates] = [one["sql"] for one in queries if "LIMIT 500" in one["sql"]]
    assert "next_action_at" in candidates.rpartition("ORDER BY")[2]
    assert walks("job_due", pipeline.waiting_like(job)[:9])


@by_the_question_alone
def test_a_scrape_does_not_read_all_that_ever_ran():
    rows = Job.objects.open().filter(next_action_at__isnull=False).values_list("status", flat=True)
    assert walks("job_due", rows)
    with CaptureQueriesContext(connection) as queries:
        list(metrics.DeskCollector().collect())
    of_open_jobs = [one["sql"] for one in queries if "IN ('PENDING', 'RUNNING')" in one["sql"]]
    assert all('"next_action_at" IS NOT NULL' in sql for sql in of_open_jobs)
    assert of_open_jobs


@pytest.mark.parametrize("question", [workforce.unclaimed, workforce.overdue])
def test_what_is_stuck_is_found_among_all_that_ever_ran(question):
    assert walks("job_due_in_project", question(a_project())[:9])


@by_the_question_alone
@pytest.mark.parametrize("order", ["pk", "-pk"])
def test_a_live_run_is_walked_either_way_without_sorting_it(order):
    run = a_job().run
    assert walks("job_list", Job.objects.filter(run=run, pk__gt=0).order_by(order)[:51])
    assert walks("job_list", Job.objects.filter(run=run).exclude(status=Status.PENDING).order_by("-pk")[:1])


def test_live_runs_are_found_among_all_that_ever_were():
    project = a_project()
    if connection.vendor == "postgresql":
        fill_with_finished_runs(project)
    assert walks("run_live", Run.objects.live().filter(project=project)[:9])


def fill_with_finished_runs(project):
    """One index serves as well as another as long as all runs are on one page."""
    version, by, done = a_version(project), a_member(project), timezone.now()
    Run.objects.bulk_create(
        Run(project=project, version=version, by=by, name=f"{number}", sealed_at=done, finished_at=done)
        for number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_run")


def test_a_sweep_with_nothing_to_do_is_a_handful_of_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        sweeper.sweep()

"""Chaos: workers that die at the worst places, and documents that come home all the same, each exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs import failpoints, review, tasks
from jobs.models import Job, JobEvent, Poller, Result, Review, ReviewItem, Run, Status, Submission
from tests.support.factories import a_document, a_member, a_project, a_run, a_version, an_item

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90

WHILE_SENDING = ("before_claim", "after_claim", "before_intent", "before_send", "after_send", "after_accept")
WHILE_STORING = ("before_store", "after_store")
WHILE_DECIDING = ("before_release", "after_release")


def wait_for(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def minutes_pass() -> None:
    """What the dead held is given up: leases run out, and messages that led to nothing are taken for lost."""
    Job.objects.filter(lease_until__isnull=False).update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))
    Job.objects.filter(status__in=(Status.PENDING, Status.RUNNING)).update(enqueued_at=None, next_action_at=Now())
    Poller.objects.update(lease_until=in_seconds(-1))


def bring_home(run: Run) -> None:
    """The clock sweeps until the run is done."""

    def is_done() -> bool:
        tasks.sweep()
        return Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists()

    wait_for(is_done, what=f"{list(run.jobs.values_list('status', 'reason', 'attempt'))}")


def check_history(run: Run) -> None:
    """Every job ended COMPLETED, once, by moves that follow each other, with one result and one review item."""
    assert set(run.jobs.values_list("status", flat=True)) == {Status.COMPLETED}
    assert Result.objects.filter(job__run=run).count() == run.jobs.count()
    assert ReviewItem.objects.filter(job__run=run).count() == run.jobs.count()
    for job in run.jobs.all():
        moves = list(JobEvent.objects.filter(job=job).order_by("pk").values_list("from_status", "to_status", "attempt"))
        assert all(before[1] == after[0] and before[2] <= after[2] for before, after in pairwise(moves)), moves
        assert [to for _from, to, _attempt in moves].count(Status.COMPLETED) == 1, moves
        assert job.attempt <= 2, moves


@pytest.fixture
def echo_folder() -> Path:
    """What the provider has taken, one file per document."""
    folder = Path(settings.DATA_DIR) / "echo"
    for path in folder.glob("*"):
        path.unlink()
    return folder


def test_every_failpoint_has_its_test():
    assert set(failpoints.NAMES) == {*WHILE_SENDING, *WHILE_STORING, *WHILE_DECIDING}


@pytest.mark.parametrize("name", [*WHILE_SENDING, *WHILE_STORING])
def test_a_worker_killed_there_while_a_provider_is_asked_costs_nothing(name, start_worker, echo_folder):
    run = a_run(a_project(), version=a_version(a_project(), provider_options={"waits": 1}))
    doomed = start_worker("call", concurrency=2, env={"CLASSIFYHUB_FAILPOINT": name})
    tasks.dispatch(run.pk)
    assert doomed.process.wait(SECONDS) == -signal.SIGKILL

    minutes_pass()
    start_worker("call", concurrency=2)
    bring_home(run)
    check_history(run)
    assert Submission.objects.count() == 1
    assert len(list(echo_folder.iterdir())) == 1


@pytest.mark.parametrize("name", ["before_claim", "after_claim", *WHILE_STORING])
def test_a_process_of_the_pool_killed_there_while_it_classifies_costs_nothing(name, start_worker):
    project = a_project()
    run = a_run(project, version=a_version(project, provider="local"), documents=[a_document(project)])
    doomed = start_worker("local", env={"CLASSIFYHUB_FAILPOINT": name})
    tasks.dispatch(run.pk)
    wait_for(lambda: "SIGKILL" in doomed.log.read_text(), what="no process of the pool died")
    doomed.kill()

    minutes_pass()
    start_worker("local")
    bring_home(run)
    check_history(run)


@pytest.mark.parametrize(("name", "is_decided"), [("before_release", False), ("after_release", True)])
def test_a_web_server_killed_there_while_somebody_decides_keeps_all_of_it_or_nothing(name, is_decided):
    project = a_project()
    item = an_item(project, policy={"hold": True})
    by = a_member(project)
    held = review.claim(item, by=by)
    program = f"""
        import django
        django.setup()
        from classifyhub.accounts.models import User
        from jobs import review
        review.approve(review.load({item.pk}), token="{held.claim.token}", by=User.objects.get(pk={by.pk}))
    """
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "classifyhub.settings", "CLASSIFYHUB_FAILPOINT": name}
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], env=environment, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Review.objects.exists() == is_decided
    assert Job.objects.get().client_status == (Status.COMPLETED if is_decided else Status.RUNNING)

    done = review.approve(review.load(item.pk), token=held.claim.token, by=by)  # Enter again, on the page still shown
    assert Review.objects.get() == done
    assert Job.objects.get().client_status == Status.COMPLETED


@pytest.mark.parametrize(("queue", "fields"), [("local", {"provider": "local"}), ("call", {"provider": "echo"})])
def test_thirty_documents_survive_three_workers_killed_in_the_middle(queue, fields, start_worker):
    project, chance = a_project(), random.Random(7)
    documents = [a_document(project, content=f"INVOICE {n}, total due {n} EUR".encode() * 400) for n in range(30)]
    run = a_run(project, version=a_version(project, **fields), documents=documents)
    for _ in range(3):
        worker = start_worker(queue, concurrency=2)
        tasks.dispatch(run.pk)
        tasks.sweep()
        already = run.jobs.filter(status=Status.COMPLETED).count()
        wait_for(
            lambda already=already: run.jobs.filter(status=Status.COMPLETED).count() > min(already + 2, 25),
            what="nothing was done",
        )
        time.sleep(chance.random() / 10)
        worker.kill()
        minutes_pass()
    start_worker(queue, concurrency=2)
    bring_home(run)
    assert set(run.jobs.values_list("status", flat=True)) == {Status.COMPLETED}
    assert Result.objects.filter(job__run=run).count() == 30
    assert JobEvent.objects.filter(job__run=run, to_status=Status.COMPLETED).count() == 30

"""Five hundred documents to every provider while a third of all calls go wrong, workers are killed where it hurts, and
the broker is restarted and emptied. Each ends in an answer or in a reason, and none is paid for twice.

On PostgreSQL and Redis three workers send, on SQLite one does. The seed is printed, with a count for every promise."""

from __future__ import annotations

import io
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db.models import Q
from reportlab.pdfgen.canvas import Canvas

from jobs import failpoints
from jobs.models import Job, JobEvent, Reason, Result, Run, Status
from jobs.standins import Random, Standin, running_standin
from rules.models import Connection
from tests.support.chaos import Crew, FragileRedis, let_messages_be_lost, running_fragile_redis
from tests.support.factories import a_connection, a_document, a_member, a_project, a_run, a_version

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

SEED = 20_261
SHARE = 0.3
PROVIDERS = {  # how many documents go where; with the stand-in that answers
    "llamacloud_v2": (130, "llamacloud"),
    "llamacloud_v1": (90, "llamacloud"),
    "landingai": (100, "landingai"),
    "unsiloed": (80, "unsiloed"),
    "openai_compatible": (40, "openai"),
    "local": (60, ""),
}
IDEMPOTENT = {"llamacloud_v2", "local"}
DEADLY = [name for name in failpoints.NAMES if "release" not in name]  # a release is the web server's
TROUBLE_SECONDS = 100  # for which calls go on failing, at least
PATIENCE_SECONDS = 420
WAVES = len(DEADLY) + 1
MOST_TURNS = 200
FEW, LONG = 50, 120  # most documents meet the trouble, and that has an end
IS_TEAM = settings.CELERY_BROKER_URL.startswith("redis")


@pytest.fixture
def broker() -> Iterator[FragileRedis | None]:
    if not IS_TEAM:
        yield None
        return
    with running_fragile_redis() as server:
        yield server


@pytest.fixture
def standins() -> Iterator[dict[str, Standin]]:
    with ExitStack() as stack:
        started = {}
        for number, name in enumerate(sorted({standin for _count, standin in PROVIDERS.values() if standin})):
            standin = stack.enter_context(running_standin(name, answers="quick", thinks=0.5))
            standin.faults.start(Random(seed=SEED + number, share=SHARE))
            started[name] = standin
        yield started


@pytest.fixture
def crew(transactional_db, tmp_path, broker) -> Iterator[Crew]:
    env = {"CELERY_BROKER_URL": broker.url} if broker else {}
    crew = Crew(tmp_path, env, random.Random(SEED))
    try:
        yield crew
    finally:
        crew.close()


def a_pdf(number: int) -> bytes:
    """One page that no other document has."""
    written = io.BytesIO()
    canvas = Canvas(written, invariant=True)
    canvas.drawString(72, 720, "INVOICE")
    canvas.drawString(72, 700, f"Invoice number {number}, total due: {number}.00 EUR, a bill for one chair.")
    canvas.save()
    return written.getvalue()


def prepare(project, standins: dict[str, Standin]) -> Iterator[list[Run]]:
    """Launch an equal part of the documents with each step, so that there is work at every bad moment."""
    by, parts, numbers = a_member(project), [], itertools.count(1)
    for provider, (count, name) in PROVIDERS.items():
        connection = connect(project, provider, standins[name]) if name else None
        version = a_version(project, provider=provider, connection=connection)
        documents = []
        for number in itertools.islice(numbers, count):
            fields = {"name": f"{provider}-{number}.pdf", "media_type": "application/pdf", "page_count": 1}
            documents.append(a_document(project, content=a_pdf(number), **fields))
        parts.append((version, documents))
    for wave in range(WAVES):
        yield [a_run(project, by=by, version=version, documents=some[wave::WAVES]) for version, some in parts]


def connect(project, provider: str, standin: Standin) -> Connection:
    options = {"model": "stand-in", "deletes_copies": True}
    limits = {"deadline": 5, "calls_at_once": 12}
    return a_connection(
        project, provider, name=provider, base_url=standin.base_url, secret=standin.key, options=options, limits=limits
    )


def are_final() -> bool:
    return not Job.objects.open().exists()


def wait_for(condition: Callable[[], bool], *, seconds: float, what: Callable[[], object]) -> float:
    """How long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, what()
        time.sleep(0.5)
    return time.monotonic() - started


def state_of_things() -> list[tuple[object, ...]]:
    rows = Job.objects.open().values_list("version__provider", "status", "reason", "attempt", "error_message")
    return Counter(rows).most_common(20)


def ill_treat(crew: Crew, broker: FragileRedis | None, waves: Iterator[list[Run]]) -> list[Run]:
    """Each failpoint once, with fresh documents at each; kills at random in between, and the broker's bad day."""
    deadly, most, turn = list(DEADLY), 3 if IS_TEAM else 1, 0
    runs = next(waves)
    crew.dice.shuffle(deadly)
    ends_at = time.monotonic() + TROUBLE_SECONDS
    while deadly or crew.doomed or time.monotonic() < ends_at or (Job.objects.open().count() > FEW and turn < LONG):
        crew.notice_dead()
        while len(crew.callers) < most:
            if deadly:
                runs += next(waves, [])
            crew.start_caller(deadly.pop() if deadly else "")
        turn += 1
        if turn % 8 == 0:
            crew.kill_somebody()
        if broker and turn == 10:
            broker.restart()
        if broker and turn == 20:
            broker.flush()
            let_messages_be_lost()
        time.sleep(1.5)
        assert turn < MOST_TURNS, crew.deaths
    return [*runs, *(run for wave in waves for run in wave)]


def test_whatever_breaks_every_document_comes_to_an_end_and_none_is_paid_for_twice(crew, broker, standins):
    crew.start_local()
    runs = ill_treat(crew, broker, prepare(a_project(), standins))
    for standin in standins.values():
        standin.faults.stop()
    crew.replace_all()
    let_messages_be_lost()
    seconds = wait_for(are_final, seconds=PATIENCE_SECONDS, what=state_of_things)
    report = check(runs, standins, crew)
    print(f"\nseed {SEED}, {'PostgreSQL and Redis' if IS_TEAM else 'SQLite'}")
    print(*(f"{count:>6}  {promise}" for promise, count in report.items()), sep="\n")
    print(f"{seconds:6.0f}  seconds from the last fault to the last answer")


def check(runs: list[Run], standins: dict[str, Standin], crew: Crew) -> dict[str, int]:
    """Every promise with its count."""
    jobs = Job.objects.filter(run__in=runs)
    reasons = Counter(jobs.values_list("status", "reason"))
    assert sum(reasons.values()) == 500
    assert not jobs.exclude(status__in=(Status.COMPLETED, Status.FAILED)).exists()
    assert not Run.objects.filter(finished_at__isnull=True).exists()
    assert not jobs.filter(status=Status.FAILED).filter(Q(reason="") | Q(reason=Reason.INTERNAL)).exists(), reasons

    results = Counter(Result.objects.filter(job__run__in=runs).values_list("job_id", flat=True))
    assert set(results) == set(jobs.filter(status=Status.COMPLETED).values_list("pk", flat=True))
    assert set(results.values()) == {1}

    completions = JobEvent.objects.filter(job__in=jobs, to_status=Status.COMPLETED)
    assert completions.count() == len(results)

    taken = Counter(taken.sha256 for standin in standins.values() for taken in standin.accepted)
    names = dict(jobs.values_list("document__blob__sha256", "version__provider"))
    twice = Counter(names.get(sha256, "?") for sha256, count in taken.items() if count > 1)
    assert not twice, twice
    files = (one.sha256 for name, standin in standins.items() if name != "openai" for one in standin.accepted)
    assert set(files) <= names.keys()  # each was taken as it is, so that one taken twice would have shown

    blocked = [
        job for job in jobs.filter(queue=Job.Queue.CALL) if int(job.worker.rpartition("-")[2] or 0) in crew.local_pids
    ]
    assert not blocked
    assert jobs.filter(version__provider="local", status=Status.COMPLETED).count() == PROVIDERS["local"][0]
    assert set(crew.deaths) >= set(DEADLY), crew.deaths

    unanswered = jobs.filter(status=Status.FAILED, document__blob__sha256__in=list(taken))
    lost = unanswered.exclude(version__provider__in=IDEMPOTENT).exclude(reason=Reason.OUTCOME_UNKNOWN)
    return {
        "documents": sum(reasons.values()),
        "answered": len(results),
        "failed with a reason": jobs.filter(status=Status.FAILED).count(),
        "of these shown as outcome unknown": jobs.filter(reason=Reason.OUTCOME_UNKNOWN).count(),
        "accepted by a provider without keys, not answered, and not shown as unknown": lost.count(),
        "accepted twice by a provider with idempotency keys": twice["llamacloud_v2"],
        "accepted twice by a provider without": sum(twice.values()) - twice["llamacloud_v2"],
        "running without a due time": jobs.filter(status=Status.RUNNING, next_action_at__isnull=True).count(),
        "remote jobs on a worker for this machine's work": len(blocked),
        "calls that went wrong": sum(sum(standin.faults.counts.values()) for standin in standins.values()),
        "calls": sum(len(standin.requests) for standin in standins.values()),
        "workers killed": sum(crew.deaths.values()),
    }

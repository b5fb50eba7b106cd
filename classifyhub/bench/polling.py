"""What it takes to bring thousands of remote answers home: our polling, one task per job, and the vendor's own SDK.

All three ask the same stand-in, which answers after 50 ms and stands in a process of its own. Jobs think for 20 to 60
seconds; some are through at once. Ours is asked for all of them at a time. The other two keep their own pace only with
fewer: on more jobs than these machines can ask for one by one they fall behind, which looks like thrift. The SDK is
measured both ways, with a thread for each job as it is meant, and with all jobs on a pool of threads."""

from __future__ import annotations

import heapq
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.core.management import call_command

from classifyhub.accounts.models import User
from classifyhub.bench import desks
from classifyhub.bench.accepting import add_accepted
from classifyhub.bench.figures import Aim, Figure, SkippedError, Spread, compare, percentile
from classifyhub.bench.vendors import Times, Vendor, connect, publish_remote, running_vendor
from classifyhub.clock import database_now
from jobs import polling, sweeper
from jobs.models import Job, Run, Status
from jobs.states import FIRST_POLL_SECONDS
from rules.models import PresetVersion, ProviderName

LATENCY = 0.05
READY = 0.05  # the share that is through before it is asked for
SWEEP_EVERY = 10.0
ALONE_AT_ONCE = 20  # threads of the worker that runs one task per job
LINE = "llama_cloud_2"


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor and wall seconds, and when each answer was home, by the vendor's id of the job."""

    processor: float
    wall: float
    home: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Course:
    """How one scheme went with ``jobs`` jobs, whose times at the vendor are known by its ids."""

    jobs: int
    spent: Spent
    requests: int
    times: Mapping[str, Times]

    @property
    def requests_a_job(self) -> float:
        """Of what the vendor counted."""
        return self.requests / self.jobs

    @property
    def processor_a_job(self) -> float:
        """Milliseconds of the process that polls."""
        return self.spent.processor / self.jobs * 1000

    @property
    def wall_a_job(self) -> float:
        """Milliseconds until all are home, by the number of jobs."""
        return self.spent.wall / self.jobs * 1000

    def late(self) -> Iterator[tuple[float, float]]:
        """How long each answer that was waited for came home after its end at the vendor: in seconds, and in intervals
        of ours at the age that the job had then."""
        for job, at in self.spent.home.items():
            times = self.times[job]
            if times.ended_at is not None and times.own >= 1:
                seconds = at - times.ended_at
                yield seconds, seconds / polling.interval_at(times.own)


def measure(*, jobs: int, few: int, threads: int, least: int, most: int) -> list[Figure]:
    """Ours, one task per job, the SDK with a thread for each job, the SDK with all jobs on a pool of threads."""
    python = _find_sdk()
    call_command("prepare", verbosity=0)
    user = User.objects.get()
    project = user.memberships.get().project
    with running_vendor("llamacloud", latency=LATENCY) as vendor:
        version = publish_remote(connect(project, vendor, ProviderName.LLAMACLOUD_V2, name="Bench", by=user), by=user)
        course = partial(_measure, vendor, least=least, most=most)
        ours = course(jobs, partial(_run_ours, version, user))
        through = course(few, partial(_run_ours, version, user), ready=1.0)
        alone = course(few, partial(_run_one_by_one, version, user))
        with _sdk(python, vendor, threads=few) as run_sdk:
            each = course(few, run_sdk)
        with _sdk(python, vendor, threads=threads) as run_sdk:
            pool = course(jobs, run_sdk)
    return list(_figures(ours, through, alone=alone, each=each, pool=pool))


def _find_sdk() -> Path:
    python = desks.ROOT / ".venv-sdks" / LINE / "bin" / "python"
    if not python.exists():
        raise SkippedError("the vendors' SDKs are not installed: make sdks")
    return python


def _measure(
    vendor: Vendor, jobs: int, run: Callable[[Sequence[str]], Spent], *, least: int, most: int, ready: float = READY
) -> Course:
    spent = run(vendor.launch(jobs, least=least, most=most, ready=ready))
    return Course(jobs, spent, vendor.requests(), vendor.times())


def _run_ours(version: PresetVersion, user: User, ids: Sequence[str]) -> Spent:
    """As a worker does it: a loop at a time, started again at once where it says so, else by the next sweep."""
    run = add_accepted(version, ids, name="Ours", by=user)
    with _spending() as spent:
        while _is_open(run):
            swept = time.monotonic()
            for provider, connection_id in sweeper.connections_to_poll():
                while polling.poll(provider, connection_id):
                    pass
            if _is_open(run):
                time.sleep(max(0.0, swept + SWEEP_EVERY - time.monotonic()))
    return spent(run)


def _run_one_by_one(version: PresetVersion, user: User, ids: Sequence[str]) -> Spent:
    """One task per job, without what a broker would add: each asks for its own job, and comes back when it is due."""
    run = add_accepted(version, ids, name="One by one", by=user)
    first = time.monotonic() + FIRST_POLL_SECONDS
    due = [(first, job, str(remote_id)) for job, remote_id in run.jobs.values_list("pk", "submission__remote_id")]
    with _spending() as spent, ThreadPoolExecutor(ALONE_AT_ONCE) as threads:
        asking: set[Future[tuple[float, int, str] | None]] = set()
        while due or asking:
            while due and due[0][0] <= time.monotonic():
                asking.add(threads.submit(_ask_alone, *heapq.heappop(due)[1:]))
            time.sleep(0.01)
            done = {task for task in asking if task.done()}
            asking -= done
            for again in filter(None, (task.result() for task in done)):
                heapq.heappush(due, again)
    return spent(run)


def _ask_alone(job: int, remote_id: str) -> tuple[float, int, str] | None:
    """One look at one job; when to look again, none when it is over."""
    polling.poll_batch([(job, remote_id)])
    due = Job.objects.filter(pk=job, status=Status.RUNNING).values_list("next_action_at", flat=True).first()
    if due is None:
        return None
    return time.monotonic() + (due - database_now()).total_seconds(), job, remote_id


@contextmanager
def _sdk(python: Path, vendor: Vendor, *, threads: int) -> Iterator[Callable[[Sequence[str]], Spent]]:
    """The SDK's wait loop, loaded and ready to be given jobs once. Its client keeps the answers in memory."""
    script = desks.ROOT / "tests" / "sdks" / LINE / "waiting.py"
    settings = {"WAIT_URL": vendor.url, "WAIT_KEY": vendor.key, "WAIT_THREADS": str(threads), "NO_PROXY": "127.0.0.1"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    with subprocess.Popen(
        [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept | settings
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe
        process.stdout.readline()

        def run(ids: Sequence[str]) -> Spent:
            answer = json.loads(process.communicate(" ".join(ids) + "\n")[0])
            return Spent(answer["processor"], answer["wall"], answer["seen"])

        yield run


@contextmanager
def _spending() -> Iterator[Callable[[Run], Spent]]:
    """What this process spends inside; asked for with the run whose answers came home meanwhile."""
    started, spent = time.monotonic(), time.process_time()
    seconds: dict[str, float] = {}

    def find(run: Run) -> Spent:
        stored = run.jobs.filter(status=Status.COMPLETED).values_list("submission__remote_id", "finished_at")
        home = {str(remote_id): at.timestamp() for remote_id, at in stored if at}
        if len(home) != run.jobs.count():
            raise RuntimeError("not every answer came home")
        return Spent(home=home, **seconds)

    yield find
    seconds |= {"processor": time.process_time() - spent, "wall": time.monotonic() - started}


def _is_open(run: Run) -> bool:
    return run.jobs.filter(status=Status.RUNNING).exists()


def _figures(ours: Course, through: Course, *, alone: Course, each: Course, pool: Course) -> Iterator[Figure]:
    others = {"SDK, a thread a job": each, "SDK, a pool": pool, "a task a job": alone}
    for measured, unit, aim in (
        ("requests_a_job", "requests", Aim(1 / 50, of_ratio=True)),
        ("processor_a_job", "ms", Aim(1 / 10, of_ratio=True)),
        ("wall_a_job", "ms", None),
    ):
        for name, other in others.items():
            yield compare(
                measured.replace("_", " "),
                [getattr(ours, measured)],
                [getattr(other, measured)],
                unit=unit,
                beside=f"{unit} {name}",
                aim=aim if other is each else None,
            )
    value = Spread.of([through.processor_a_job])
    yield Figure(name="of it the last look, and keeping the answer", value=value, unit="ms")
    yield from _lateness("ours", ours, aim=Aim(1))
    for name, other in others.items():
        yield from _lateness(name, other)


def _lateness(name: str, course: Course, aim: Aim | None = None) -> Iterator[Figure]:
    seconds, intervals = zip(*course.late(), strict=True)
    yield Figure(name=f"home after, p50, {name}", value=Spread.of([percentile(seconds, 0.5)]), unit="s")
    yield Figure(name=f"home after, p95, {name}", value=Spread.of([percentile(seconds, 0.95)]), unit="s")
    value = Spread.of([percentile(intervals, 0.95)])
    yield Figure(name=f"in poll intervals, p95, {name}", value=value, unit="intervals", aim=aim)

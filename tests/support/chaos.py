"""A desk that is ill-treated: workers that are killed, a broker that goes away, providers that fail."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
from django.db.models import Q

from classifyhub.clock import in_seconds
from jobs.models import Job, Poller, Status
from tests.support.programs import find_program, free_port
from tests.support.workers import Worker, running_worker

READY_SECONDS = 30


class FragileRedis:
    """A Redis with an append-only file, as docker-compose.yml has it, that can be killed and comes back."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "yes", "dir": self._folder}
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        binary = find_program("redis-server", package="redis-server")
        self._process = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "Redis did not come up"
            time.sleep(0.1)

    def restart(self) -> None:
        """As after a power cut."""
        self.stop()
        self.start()

    def flush(self) -> None:
        """Every message is gone."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def running_fragile_redis() -> Iterator[FragileRedis]:
    with tempfile.TemporaryDirectory(prefix="classifyhub-chaos-") as folder:
        server = FragileRedis(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass
class Crew:
    """Workers of both queues, some of which are killed and replaced. ``deaths`` says where each died."""

    folder: Path
    env: dict[str, str]
    dice: random.Random
    stack: ExitStack = field(default_factory=ExitStack)
    callers: list[tuple[Worker, str]] = field(default_factory=list)
    local_pids: set[int] = field(default_factory=set)
    deaths: dict[str, int] = field(default_factory=dict)

    def start_local(self) -> None:
        """The worker of this machine's own work, which runs the clock as well, and is left in peace."""
        worker = self._start("local", with_clock=True)
        self.local_pids = {worker.pid, *_children(worker.pid)}

    def start_caller(self, failpoint: str = "") -> None:
        env = {"CLASSIFYHUB_FAILPOINT": failpoint} if failpoint else {}
        worker = self._start("call", concurrency=8, env=env, is_awaited=not failpoint)
        self.callers.append((worker, failpoint))

    @property
    def doomed(self) -> int:
        """How many have their death before them."""
        return sum(bool(failpoint) for _worker, failpoint in self.callers)

    def kill_somebody(self) -> None:
        """At whatever it is doing: one that would have lived."""
        healthy = [pair for pair in self.callers if not pair[1]]
        if healthy:
            chosen = self.dice.choice(healthy)
            self.callers.remove(chosen)
            chosen[0].kill()
            self._bury(chosen[0], "at random")

    def replace_all(self) -> None:
        """End the living gently, and start one that is left in peace."""
        for worker, _failpoint in self.callers:
            worker.stop()
        self.callers.clear()
        self.start_caller()

    def notice_dead(self) -> int:
        """Replace nobody yet: only take those who reached their failpoint from the list. How many they were."""
        dead = [pair for pair in self.callers if pair[0].process.poll() is not None]
        for worker, failpoint in dead:
            assert worker.process.returncode == -signal.SIGKILL, worker.log.read_text()[-2000:]
            self.callers.remove((worker, failpoint))
            self._bury(worker, failpoint)
        return len(dead)

    def _start(self, queue: str, *, env: dict[str, str] | None = None, **options) -> Worker:
        return self.stack.enter_context(
            running_worker(queue, folder=self.folder, env={**self.env, **(env or {})}, **options)
        )

    def _bury(self, worker: Worker, where: str) -> None:
        """Minutes pass for what the dead held: its leases run out."""
        self.deaths[where] = self.deaths.get(where, 0) + 1
        held = Job.objects.filter(lease_until__isnull=False, worker__endswith=f"-{worker.pid}")
        held.update(lease_until=in_seconds(-1), next_action_at=in_seconds(-1))
        Poller.objects.update(lease_until=in_seconds(-1))

    def close(self) -> None:
        """End the living; the dead are known to be dead."""
        self.stack.close()


def let_messages_be_lost() -> None:
    """A minute passes: messages that led to nothing are taken for lost."""
    late = Job.objects.filter(Q(status=Status.PENDING), enqueued_at__isnull=False)
    late.update(enqueued_at=in_seconds(-61))


def _children(pid: int) -> set[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(child) for child in listed.read_text().split()} if listed.exists() else set()

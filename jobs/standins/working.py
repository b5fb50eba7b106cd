"""The background of a stand-in: who answers, and when a job is through."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from jobs.standins.answering import Answering, Document, Question, Verdict
from jobs.standins.store import Job, Stage, Store

WORKERS = 2


class Work:
    """Takes jobs from waiting to done. An answer is made at once and kept back until ``thinks`` seconds have passed
    since the job came, so that thousands of jobs can think at the same time."""

    def __init__(self, store: Store, answering: Answering, *, thinks: float) -> None:
        self.thinks = thinks
        self._store = store
        self._answering = answering
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="standin-work")
        self._alarm = Alarm()

    def close(self) -> None:
        """Stop; jobs that are not through stay as they are."""
        self._alarm.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._answering.close()

    def launch(self, job: Job, *, on_move: Callable[[Job], None] = lambda _job: None) -> None:
        """Work on ``job``; ``on_move`` is called after each change of its stage, with the job as it then is."""
        due = time.monotonic() + self.thinks
        on_move(job)
        self._pool.submit(self._work, job, due, on_move)

    def answer(self, document: Document, question: Question) -> Verdict:
        """Answer within the call, after ``thinks`` seconds at the earliest."""
        started = time.monotonic()
        verdict = self._answering.answer(document, question)
        self._alarm.wait(started + self.thinks - time.monotonic())
        return verdict

    def _work(self, job: Job, due: float, on_move: Callable[[Job], None]) -> None:
        if not self._store.move(job, Stage.WORKING):
            return
        on_move(job)
        verdicts = tuple(self._answer(document, job.question) for document in job.documents)
        stage = Stage.FAILED if all(verdict.error for verdict in verdicts) else Stage.DONE

        def finish() -> None:
            if self._store.move(job, stage, verdicts=verdicts):
                on_move(job)

        self._alarm.at(due, finish)

    def _answer(self, document: Document, question: Question) -> Verdict:
        try:
            return self._answering.answer(document, question)
        except Exception as error:  # noqa: BLE001 - a job whose answer cannot be made fails; it must not stay for ever
            return Verdict(error=f"Internal error: {error!r}", code="fault")


class Alarm:
    """Calls what is due, from one thread of its own."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def at(self, moment: float, call: Callable[[], None]) -> None:
        """Call at ``moment`` of the monotonic clock; at once, in this thread, when that is past."""
        if moment <= time.monotonic():
            call()
            return
        with self._changed:
            heapq.heappush(self._due, (moment, next(self._count), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="standin-alarm", daemon=True)
                self._thread.start()
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Wait in the caller's thread, no longer than until closing."""
        if seconds > 0:
            self._is_closing.wait(seconds)

    def close(self) -> None:
        """Call nothing any more."""
        self._is_closing.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closing.is_set():
            call = self._next()
            if call is not None:
                call()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[2]
            if not self._is_closing.is_set():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            return None

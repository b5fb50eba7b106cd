"""How many documents a second go from upload to answer, against how many tasks that do nothing the same workers run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from classifyhub.accounts.models import User
from classifyhub.bench import desks
from classifyhub.bench.figures import Aim, Figure, Spread, compare
from classifyhub.bench.filling import publish_echo
from classifyhub.bench.visiting import Visitor, wait_for, write_letters
from classifyhub.celery import app
from jobs.models import Document, Run
from rules.models import PresetVersion

LOOK_EVERY = 0.02  # seconds
NOOP = "celery.accumulate"  # a task that Celery brings along: it hands back what it is given
WARM_UP = 8


@dataclass(frozen=True, slots=True)
class Times:
    """When one round's last file was in, was checked, and was answered: seconds from its first upload."""

    documents: int
    uploaded: float
    checked: float
    answered: float

    @property
    def whole(self) -> float:
        """Documents a second, from the first upload to the last answer."""
        return self.documents / self.answered

    @property
    def after_launch(self) -> float:
        """The same from the launch on."""
        return self.documents / (self.answered - self.checked)


class Spending:
    """Processor milliseconds a piece, by program, over the rounds of one kind of work."""

    def __init__(self, desk: psutil.Process) -> None:
        self.rounds: list[dict[str, float]] = []
        self._desk = desk

    @contextmanager
    def on(self, pieces: int) -> Iterator[None]:
        """What the desk spends inside is for so many pieces."""
        before = self._spent()
        yield
        after = self._spent()
        self.rounds.append({name: (after[name] - before.get(name, 0.0)) / pieces * 1000 for name in after})

    def _spent(self) -> dict[str, float]:
        return {name: desks.processor_seconds(found) for name, found in desks.programs(self._desk).items()}


def measure(*, documents: int, noops: int, rounds: int) -> list[Figure]:
    """In turns: no-ops, documents, no-ops, documents."""
    with desks.running_desk() as desk, desks.first_visitor() as visitor:
        user = User.objects.get()
        version = publish_echo(user.memberships.get().project, by=user)
        _classify(visitor, version, WARM_UP)
        _run_noops(WARM_UP)
        on_noops, on_documents = Spending(desk), Spending(desk)
        bare, passed = [], []
        for _round in range(rounds):
            with on_noops.on(noops):
                bare.append(_run_noops(noops))
            with on_documents.on(documents):
                passed.append(_classify(visitor, version, documents))
    return [*_speeds(bare, passed), *_spending(on_noops.rounds, on_documents.rounds)]


def _speeds(bare: list[float], passed: list[Times]) -> Iterator[Figure]:
    whole, after_launch = [times.whole for times in passed], [times.after_launch for times in passed]
    unit, beside, aim = "documents/s", "no-op tasks/s", Aim(0.25, is_least=True, of_ratio=True)
    yield compare("upload to answer", whole, bare, unit=unit, beside=beside, aim=aim)
    yield compare("launch to answer", after_launch, bare, unit=unit, beside=beside)
    shares = {
        "until the last file is in": [times.uploaded for times in passed],
        "from there until the last is checked": [times.checked - times.uploaded for times in passed],
        "from launch until the last is answered": [times.answered - times.checked for times in passed],
    }
    for name, seconds in shares.items():
        yield Figure(name=name, value=Spread.of(seconds), unit="s")


def _spending(on_noops: list[dict[str, float]], on_documents: list[dict[str, float]]) -> Iterator[Figure]:
    """The servers of database and broker spend besides; the embedded ones are libraries, and so within."""
    for name in ("web", "worker local", "worker call"):
        yield Figure(
            name=f"processor time a document, {name}",
            value=Spread.of(spent[name] for spent in on_documents),
            unit="ms",
            baseline=Spread.of(spent[name] for spent in on_noops),
            beside="ms a no-op",
        )


def _classify(visitor: Visitor, version: PresetVersion, documents: int) -> Times:
    """One drop, launched by hand once all is checked, as the page does."""
    started = time.monotonic()
    batch = visitor.announce(documents)
    visitor.send(batch, write_letters(documents))
    uploaded = time.monotonic()
    unchecked = Document.objects.filter(check_state=Document.Check.PENDING)
    wait_for(lambda: not unchecked.exists(), what="all files checked", every=LOOK_EVERY)
    checked = time.monotonic()
    run = Run.objects.filter(uid=visitor.launch(batch, str(version.uid)).rstrip("/").rpartition("/")[2])
    done = run.filter(finished_at__isnull=False)
    wait_for(done.exists, what="all documents answered", every=LOOK_EVERY)
    answered = time.monotonic()
    return Times(documents, uploaded - started, checked - started, answered - started)


def _run_noops(count: int) -> float:
    """Tasks a second through the queue that calls providers, where the documents of this benchmark go too: from the
    first that is sent until the last is acknowledged."""
    started = time.monotonic()
    for _number in range(count):
        app.send_task(NOOP, queue="call")
    wait_for(lambda: not desks.open_messages("call"), what="all no-ops run", every=LOOK_EVERY)
    return count / (time.monotonic() - started)

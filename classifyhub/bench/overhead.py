"""What a remote job takes beyond the provider's own time, from its launch to its stored answer.

A desk as people run it sends few documents at a time, so that none waits for another, to stand-ins that think for a
second and answer each call after 50 ms: one that is polled, the same with its own reports, and one that answers within
the call. The provider's own time is what its stand-in says: from taking the document until it is through. What its
calls take beside that is ours to pay for, and counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from classifyhub.accounts.models import User
from classifyhub.bench import desks
from classifyhub.bench.figures import Figure, Spread, percentile
from classifyhub.bench.vendors import Vendor, connect, publish_remote, running_vendor
from classifyhub.bench.visiting import Visitor, wait_for
from jobs.models import Document, Job, Run, Status
from rules.models import Connection, PresetVersion, ProviderName
from tests.engine.documents import draw_text_pdf

LATENCY, THINKS = 0.05, 1.0
LOOK_EVERY = 0.05  # seconds


def measure(*, documents: int, rounds: int) -> list[Figure]:
    """``rounds`` runs of ``documents`` documents each way."""
    os.environ["CLASSIFYHUB_PUBLIC_URL"] = desks.address()  # without one no vendor is asked for reports
    with ExitStack() as stack:
        llamacloud, landingai = (
            stack.enter_context(running_vendor(name, latency=LATENCY, thinks=THINKS))
            for name in ("llamacloud", "landingai")
        )
        stack.enter_context(desks.running_desk())
        visitor = stack.enter_context(desks.first_visitor())
        ways = {
            "polled": (_version(llamacloud, ProviderName.LLAMACLOUD_V2, "Polled"), llamacloud),
            "polled, with reports": (_version(llamacloud, ProviderName.LLAMACLOUD_V2, "Reporting"), llamacloud),
            "answers within the call": (_version(landingai, ProviderName.LANDINGAI, "Within"), landingai),
        }
        Connection.objects.filter(name="Polled").update(hook_secret="")
        for version, _vendor in ways.values():
            _classify(visitor, version, 1)  # what is loaded on first use is loaded
        figures: list[Figure] = []
        for name, (version, vendor) in ways.items():
            runs = [_classify(visitor, version, documents) for _round in range(rounds)]
            figures += _figures(name, sorted(_overheads(runs, _own_time(vendor))))
    return figures


def _version(vendor: Vendor, provider: str, name: str) -> PresetVersion:
    user = User.objects.get()
    return publish_remote(connect(user.memberships.get().project, vendor, provider, name=name, by=user), by=user)


def _classify(visitor: Visitor, version: PresetVersion, documents: int) -> Run:
    """One drop, launched once all is checked; the run when it is through."""
    batch = visitor.announce(documents)
    visitor.send(batch, _write_invoices(documents))
    unchecked = Document.objects.filter(check_state=Document.Check.PENDING)
    wait_for(lambda: not unchecked.exists(), what="all files checked", every=LOOK_EVERY)
    run = Run.objects.get(uid=visitor.launch(batch, str(version.uid)).rstrip("/").rpartition("/")[2])
    done = Run.objects.filter(pk=run.pk, finished_at__isnull=False)
    wait_for(done.exists, what="all documents answered", every=LOOK_EVERY)
    return run


def _write_invoices(count: int) -> Iterator[bytes]:
    for _number in range(count):
        yield draw_text_pdf(f"INVOICE\nInvoice number {os.urandom(8).hex()}\nAmount due 119.00")


def _own_time(vendor: Vendor) -> Callable[[Job], float]:
    """Of one that answers within the call, what it thinks and its one answer takes."""
    times = vendor.times_by_key()

    def find(job: Job) -> float:
        known = times.get(f"{job.uid}-{job.submission_number}")
        return known.own if known else THINKS + LATENCY

    return find


def _overheads(runs: list[Run], own_time: Callable[[Job], float]) -> Iterator[float]:
    jobs = Job.objects.filter(run__in=runs)
    if jobs.exclude(status=Status.COMPLETED).exists():
        raise RuntimeError("not every document was answered")
    for job in jobs:
        if job.finished_at is not None:
            yield (job.finished_at - job.created_at).total_seconds() - own_time(job)


def _figures(name: str, overheads: list[float]) -> Iterator[Figure]:
    for share in (0.5, 0.95):
        value = Spread.of([percentile(overheads, share)])
        yield Figure(name=f"{name}: p{share * 100:.0f} of {len(overheads)}", value=value, unit="s")

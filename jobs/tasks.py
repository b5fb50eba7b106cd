"""What workers run. A message only says "look at this": the database holds the truth, a message delivered twice does
no harm, and one that is lost is sent again by the sweeper."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from classifyhub.accounts.models import User
from classifyhub.clock import database_now
from jobs import (
    batches,
    checks,
    erasure,
    errands,
    fetching,
    leases,
    pipeline,
    polling,
    providers_registry,
    rendering,
    resolving,
    states,
    storage,
    sweeper,
    unpacking,
    uploads,
    withdrawing,
)
from jobs.models import Document, Errand, Job, Reason, Run, Status
from jobs.providers.base import ProviderError
from jobs.remote import copies
from rules.models import Connection

logger = logging.getLogger(__name__)

DISPATCHED_AT_ONCE = 200
SOON_SECONDS = 45
TIDY_SECONDS = 600


@shared_task
def check_document(document_id: int) -> None:
    """Look into a staged document. The last look of a batch launches it, where its person asked for that."""
    document = checks.check(document_id) or Document.objects.filter(pk=document_id).first()
    _launch_when_checked(document)


@shared_task
def unpack_document(document_id: int) -> None:
    """Stage what an archive holds, for some seconds; the rest queues up again behind whatever came meanwhile."""
    for document in unpacking.unpack(document_id):
        go_on(document.pk)
    go_on(document_id)


@shared_task
def fetch_document(document_id: int) -> None:
    """Fetch a staged document from its address (queue ``call``)."""
    fetching.fetch(document_id)
    go_on(document_id)


def go_on(document_id: int) -> None:
    """Send what comes next for a staged document. Where nothing does, the batch may be ready to launch."""
    document = Document.objects.filter(pk=document_id).select_related("errand").first()
    if document is None:
        return
    errand = getattr(document, "errand", None)
    if errand is not None:
        if errands.is_due(errand):
            send(ERRANDS[errand.kind], document_id)
    elif document.check_state == Document.Check.PENDING:
        send(check_document, document_id)
    else:
        _launch_when_checked(document)


ERRANDS = {Errand.Kind.UNPACK.value: unpack_document, Errand.Kind.FETCH.value: fetch_document}


def _launch_when_checked(document: Document | None) -> None:
    run = batches.launch_when_checked(document.batch_id) if document and document.batch_id else None
    if run:
        send(dispatch, run.pk)


@shared_task
def draw_first_pages(run_id: int, after: int = 0) -> None:
    """Make page 1 and its thumbnail for the next few documents of a run, so that whoever opens them need not wait. The
    rest queues up again behind whatever came meanwhile: answers come first."""
    documents = rendering.next_to_draw(run_id, after=after)
    if documents:
        send(draw_first_pages, run_id, documents[-1].pk)
    for document in documents:
        rendering.draw_first_page(document)


@shared_task
def run_job(job_id: int) -> None:
    """Classify on this machine (queue ``local``). What was dropped meanwhile is looked into first: its person waits,
    and must not wait for a run of thousands that was queued before. A look that breaks keeps no job from its turn."""
    try:
        for document_id in checks.waiting():
            check_document(document_id)
    finally:
        pipeline.run(job_id)


@shared_task
def call_job(job_id: int) -> None:
    """Send to a provider (queue ``call``)."""
    job = pipeline.run(job_id, lease_seconds=pipeline.CALL_LEASE_SECONDS)
    if job is None:
        return
    if job.reason == Reason.WAITING and job.submission is not None:
        send(poll, job.submission.provider, job.submission.connection_id, countdown=1)
    elif job.status == Status.PENDING:
        _come_back(job)


def _come_back(job: Job) -> None:
    """Look again the moment it is due; a longer wait is the sweeper's: no message waits for over a minute."""
    due_at = Job.objects.filter(pk=job.pk, status=Status.PENDING).values_list("next_action_at", flat=True).first()
    seconds = (due_at - database_now()).total_seconds() if due_at else SOON_SECONDS + 1
    if seconds <= SOON_SECONDS:
        Job.objects.filter(pk=job.pk, status=Status.PENDING).update(enqueued_at=Now())
        send(call_job, job.pk, queue=job.queue, countdown=max(0.0, seconds))


@shared_task
def tidy_copies(connection_id: int) -> None:
    """Remove what a vendor need not keep any longer (queue ``call``). Where it does not let us, the lease is kept for
    its time, so that the next sweeps do not ask over and over."""
    key = f"tidy:{connection_id}"
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None or not leases.take(key, seconds=TIDY_SECONDS):
        return
    try:
        removed = copies.tidy(connection, providers_registry.remote(connection))
    except ProviderError as error:
        logger.warning("copies not removed", extra={"connection": str(connection.uid), "error": str(error)})
        return
    if removed:
        leases.give_back(key)
    if removed == copies.BATCH:
        send(tidy_copies, connection_id)


@shared_task
def withdraw(run_id: int) -> None:
    """Tell providers that what was cancelled is not wanted any more (queue ``call``)."""
    if withdrawing.withdraw(run_id):
        send(withdraw, run_id)


@shared_task
def dispatch(run_id: int) -> None:
    """Send one message for every queued job of a run; called once after the launch, so that the launch is short. The
    drawing of first pages queues up behind."""
    queued = Job.objects.filter(
        run_id=run_id, status=Status.PENDING, enqueued_at__isnull=True, next_action_at__lte=Now()
    )
    jobs = list(queued.values_list("pk", "queue").order_by("pk"))
    for start in range(0, len(jobs), DISPATCHED_AT_ONCE):
        batch = jobs[start : start + DISPATCHED_AT_ONCE]
        # Stamped before they are sent, so that a sweep meanwhile does not send them too.
        Job.objects.filter(pk__in=[job_id for job_id, _queue in batch]).update(enqueued_at=Now())
        if not all(enqueue(job_id, queue) for job_id, queue in batch):
            return
    if jobs:
        send(draw_first_pages, run_id)


@shared_task
def poll(provider: str, connection_id: int | None) -> None:
    """Ask one connection for everything that is due."""
    if polling.poll(provider, connection_id):
        send(poll, provider, connection_id)


@shared_task
def sweep() -> None:
    """Every ten seconds: mend, and send what is due."""
    found = sweeper.sweep()
    sent = (
        *(partial(enqueue, job_id, queue) for job_id, queue in found.due),
        *(partial(send, poll, *connection) for connection in found.connections),
        *(partial(send, settle_doubt, submission_id) for submission_id in found.doubts),
        *(partial(send, check_document, document_id) for document_id in checks.overdue()),
        *(partial(send, ERRANDS[kind], document_id) for kind, document_id in errands.due()),
        *(partial(send, tidy_copies, connection_id) for connection_id in copies.connections_to_tidy()),
    )
    all(message() for message in sent)  # while the broker is away the first one says so for all


@shared_task
def erase_cleared(batch_id: int) -> None:
    """Erase what was staged in a batch that its person cleared, some at a time."""
    if batches.erase_cleared(batch_id):
        send(erase_cleared, batch_id)


@shared_task
def erase_run(run_id: int, user_id: int, after: int = 0) -> None:
    """Finish what a person took away, some documents at a time (queue ``call``). What is lost of it is finished within
    the hour."""
    run = Run.objects.select_related("project").filter(pk=run_id).first()
    if run is None:
        return
    by = User.objects.filter(pk=user_id).first()
    if not after:
        for stopped_in in erasure.stop_taken_away(run, by=by):
            send(withdraw, stopped_in)
    last = erasure.go_on_erasing(run, by=by, after=after)
    if last is not None:
        send(erase_run, run_id, user_id, last)


@shared_task
def finish_erasing() -> None:
    """Once an hour: try again what could not be erased, and go on with what broke off (queue ``call``)."""
    erasure.finish()
    _withdraw_left()


@shared_task
def settle_doubt(submission_id: int) -> None:
    """Ask a provider what became of a submission whose worker was lost (queue ``call``)."""
    pipeline.settle_doubt(submission_id)


@shared_task
def look_again(job_id: int) -> None:
    """Ask a provider whether it has a document after all, for a person who waits (queue ``call``)."""
    unknown = Job.objects.filter(pk=job_id, status=Status.FAILED, reason=Reason.OUTCOME_UNKNOWN)
    job = unknown.select_related(*states.RELATED).first()
    try:
        if job is not None and resolving.look_again(job) and job.submission is not None:
            send(poll, job.submission.provider, job.submission.connection_id)
    finally:
        resolving.end(job_id)


@shared_task
def prune() -> None:
    """Once a day: erase what is past its retention, what nobody launched, and what was never finished."""
    erasure.prune()
    uploads.remove_abandoned()
    storage.remove_half_made()
    _withdraw_left()


def _withdraw_left() -> None:
    for run_id in withdrawing.runs_left():
        send(withdraw, run_id)


def send(task: Any, *arguments: object, **options: Any) -> bool:
    """Queue ``task``; false when the broker is away. For work that the sweeper, or whoever needs it, makes up for."""
    try:
        task.apply_async(arguments, **options)
    except OperationalError as error:
        logger.warning("broker away", extra={"task": task.name, "error": type(error).__name__})
        return False
    return True


def enqueue(job_id: int, queue: str) -> bool:
    """Say "look at job N" on its queue; false when the broker is away, which the sweeper makes up for."""
    return send(run_job if queue == Job.Queue.LOCAL else call_job, job_id, queue=queue)


def send_on_commit(task: Any, *arguments: object) -> None:
    """Queue ``task`` once the transaction around it holds, at once where there is none. A broker that is away must not
    turn what was written into an error page."""
    transaction.on_commit(partial(send, task, *arguments))

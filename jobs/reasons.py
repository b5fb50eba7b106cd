"""What people read where a job has no type yet, or none at all: the cause and the next step, two short sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job, Reason, ReviewItem, Status
from rules.models import PresetVersion

STEPS = {
    Reason.ENCRYPTED: gettext_lazy("Ask the sender for an open copy."),
    Reason.EMPTY: gettext_lazy("Export it again where it came from."),
    Reason.UNREADABLE: gettext_lazy("Ask for the file again, or decide it by hand."),
    Reason.TOO_LARGE: gettext_lazy("Split it, or decide it by hand."),
    Reason.NO_LOCAL_READER: gettext_lazy("Classify it with another provider, or save it as PDF."),
    Reason.TIMED_OUT: gettext_lazy("Retry, or decide it by hand."),
    Reason.REJECTED: gettext_lazy("Decide it by hand, or classify it with another provider."),
    Reason.BAD_CREDENTIALS: gettext_lazy("Mend the connection, then retry."),
    Reason.OUT_OF_CREDIT: gettext_lazy("Add credit at the provider, then retry."),
    Reason.CONTRACT_BROKEN: gettext_lazy("Retry. If it stays, the provider has changed its answers."),
    Reason.UNAVAILABLE: gettext_lazy("Retry when the provider is back."),
    Reason.RATE_LIMITED: gettext_lazy("Retry later."),
    Reason.WORKER_LOST: gettext_lazy("Retry. Its worker was lost five times."),
    Reason.OUTCOME_UNKNOWN: gettext_lazy("Look at the provider before it is sent again."),
    Reason.INTERNAL: gettext_lazy("Retry. The log of the worker says more."),
}

# The document stays as it is, and here so does what becomes of it, unless another provider can do more with it.
FOR_ANOTHER_PROVIDER = frozenset({Reason.UNREADABLE, Reason.TOO_LARGE, Reason.NO_LOCAL_READER})
OF_NO_USE = frozenset({Reason.ENCRYPTED, Reason.EMPTY})  # to any provider
# Trying again is for nothing, or may be billed twice, which a person decides one by one.
NOT_RETRIED = FOR_ANOTHER_PROVIDER | OF_NO_USE | {Reason.OUTCOME_UNKNOWN}


def may_pass(job: Job) -> bool:
    """Whether a FAILED job is worth a retry."""
    return job.status == Status.FAILED and job.reason not in NOT_RETRIED


def cause_of(job: Job) -> str:
    """The short words for a table cell: why the job is where it is."""
    if job.status == Status.PENDING and job.attempt > 1 and job.reason != Reason.QUEUED:
        return _("%(reason)s, tried again soon") % {"reason": Reason(job.reason).label}
    return str(Reason(job.reason).label or Status(job.status).label)


def next_step(job: Job) -> str:
    """What a person can do about a FAILED job; empty where nothing is left to do."""
    return str(STEPS.get(Reason(job.reason), "")) if job.status == Status.FAILED else ""


def why_no_answer(item: ReviewItem) -> str:
    """Why there is no answer to decide on, and the next step; empty where there is one, or where ``why_waiting`` says
    it already."""
    if item.current_result is None:
        return f"{cause_of(item.job)}. {next_step(item.job)}".strip()
    is_said = item.why == ReviewItem.Why.NO_TEXT and item.status == ReviewItem.State.WAITING
    return "" if item.current_result.has_answer or is_said else _("It has no text to go by.")


def why_waiting(item: ReviewItem, version: PresetVersion) -> str:
    """Why the machine's answer was not simply taken, in one sentence."""
    threshold = version.policy.get("auto_approve_at")
    if item.status == ReviewItem.State.ESCALATED:
        return _("Escalated: %(note)s") % {"note": item.note} if item.note else _("Escalated")
    if item.why in _WHY_UNSURE and _is_unsure(item):
        return str(_WHY_UNSURE[ReviewItem.Why(item.why)])
    if item.why == ReviewItem.Why.BELOW and threshold is not None:
        return _("Below the %(percent)s this preset asks for") % {"percent": f"{threshold:.0%}"}
    if item.why == ReviewItem.Why.REOPENED and item.note:
        return _("Reopened: %(note)s") % {"note": item.note}
    return str(ReviewItem.Why(item.why).label) if item.why else str(ReviewItem.State(item.status).label)


# Where the answer is only the likeliest one.
_WHY_UNSURE = {
    ReviewItem.Why.BELOW: gettext_lazy("Unsure: the likeliest type, though under 50%"),
    ReviewItem.Why.NO_MATCH: gettext_lazy("Unsure whether a rule fits"),
}


def _is_unsure(item: ReviewItem) -> bool:
    """Whether the answer is more likely wrong than right."""
    confidence = item.current_result.confidence if item.current_result else None
    return confidence is not None and confidence < 0.5

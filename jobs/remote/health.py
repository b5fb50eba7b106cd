"""How connections fare, for the people who look after them, and the test that makes one real call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Now

from classifyhub.accounts.models import Project
from classifyhub.clock import database_now
from jobs import providers_registry
from jobs.models import ConnectionDay, ConnectionState, Job, Reason, Status
from jobs.providers.base import Checkup, ProviderError, WrongAddressError
from jobs.remote import circuits, copies, usage
from rules import connections
from rules.models import Connection

_REFUSED = {Reason.BAD_CREDENTIALS: "refused", Reason.OUT_OF_CREDIT: "out_of_credit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One connection as its row shows it. ``state`` is one of "ready", "untested", "refused", "out_of_credit", "down",
    "failing", "rate_limited", "over_cap", "unreadable"; ``until`` is when it goes on by itself; ``calls_a_job`` is of
    this month, null before the first document; ``copies_left`` is what should be gone there and is not yet,
    ``quota_left`` what the vendor said last that the account has left, null where it says nothing."""

    connection: Connection
    state: str
    until: datetime | None = None
    seen_at: datetime | None = None
    said: str = ""
    credits_today: Decimal = Decimal(0)
    credits_this_month: Decimal = Decimal(0)
    calls_a_job: float | None = None
    copies_left: int = 0
    quota_left: int | None = None

    @property
    def is_well(self) -> bool:
        return self.state == "ready"


def of_project(project: Project) -> list[Health]:
    """All that can be used, by name."""
    return [of(connection) for connection in connections.of_project(project).select_related("state")]


def of(connection: Connection) -> Health:
    """One, as it is now."""
    now = database_now()
    state = getattr(connection, "state", None)
    month = ConnectionDay.objects.filter(connection=connection, day__gte=now.date().replace(day=1))
    sums = month.aggregate(requests=Sum("requests"), jobs=Sum("jobs"), credits=Sum("credits"))
    today = month.filter(day=now.date()).values_list("credits", flat=True).first()
    word, until = _judge(connection, state, was_used=bool(sums["requests"]), now=now)
    return Health(
        connection=connection,
        state=word,
        until=until,
        seen_at=max(filter(None, (state.last_ok_at, state.last_error_at)), default=None) if state else None,
        said=state.last_error if state and state.last_reason else "",
        credits_today=today or Decimal(0),
        credits_this_month=sums["credits"] or Decimal(0),
        calls_a_job=sums["requests"] / sums["jobs"] if sums["jobs"] else None,
        copies_left=copies.count_left(connection),
        quota_left=usage.quota_left(connection),
    )


def try_out(connection: Connection) -> Checkup | ProviderError:
    """Make the cheapest real call, also while the connection is closed off. A good one mends it."""
    try:
        checkup = providers_registry.remote(connection, is_test=True).test()
    except ProviderError as error:
        if isinstance(error, WrongAddressError):
            circuits.close_off(connection, str(error))
        return error
    ConnectionState.objects.get_or_create(connection=connection)
    circuits.mend(connection)
    ConnectionState.objects.filter(connection=connection).update(last_ok_at=Now())
    return checkup


def refused_jobs(connection: Connection) -> QuerySet[Job]:
    """The failed jobs that a better key or more credit would let pass."""
    return Job.objects.filter(
        project_id=connection.project_id,
        status=Status.FAILED,
        reason__in=circuits.REFUSALS,
        version__connection=connection,
        document__deleted_at__isnull=True,
    )


def open_jobs(connection: Connection) -> QuerySet[Job]:
    """What is under way through the connection, or waits to be."""
    at_provider = Q(submission__connection=connection)
    return Job.objects.open().filter(at_provider | Q(submission__isnull=True, version__connection=connection))


def _judge(
    connection: Connection, state: ConnectionState | None, *, was_used: bool, now: datetime
) -> tuple[str, datetime | None]:
    """The word for its state, the worst first, and when it goes on by itself."""
    if connections.has_unreadable_key(connection):
        return "unreadable", None
    if state is not None and state.last_reason in _REFUSED:
        return _REFUSED[Reason(state.last_reason)], None
    if state is not None and state.open_until and state.open_until > now:
        return ("down" if state.failures >= circuits.FAILURES else "rate_limited"), state.open_until
    if state is not None and state.last_reason in circuits.TROUBLE:
        return "failing", None
    if usage.is_over_cap(connection):
        return "over_cap", None
    is_tested = was_used or (state is not None and state.last_ok_at is not None)
    return ("ready" if is_tested else "untested"), None

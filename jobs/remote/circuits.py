"""Whether a connection is worth calling. After several failures in a row it is closed off for a while; then one call is
let through and decides. A vendor that asks for a pause gets it from all workers.

The row is the same for every worker and written only while something is wrong, so a healthy connection costs one read
a call."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from classifyhub.clock import database_now, in_seconds
from classifyhub.text import clean_line
from jobs.models import ConnectionState, Job, Reason, Status
from jobs.providers.base import Call, HeldBackError
from rules.models import Connection

FAILURES = 5
FIRST_COOLDOWN, LONGEST_COOLDOWN = 15.0, 600.0
PROBE_SECONDS = 60  # after which a probe whose worker died is no longer waited for
PAUSE_SECONDS = 2.0  # where a vendor says "too many" without saying how long
# What says that the vendor is in trouble, not this document or our settings.
TROUBLE = frozenset({Reason.UNAVAILABLE, Reason.TIMED_OUT, Reason.CONTRACT_BROKEN})
REFUSALS = frozenset({Reason.BAD_CREDENTIALS, Reason.OUT_OF_CREDIT})
KEEP_BACK = frozenset({Reason.UNAVAILABLE, Reason.RATE_LIMITED, *REFUSALS})
# A vendor that refuses is there: nobody waits for a probe any more.
_AWAKE = {"failures": 0, "probe_until": None, "cooldown": 0}
REFUSAL_SECONDS = 300  # how long a refused key or an empty account keeps jobs with a fallback away


def check(connection: Connection) -> ConnectionState | None:
    """Raises ``HeldBackError`` while the connection is closed off. What is given back says what is wrong, null for
    nothing; it is for ``try_out``, once nothing else is in the way of the call."""
    state = _troubled(connection).first()
    if state is None or state.open_until is None:
        return state
    now = database_now()
    if state.open_until > now:
        raise HeldBackError(_say(state), reason=_reason(state), retry_after=(state.open_until - now).total_seconds())
    return state


def try_out(state: ConnectionState | None) -> None:
    """Let one call through after a time of failures: ``HeldBackError`` for all others until it has decided."""
    if state is not None and state.failures >= FAILURES and not _take_probe(state):
        raise HeldBackError(_say(state), reason=_reason(state), retry_after=PAUSE_SECONDS)


def note(connection: Connection, call: Call, *, was_well: bool = False, seen_at: datetime | None = None) -> None:
    """What one call says about the connection. A good one mends nothing where all ``was_well`` before it, and ends no
    pause that was asked for while it was under way: ``seen_at`` is when the last error was as far as was known then."""
    if call.reason in TROUBLE:
        _note_failure(connection, call)
    elif call.reason == Reason.RATE_LIMITED:
        _write_error(connection, call, **_AWAKE, open_until=in_seconds(call.retry_after or PAUSE_SECONDS))
    elif call.reason in REFUSALS:
        _write_error(connection, call, **_AWAKE, open_until=None)
    elif not was_well:
        _note_success(connection, seen_at)


def is_down(connection: Connection) -> bool:
    """Whether a job that could go elsewhere should: closed off after failures, or key or account refused lately."""
    state = ConnectionState.objects.filter(connection=connection)
    closed = Q(open_until__gt=Now(), failures__gte=FAILURES)
    refused = Q(last_reason__in=REFUSALS, last_error_at__gt=in_seconds(-REFUSAL_SECONDS))
    return state.filter(closed | refused).exists()


def mend(connection: Connection) -> None:
    """A person changed the connection or saw it work: what was wrong before no longer counts, and what it kept back,
    for a budget until midnight perhaps, looks again at once."""
    ConnectionState.objects.filter(connection=connection).update(
        failures=0, open_until=None, probe_until=None, cooldown=0, last_reason="", last_ok_at=Now()
    )
    kept_back = Job.objects.filter(
        project_id=connection.project_id,
        next_action_at__gt=Now(),
        status=Status.PENDING,
        version__connection=connection,
        reason__in=KEEP_BACK,
    )
    kept_back.update(next_action_at=Now())


def _note_success(connection: Connection, seen_at: datetime | None) -> None:
    asked_since = Q(last_reason=Reason.RATE_LIMITED, open_until__gt=Now(), last_error_at__gt=seen_at)
    _troubled(connection).exclude(asked_since if seen_at else Q(pk=None)).update(
        failures=0, open_until=None, probe_until=None, cooldown=0, last_reason="", last_ok_at=Now()
    )


def _troubled(connection: Connection) -> QuerySet[ConnectionState]:
    return ConnectionState.objects.filter(connection=connection).exclude(failures=0, open_until=None, last_reason="")


def close_off(connection: Connection, said: str) -> float:
    """Leave it alone for a while at once: what answers there is something else. Returns for how many seconds."""
    call = Call(verb="", seconds=0, reason=Reason.UNAVAILABLE, said=said)
    _write_error(connection, call, failures=FAILURES, probe_until=None)
    _open(ConnectionState.objects.get(connection=connection), at_least=0)
    until = ConnectionState.objects.values_list("open_until", flat=True).get(connection=connection)
    return (until - database_now()).total_seconds() if until else FIRST_COOLDOWN


def _note_failure(connection: Connection, call: Call) -> None:
    _write_error(connection, call, failures=F("failures") + 1, probe_until=None)
    state = ConnectionState.objects.get(connection=connection)
    if state.failures >= FAILURES:
        _open(state, at_least=call.retry_after or 0)


def _open(state: ConnectionState, *, at_least: float) -> None:
    """Of several that fail together only the first lengthens it."""
    cooldown = min(state.cooldown * 2 or FIRST_COOLDOWN, LONGEST_COOLDOWN)
    closed = ConnectionState.objects.filter(pk=state.pk).exclude(open_until__gt=Now())
    closed.update(cooldown=cooldown, open_until=in_seconds(max(cooldown, at_least)))


def _write_error(connection: Connection, call: Call, **changes: object) -> None:
    ConnectionState.objects.get_or_create(connection=connection)
    said = clean_line(call.said, max_length=500)
    ConnectionState.objects.filter(connection=connection).update(
        last_error=said, last_reason=call.reason, last_error_at=Now(), **changes
    )


def _take_probe(state: ConnectionState) -> bool:
    free = Q(probe_until__isnull=True) | Q(probe_until__lte=Now())
    return bool(ConnectionState.objects.filter(free, pk=state.pk).update(probe_until=in_seconds(PROBE_SECONDS)))


def _say(state: ConnectionState) -> str:
    return (
        f"Waiting before it is called again: {state.last_error}"
        if state.last_error
        else "Waiting before the next call."
    )


def _reason(state: ConnectionState) -> str:
    return Reason.RATE_LIMITED if state.last_reason == Reason.RATE_LIMITED else Reason.UNAVAILABLE

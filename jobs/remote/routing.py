"""Which provider and connection a job goes to: the ones its version names, or the fallback while those cannot serve.

A job that a provider may have stays with it, whatever happens: sent elsewhere as well it would be paid for twice."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.models import Job, Reason
from jobs.providers.base import HeldBackError, MisconfiguredError
from jobs.remote import circuits, usage
from rules.capabilities import Capabilities, capabilities_of
from rules.models import Connection, PresetVersion


@dataclass(frozen=True, slots=True)
class Route:
    """A provider with the connection it is called through; null for one that needs none."""

    provider: str
    connection: Connection | None

    @property
    def capabilities(self) -> Capabilities:
        return capabilities_of(self.provider)


def route_of(job: Job) -> Route:
    """Where the job is, or was sent last; else where its version sends it."""
    submission = job.submission
    if submission is not None:
        return Route(submission.provider, submission.connection)
    return first_route(job.version)


def first_route(version: PresetVersion) -> Route:
    """Where the version sends its documents."""
    return Route(version.provider, version.connection)


def fallback(version: PresetVersion) -> Route | None:
    """Where they go when that fails; none unless the version says so."""
    if not version.fallback_provider:
        return None
    return Route(version.fallback_provider, version.fallback_connection)


def choose(job: Job) -> Route:
    """Where to send the job now. Raises ``HeldBackError`` when every route's budget is used up, and
    ``MisconfiguredError`` when a route lacks its connection."""
    if job.submission is not None and (job.submission.remote_id or job.submission.is_uncertain):
        return route_of(job)
    routes = [route for route in (first_route(job.version), fallback(job.version)) if route is not None]
    for route in routes:
        _check(route)
    able = [route for route in routes if route.connection is None or not usage.is_over_cap(route.connection)]
    if not able:
        said = "Today's budget of the connection is used up."
        raise HeldBackError(said, reason=Reason.OUT_OF_CREDIT, retry_after=usage.seconds_to_midnight())
    up = [route for route in able if route.connection is None or not circuits.is_down(route.connection)]
    return (up or able)[0]


def can_go_elsewhere(job: Job) -> bool:
    """Whether another attempt may be answered by another provider than the one that just refused."""
    submission = job.submission
    other = fallback(job.version)
    if other is None or submission is None or submission.is_uncertain or submission.remote_id:
        return False
    return other != Route(submission.provider, submission.connection)


def _check(route: Route) -> None:
    if route.connection is None and route.capabilities.needs_connection:
        said = "The preset names a provider, but no connection to it."
        raise MisconfiguredError(said, reason=Reason.BAD_CREDENTIALS)
    if route.connection is not None and route.connection.archived_at is not None:
        raise MisconfiguredError("The connection was removed.", reason=Reason.BAD_CREDENTIALS)

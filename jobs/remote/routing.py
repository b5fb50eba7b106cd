"""Which provider and connection a job goes to: the ones its version names, or the fallback while those cannot serve.

A job that a provider may have stays with it, whatever happens: sent elsewhere as well it would be paid for twice."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.models import Job, Reason
from jobs.providers.base import MisconfiguredError
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
    """Where to send the job now. Raises ``HeldBackError`` when every usable route's budget is used up, and
    ``MisconfiguredError`` when no route has its connection."""
    if job.submission is not None and (job.submission.remote_id or job.submission.is_uncertain):
        return route_of(job)
    named = [route for route in (first_route(job.version), fallback(job.version)) if route is not None]
    routes = [route for route in named if not _lack(route)]
    if not routes:
        raise MisconfiguredError(_lack(named[0]), reason=Reason.BAD_CREDENTIALS)
    able = [route for route in routes if route.connection is None or not usage.is_over_cap(route.connection)]
    if not able:
        raise usage.used_up(retry_after=usage.seconds_to_midnight())
    if len(able) == 1:
        return able[0]
    up = [route for route in able if route.connection is None or not circuits.is_down(route.connection)]
    return (up or able)[0]


def can_go_elsewhere(job: Job, refused_by: Route) -> bool:
    """Whether another attempt may be answered by another provider than the one that just refused."""
    submission, other = job.submission, fallback(job.version)
    if submission is not None and (submission.is_uncertain or submission.remote_id):
        return False
    return other is not None and other != refused_by and not _lack(other)


def _lack(route: Route) -> str:
    """What keeps a route from being used at all, in a sentence; empty when nothing does."""
    if route.connection is None and route.capabilities.needs_connection:
        return "The preset names a provider, but no connection to it."
    if route.connection is not None and route.connection.archived_at is not None:
        return "The connection was removed."
    return ""

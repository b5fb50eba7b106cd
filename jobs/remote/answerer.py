"""Who answered: the connection that the version names, or its fallback, and then why."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Job, Reason, Result, Run
from jobs.remote import routing
from jobs.remote.outlook import name_route
from jobs.remote.routing import Route
from rules.models import PresetVersion


def tell(job: Job, result: Result | None) -> str:
    """That the fallback answered, and why, as one sentence; empty where the first choice did."""
    if result is None or not job.version.fallback_provider:
        return ""
    first, asked = routing.first_route(job.version), _asked(result)
    if asked == first:
        return ""
    return _("Answered by %(who)s: %(cause)s.") % {"who": name_route(asked), "cause": _cause(job, name_route(first))}


def tell_run(run: Run) -> str:
    """How many documents of a run the fallback answered; empty where it answered none."""
    version, other = run.version, routing.fallback(run.version)
    if other is None:
        return ""
    elsewhere = Result.objects.filter(job__run=run).exclude(_is_first(version))
    count = elsewhere.aggregate(count=Count("pk"))["count"]
    words = ngettext(
        "%(count)d answered by the fallback, %(name)s.", "%(count)d answered by the fallback, %(name)s.", count
    )
    return words % {"count": count, "name": name_route(other)} if count else ""


def _asked(result: Result) -> Route:
    submission = result.submission
    return Route(result.provider, submission.connection if submission else None)


def _is_first(version: PresetVersion) -> Q:
    if version.connection is None:
        return Q(provider=version.provider, submission__connection__isnull=True)
    return Q(provider=version.provider, submission__connection=version.connection)


def _cause(job: Job, name: str) -> str:
    """From what the first choice said to this very job, where it was asked at all."""
    said = job.events.filter(reason__in=_causes()).order_by("-pk").values_list("reason", flat=True).first()
    return _causes().get(said or "", _("%(name)s was down or out of budget")) % {"name": name}


def _causes() -> dict[str, str]:
    is_down = _("%(name)s was down")
    return {
        Reason.UNAVAILABLE: is_down,
        Reason.TIMED_OUT: is_down,
        Reason.CONTRACT_BROKEN: is_down,
        Reason.BAD_CREDENTIALS: _("%(name)s refused the key"),
        Reason.OUT_OF_CREDIT: _("%(name)s was out of credit"),
    }

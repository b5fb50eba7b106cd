"""What Home shows: what waits, what runs, what was done today, and the first steps of a new desk."""

from __future__ import annotations

import datetime
import statistics
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.accounts.models import Membership, Project, User
from classifyhub.formats import format_number
from jobs import runs
from jobs.models import Review, ReviewItem, Run
from jobs.models.runs import RunQuerySet
from rules.models import Preset, PresetVersion

# Beyond this many waiting documents of one preset the desk says "10,000+", as the sidebar does: a list never counts a
# million rows.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One preset's queue. ``whys`` are sentences, the largest first; ``oldest`` is when the first one came."""

    preset: Preset
    count: int
    is_capped: bool
    whys: str
    oldest: datetime.datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    counts: runs.Counts
    pace: runs.Pace


@dataclass(frozen=True, slots=True)
class MyDay:
    """What one person decided since midnight; ``median_seconds`` is how long an item was held."""

    decided: int
    overridden: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the first-run checklist; ``url_name`` leads to where it is done."""

    words: str
    why: str
    url_name: str
    is_done: bool


def waiting(project: Project) -> list[Waiting]:
    """The presets with open items, the fullest queue first."""
    open_items = ReviewItem.objects.filter(preset=OuterRef("pk"), rank__isnull=False)
    presets = Preset.objects.filter(Exists(open_items), project=project).select_related("published")
    queues = [_queue(preset) for preset in presets]
    return sorted((queue for queue in queues if queue), key=lambda queue: -queue.count)


def live_runs(project: Project, *, limit: int = 10) -> list[RunRow]:
    """Runs that are not finished, newest first."""
    return run_rows(list(_runs(project).live()[:limit]))


def finished_today(project: Project, *, limit: int = 10) -> list[RunRow]:
    """Runs that ended since midnight in the person's time zone."""
    return run_rows(list(_runs(project).filter(finished_at__gte=_midnight())[:limit]))


def run_rows(found: list[Run]) -> list[RunRow]:
    """Runs with their counts, in two queries however many there are."""
    counts = runs.count(run.pk for run in found)
    rows = []
    for run in found:
        of_run = counts.get(run.pk, runs.Counts())
        rows.append(RunRow(run, of_run, runs.pace(run, of_run)))
    return rows


def my_day(project: Project, *, by: User) -> MyDay:
    """What this person decided today."""
    decided = Review.objects.filter(
        project=project,
        by=by,
        at__gte=_midnight(),
        undone_at__isnull=True,
        decision__in=(Review.Decision.APPROVE, Review.Decision.OVERRIDE),
    )
    rows = list(decided.values_list("decision", "seconds"))
    times = [seconds for _decision, seconds in rows if seconds is not None]
    return MyDay(
        decided=len(rows),
        overridden=sum(decision == Review.Decision.OVERRIDE for decision, _seconds in rows),
        median_seconds=statistics.median(times) if times else None,
    )


def first_steps(project: Project, *, by: User) -> list[Step]:
    """The way from a new desk to a working one; each step is done when its trace is in the database."""
    versions = PresetVersion.objects.filter(project=project, number__isnull=False)
    return [
        Step(
            _("Load the sample desk"),
            _("A project of its own with fifteen invented documents. You can remove it again."),
            "sample_load",
            Project.objects.filter(is_sample=True).exists(),
        ),
        Step(
            _("Publish a preset"),
            _("Change a rule, try it, and publish it as a version."),
            "presets",
            versions.filter(Q(number__gt=1) | Q(created_by=by, preset__is_default=False)).exists(),
        ),
        Step(
            _("Classify your own documents"),
            _("Drop them anywhere."),
            "upload",
            Run.objects.filter(project=project, source=Run.Source.UPLOAD).exists(),
        ),
        Step(
            _("Decide ten by keyboard"),
            _("Enter approves, a digit overrides, U takes back."),
            "review",
            Review.objects.filter(project=project, by=by)[:10].count() == 10,
        ),
        Step(
            _("Invite a reviewer"),
            _("You copy a one-time link, no mail is sent."),
            "settings_members",
            Membership.objects.filter(project=project)[:2].count() > 1,
        ),
    ]


def _runs(project: Project) -> RunQuerySet:
    runs_of = Run.objects.for_people().filter(project=project).select_related("version__preset", "by")
    return runs_of.order_by("-created_at", "-pk")


def _queue(preset: Preset) -> Waiting | None:
    open_items = ReviewItem.objects.filter(preset=preset, rank__isnull=False)
    counted = ReviewItem.objects.filter(pk__in=open_items.values("pk")[: COUNT_LIMIT + 1])
    groups = counted.values_list("why").annotate(Count("pk"), Min("created_at"))
    whys = Counter({why: min(number, COUNT_LIMIT) for why, number, _oldest in groups})
    if not whys:
        return None
    return Waiting(
        preset=preset,
        count=min(whys.total(), COUNT_LIMIT),
        is_capped=sum(number for _why, number, _oldest in groups) > COUNT_LIMIT,
        whys=_sentence(whys, preset),
        oldest=min(oldest for _why, _number, oldest in groups),
    )


def _sentence(whys: Counter[str], preset: Preset) -> str:
    return ", ".join(_words(why, number, preset) for why, number in whys.most_common(3))


def _words(why: str, number: int, preset: Preset) -> str:
    names = ReviewItem.Why
    threshold = preset.published.policy.get("auto_approve_at") if preset.published else None
    templates = {
        names.EVERY: ngettext("%(n)s to confirm", "%(n)s to confirm", number),
        names.NO_MATCH: ngettext("%(n)s no match", "%(n)s no match", number),
        names.NOT_SCORED: ngettext("%(n)s not scored", "%(n)s not scored", number),
        names.NO_TEXT: ngettext("%(n)s without text", "%(n)s without text", number),
        names.SEVERAL: ngettext("%(n)s holds several documents", "%(n)s hold several documents", number),
        names.UNREADABLE: ngettext("%(n)s could not be classified", "%(n)s could not be classified", number),
        names.DIFFERS: ngettext("%(n)s answered differently", "%(n)s answered differently", number),
        names.REOPENED: ngettext("%(n)s reopened", "%(n)s reopened", number),
        names.BELOW: ngettext("%(n)s below %(t)s", "%(n)s below %(t)s", number),
    }
    return templates[names(why or names.EVERY)] % {
        "n": format_number(number),
        "t": f"{threshold:.0%}" if threshold else _("the threshold"),
    }


def _midnight() -> datetime.datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

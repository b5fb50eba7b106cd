"""The jobs of a run as a table: filters, pages by keyset, and the counts beside the filters.

Everything here runs inside one run, so its cost does not grow with the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from classifyhub.text import clean_line, fold
from jobs.models import Job, ReviewItem, Run, Status

PAGE_SIZE = 50
NO_MATCH = "-"  # how "no match" is written in a filter's address


@dataclass(frozen=True, slots=True)
class Filters:
    """What the table is narrowed to. ``low`` and ``high`` are whole percent; unknown values of an address are
    dropped, for an old link should still open the run."""

    status: str = ""
    review: str = ""
    type: str = ""
    low: int = 0
    high: int = 100
    name: str = ""
    stale: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """From an address, such as ``?status=FAILED&from=20&to=80``."""
        status, review = query.get("status", ""), query.get("review", "")
        return cls(
            status=status if status in Status.values else "",
            review=review if review in ReviewItem.State.values else "",
            type=clean_line(query.get("type", ""), max_length=200),
            low=_percent(query.get("from", ""), default=0),
            high=_percent(query.get("to", ""), default=100),
            name=clean_line(query.get("q", ""), max_length=100),
            stale=query.get("stale") == "1",
        )

    def address(self, **changes: object) -> str:
        """The query string of these filters with ``changes``; empty ones are left out."""
        return "?" + urlencode(replace(self, **changes).pairs())  # type: ignore[arg-type]

    def pairs(self, *, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """Names and values as an address or a form carries them."""
        pairs = {
            "status": self.status,
            "review": self.review,
            "type": self.type,
            "from": str(self.low or ""),
            "to": str(self.high) if self.high != 100 else "",
            "q": self.name,
            "stale": "1" if self.stale else "",
        }
        return [(name, value) for name, value in pairs.items() if value and name not in without]

    @property
    def is_empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of jobs, newest first; ``page_of_work`` may add the next in line below. ``newer`` and ``older`` are keys
    for the address, null at the ends."""

    jobs: list[Job]
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a filter: what it sets and how many documents it would show."""

    value: str
    words: str
    count: int
    address: str
    is_chosen: bool
    monogram: str = ""


def jobs_of(run: Run) -> QuerySet[Any]:
    """The run's jobs with document, result, review item and decider, and the type as people see it: what a person
    decided, else what the machine said."""
    item = FilteredRelation(
        "document__review_items", condition=Q(document__review_items__preset_id=run.version.preset_id)
    )
    decided = Q(item__status__in=ReviewItem.DECIDED)
    jobs: QuerySet[Any] = Job.objects.filter(run=run).annotate(item=item).select_related("document", "result")
    shown: QuerySet[Any] = jobs.annotate(
        shown_type=Case(When(decided, then=F("item__final_type")), default=F("result__type")),
        has_type=Case(When(decided | Q(status=Status.COMPLETED), then=Value(True)), default=Value(False)),
        item_status=Coalesce(F("item__status"), Value("")),
        item_why=Coalesce(F("item__why"), Value("")),
        item_uid=F("item__uid"),
        decider_name=F("item__effective_review__by__name"),
        decider_email=F("item__effective_review__by__email"),
    )
    return shown


def narrow(jobs: QuerySet[Any], filters: Filters, run: Run) -> QuerySet[Any]:
    """The jobs that ``filters`` leave."""
    if filters.status:
        jobs = jobs.filter(status=filters.status)
    if filters.review:
        jobs = jobs.filter(item_status=filters.review)
    if filters.type == NO_MATCH:
        jobs = jobs.filter(has_type=True, shown_type__isnull=True)
    elif filters.type:
        jobs = jobs.filter(has_type=True, shown_type=filters.type)
    if (filters.low, filters.high) != (0, 100):
        jobs = jobs.filter(result__confidence__gte=filters.low / 100, result__confidence__lte=filters.high / 100)
    if filters.name:
        jobs = jobs.filter(document__name_folded__contains=fold(filters.name))
    if filters.stale:
        jobs = jobs.filter(_stale(run))
    return jobs


def page(jobs: QuerySet[Any], *, before: int | None = None, after: int | None = None) -> Page:
    """Fifty jobs older than ``before`` or newer than ``after`` (job keys), else the newest. An address that leads past
    either end, because rows changed meanwhile, gives the newest too."""
    if after is not None:
        rows = list(jobs.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        if len(rows) > PAGE_SIZE:
            return _page(rows[PAGE_SIZE - 1 :: -1], has_newer=True, has_older=True)
    elif before is not None:
        rows = list(jobs.filter(pk__lt=before).order_by("-pk")[: PAGE_SIZE + 1])
        if rows:
            return _page(rows[:PAGE_SIZE], has_newer=True, has_older=len(rows) > PAGE_SIZE)
    rows = list(jobs.order_by("-pk")[: PAGE_SIZE + 1])
    return _page(rows[:PAGE_SIZE], has_newer=False, has_older=len(rows) > PAGE_SIZE)


def page_of_work(jobs: QuerySet[Any], run: Run) -> Page:
    """The first page of a run that is still worked on, which is done oldest first: on top the newest one that was begun
    and what came before it, then, where that leaves room, the next in line."""
    begun = _newest_begun(run)
    done = list(jobs.filter(pk__lte=begun).order_by("-pk")[: PAGE_SIZE + 1])
    room = max(PAGE_SIZE - len(done), 0)
    coming = list(jobs.filter(pk__gt=begun).order_by("pk")[: room + 1])
    # Pages to either side go on in the order of keys: above the highest of these, below the lowest.
    newer = (coming[room - 1].pk if room else begun) if len(coming) > room else None
    older = done[PAGE_SIZE - 1].pk if len(done) > PAGE_SIZE else None
    return Page(done[:PAGE_SIZE] + coming[:room], newer, older)


def _newest_begun(run: Run) -> int:
    """Its key; 0 where all are queued."""
    begun = Job.objects.filter(run=run).exclude(status=Status.PENDING)
    return begun.order_by("-pk").values_list("pk", flat=True).first() or 0


def _page(rows: list[Job], *, has_newer: bool, has_older: bool) -> Page:
    return Page(rows, rows[0].pk if has_newer else None, rows[-1].pk if has_older else None)


def status_choices(run: Run, filters: Filters) -> list[Choice]:
    """Statuses with their counts in the whole run, "all" first."""
    found = dict(Job.objects.filter(run=run).values_list("status").annotate(Count("pk")).order_by())
    total = Choice("", "", sum(found.values()), filters.address(status=""), not filters.status)
    lines = [_choice(filters, "status", value, str(label), found) for value, label in Status.choices]
    return [total, *(line for line in lines if line.count or line.is_chosen)]


def review_choices(run: Run, filters: Filters) -> list[Choice]:
    """Review states with their counts."""
    rows = jobs_of(run).values_list("item_status").annotate(Count("pk")).order_by()
    found = {status: number for status, number in rows if status}
    lines = [_choice(filters, "review", value, str(label), found) for value, label in ReviewItem.State.choices]
    return [line for line in lines if line.count or line.is_chosen]


def type_choices(run: Run, filters: Filters) -> list[Choice]:
    """Types as people see them, the most frequent first, no match last."""
    typed = jobs_of(run).filter(has_type=True)
    rows = typed.values_list("shown_type").annotate(Count("pk")).order_by()
    found = {type_name or NO_MATCH: number for type_name, number in rows}
    monograms = {rule["type"]: rule.get("monogram", "") for rule in run.version.rules}
    names = sorted((name for name in found if name != NO_MATCH), key=lambda name: -found[name])
    names += [NO_MATCH] if NO_MATCH in found else []
    return [_choice(filters, "type", name, name, found, monogram=monograms.get(name, "")) for name in names]


def neighbours(job: Job) -> tuple[Job | None, Job | None, int, int]:
    """The job before and after this one as the table shows them (newest first), its place, and how many there are."""
    siblings = Job.objects.filter(run_id=job.run_id)
    newer = siblings.filter(pk__gt=job.pk).order_by("pk").first()
    older = siblings.filter(pk__lt=job.pk).order_by("-pk").first()
    return newer, older, siblings.filter(pk__gte=job.pk).count(), siblings.count()


def stale_count(run: Run) -> int:
    """How many documents of this run were decided under another version than the one now published."""
    return jobs_of(run).filter(_stale(run)).count()


def unmatched_count(run: Run) -> int:
    """How many documents of this run fit no rule, as the machine found them."""
    return Job.objects.filter(run=run, status=Status.COMPLETED, result__type__isnull=True).count()


def _stale(run: Run) -> Q:
    """Decided, by a person or by the policy, on an answer of another version than the one now published. Classified
    again since under that one they are up to date, whatever run is looked at."""
    preset = run.version.preset
    if preset is None or preset.published_id is None:
        return Q(pk__in=())
    settled = (*ReviewItem.DECIDED, ReviewItem.State.AUTO_APPROVED)
    return Q(item__status__in=settled) & ~Q(item__job__version_id=preset.published_id)


def _choice(
    filters: Filters, field: str, value: str, words: str, found: Mapping[str, int], *, monogram: str = ""
) -> Choice:
    is_chosen = getattr(filters, field) == value
    address = filters.address(**{field: "" if is_chosen else value})
    return Choice(value, words, found.get(value, 0), address, is_chosen, monogram)


def _percent(text: str, *, default: int) -> int:
    return min(max(int(text), 0), 100) if text.isdecimal() and len(text) <= 3 else default

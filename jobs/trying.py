"""Trying a draft: up to five documents through the same path as a real run, beside what the published version says.

A try is a run of source TRY. It makes no review items and appears in no list of runs. What the published version
answered before is taken from where it is stored; only documents it has never seen run under it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.accounts.models import Project, User
from jobs import reasons, runs, tasks
from jobs.models import Document, Job, ReviewItem, Run, Status
from jobs.staging import BROKEN
from rules import diffing, publishing
from rules.models import Preset, PresetVersion
from rules.shape import Draft

MOST = 5
SHOWN = 30

SAME, CHANGES, AS_DECIDED, AGAINST_DECISION, UNKNOWN = "same", "changes", "as_decided", "against_decision", ""


class TooManyError(ValueError):
    """More documents than one try takes."""


class NoDocumentError(ValueError):
    """None of the documents asked for is here to be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one version makes of a document. ``status`` is that of its job; ``cause`` says in words why there is no
    answer (yet)."""

    label: str
    status: str
    type: str | None = None
    monogram: str = ""
    confidence: float | None = None
    threshold: float | None = None
    cause: str = ""

    @property
    def is_answered(self) -> bool:
        return self.status == Status.COMPLETED

    @property
    def is_open(self) -> bool:
        return self.status in {Status.PENDING, Status.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One document of a try. ``old`` is null while nothing is published; ``verdict`` compares the two sides, and the
    new one with what a person decided."""

    document: Document
    job: Job
    old: Side | None
    new: Side
    verdict: str

    @property
    def is_changed(self) -> bool:
        return self.verdict not in {SAME, UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """The last try of a draft: changed documents first. ``stale`` says what was edited since, or is empty."""

    run: Run
    lines: list[Line]
    stale: str

    @property
    def is_live(self) -> bool:
        return any(side.is_open for line in self.lines for side in (line.old, line.new) if side)

    @property
    def changed(self) -> int:
        return sum(line.is_changed for line in self.lines)


def start(preset: Preset, documents: Iterable[Document], *, by: User) -> Run:
    """Classify ``documents`` by the draft, and those that the published version has not answered by that too. Raises
    ``TooManyError``, ``NoDocumentError`` and ``rules.publishing.PublishBlockedError``."""
    chosen = list(documents)
    if len(chosen) > MOST:
        raise TooManyError
    if not chosen:
        raise NoDocumentError
    with transaction.atomic():
        missing = _unanswered(preset.published, chosen) if preset.published else []
        if missing and preset.published:
            _launch(preset.published, missing, by=by)
        return _launch(publishing.draft_version(preset, by=by), chosen, by=by)


def find_last(preset: Preset, *, by: User) -> Try | None:
    """The last try of this person, with both sides of each document; none before the first."""
    tries = Run.objects.filter(project=preset.project, source=Run.Source.TRY, by=by, version__number__isnull=True)
    run = tries.filter(version__preset=preset).select_related("version").order_by("-pk").first()
    if run is None:
        return None
    jobs = run.jobs.filter(document__deleted_at__isnull=True).select_related("document", "result", "version")
    lines = _make_lines(preset, list(jobs.order_by("pk")))
    return Try(run=run, lines=lines, stale=_say_stale(run, preset))


def choices(preset: Preset) -> QuerySet[Document]:
    """The documents a try can take, at most 30: those classified under this preset before, latest first, then the
    other new ones of the project. What nothing can be read from would tell nothing about a draft."""
    under_it = Max("jobs__pk", filter=Q(jobs__version__preset=preset))
    return (
        _present(preset.project)
        .exclude(check_state__in=BROKEN)
        .annotate(last_job=under_it)
        .order_by(F("last_job").desc(nulls_last=True), "-pk")[:SHOWN]
    )


def find_documents(project: Project, uids: Iterable[str]) -> QuerySet[Document]:
    """The documents with these uids that are still here, in the order they came; anything else is passed over."""
    return _present(project).filter(uid__in=list(uids)).order_by("pk")


def _present(project: Project) -> QuerySet[Document]:
    return Document.objects.present().filter(project=project, blob__isnull=False)


def _launch(version: PresetVersion, documents: list[Document], *, by: User) -> Run:
    name = _("Try of %(version)s") % {"version": version.label}
    run = runs.create(version.project, version, documents, by=by, name=name, source=Run.Source.TRY)
    tasks.send_on_commit(tasks.dispatch, run.pk)
    return run


def _unanswered(version: PresetVersion, documents: list[Document]) -> list[Document]:
    """Those that neither have an answer of ``version`` nor are about to get one."""
    answered = _jobs_under(version, documents).exclude(status__in=(Status.FAILED, Status.CANCELLED))
    known = set(answered.values_list("document_id", flat=True))
    return [document for document in documents if document.pk not in known]


def _jobs_under(version: PresetVersion, documents: Iterable[Document]) -> QuerySet[Job]:
    return Job.objects.filter(version=version, document__in=list(documents))


def _make_lines(preset: Preset, jobs: list[Job]) -> list[Line]:
    documents = [job.document for job in jobs]
    before = _last_jobs(preset.published, documents) if preset.published else {}
    items = ReviewItem.objects.filter(preset=preset, document__in=documents, status__in=ReviewItem.DECIDED)
    decided = dict(items.values_list("document_id", "final_type"))
    lines = [_make_line(job, preset.published, before.get(job.document_id), decided) for job in jobs]
    return sorted(lines, key=lambda line: not line.is_changed)


def _last_jobs(version: PresetVersion, documents: list[Document]) -> dict[int, Job]:
    """The latest job of each document under ``version``, an answered one before one that is not."""
    found = _jobs_under(version, documents).select_related("result").order_by("pk")
    return {job.document_id: job for job in sorted(found, key=lambda job: job.status == Status.COMPLETED)}


def _make_line(job: Job, published: PresetVersion | None, before: Job | None, decided: dict[int, str | None]) -> Line:
    new = _make_side(_("Draft"), job.version, job)
    old = _make_side(f"v{published.number}", published, before) if published else None
    return Line(document=job.document, job=job, old=old, new=new, verdict=_judge(old, new, job.document_id, decided))


def _make_side(label: str, version: PresetVersion, job: Job | None) -> Side:
    if job is None:
        return Side(label=label, status="", cause=_("Not tried"))
    if job.status != Status.COMPLETED:
        return Side(label=label, status=job.status, cause=reasons.cause_of(job))
    rule = version.rule_for(job.result.type)
    return Side(
        label=label,
        status=job.status,
        type=job.result.type,
        monogram=rule["monogram"] if rule else "",
        confidence=job.result.confidence,
        threshold=version.policy.get("auto_approve_at"),
    )


def compare(old: str | None, new: str | None, *, decided: Collection[str | None]) -> str:
    """How the draft's answer stands to the published one; where it differs, to what a person ``decided`` too, which is
    one type or nothing yet."""
    if new == old:
        return SAME
    return AS_DECIDED if new in decided else AGAINST_DECISION if old in decided else CHANGES


def _judge(old: Side | None, new: Side, document_id: int, decided: dict[int, str | None]) -> str:
    if old is None or not (old.is_answered and new.is_answered):
        return UNKNOWN
    return compare(old.type, new.type, decided=[decided[document_id]] if document_id in decided else ())


def _say_stale(run: Run, preset: Preset) -> str:
    """What was edited after the try, in one sentence."""
    draft = Draft.from_json(preset.draft)
    if draft.with_monograms().content_digest == run.version.content_digest:
        return ""
    changes = diffing.compare(Draft.of_version(run.version), draft)
    places = {change.place for change in changes}
    if len(places) == 1 and (place := places.pop()):
        return _("Rule %(place)s was edited after this try. Run again to see its effect.") % {"place": place}
    words = ngettext(
        "%(count)s change was made after this try. Run again to see its effect.",
        "%(count)s changes were made after this try. Run again to see their effect.",
        len(changes),
    )
    return words % {"count": len(changes)}

"""What a draft would change among the documents that people decided: told in a moment, before it goes live.

The local engine keeps the gist of every document it has answered, so nothing is read again and no job is made. Both the
draft and what is published are judged by their rules alone, without what was learned, so that what differs is the
draft's doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from classifyhub.engine import Answer
from classifyhub.engine import Rule as EngineRule
from classifyhub.engine.rejudging import Asked, NoAnswer, Rules, ask
from classifyhub.engine.rules import UnusableRule, check_types
from jobs import storage
from jobs.models import Document, Job, MemoryEntry, ReviewItem, Status
from jobs.providers.local import Reads, find_gist
from jobs.trying import AGAINST_DECISION, AS_DECIDED, CHANGES, SAME, Line, Side, compare
from rules.models import Preset, PresetVersion, ProviderName
from rules.shape import Draft

MOST = 200  # of the newest decisions
SHOWN = 30
JUDGED_SECONDS = 5.0  # without the start of the process: somebody waits for it


class NoForecastError(Exception):
    """Nothing can be told; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of ``total`` decided documents so many are as decided by what is published and by the draft; ``lines`` are those
    whose answer changes, what goes against a decision first. ``unknown`` more could not be judged: they are
    not kept as the draft reads them, or it would have taken too long."""

    total: int
    before: int
    after: int
    unknown: int
    lines: list[Line]

    @property
    def changed(self) -> int:
        return len(self.lines)

    @property
    def shown(self) -> list[Line]:
        return self.lines[:SHOWN]

    @property
    def more(self) -> int:
        """How many change beside those shown."""
        return max(0, self.changed - SHOWN)


def is_possible(preset: Preset) -> bool:
    """Whether there is anything to tell of: decisions about answers of the local engine, which goes on answering."""
    version = preset.published
    destinations = {version.provider, Draft.from_json(preset.draft).provider} if version else set()
    return destinations == {ProviderName.LOCAL} and MemoryEntry.objects.filter(preset=preset).exists()


def forecast(preset: Preset) -> Forecast:
    """What the draft of ``preset`` would change. Raises ``NoForecastError``."""
    draft, version = Draft.from_json(preset.draft), preset.published
    if version is None or not is_possible(preset):
        raise NoForecastError(_("Nothing that the local engine answered under this preset has been decided yet."))
    _check(draft)
    decided = _find_decided(preset)
    verdicts = _judge(version, draft, [document for document, _type in decided])
    sides = _Sides(version, draft, _find_jobs(preset, decided))
    told = [(*pair, old, new) for pair, old, new in zip(decided, *verdicts, strict=True) if old and new]
    lines = [sides.compare(document, decision, old, new) for document, decision, old, new in told]
    return Forecast(
        total=len(told),
        before=sum(old.type == decision for _document, decision, old, _new in told),
        after=sum(new.type == sides.rename(decision) for _document, decision, _old, new in told),
        unknown=len(decided) - len(told),
        lines=sorted(filter(None, lines), key=lambda line: _ORDER.index(line.verdict)),
    )


_ORDER = (AGAINST_DECISION, CHANGES, AS_DECIDED)


def _check(draft: Draft) -> None:
    try:
        check_types(rule.type for rule in draft.rules)
    except UnusableRule as error:
        raise NoForecastError(_("The draft cannot be judged yet. %(sentence)s") % {"sentence": error}) from error


def _find_decided(preset: Preset) -> list[tuple[Document, str | None]]:
    """The newest decisions that the local engine learned from, newest first."""
    entries = MemoryEntry.objects.filter(preset=preset, document__blob__isnull=False).order_by("-pk")
    items = ReviewItem.objects.filter(preset=preset, status__in=ReviewItem.DECIDED)
    found = [entry.document for entry in entries.select_related("document__blob", "document__project")[:MOST]]
    final = dict(items.filter(document__in=found).values_list("document_id", "final_type"))
    return [(document, final[document.pk]) for document in found if document.pk in final]


def _find_jobs(preset: Preset, decided: Iterable[tuple[Document, str | None]]) -> Mapping[int, Job]:
    documents = [document for document, _type in decided]
    items = ReviewItem.objects.filter(preset=preset, document__in=documents).select_related("job")
    return {item.document_id: item.job for item in items}


def _judge(version: PresetVersion, draft: Draft, documents: Sequence[Document]) -> list[list[Answer | None]]:
    """By the published rules, and by those of the draft."""
    asked = Asked(
        (_as_asked(Draft.of_version(version)), _as_asked(draft)),
        tuple(_find_gist(document, draft) for document in documents),
        models=str(settings.DATA_DIR / "models"),
        encoder=settings.EMBEDDING_MODEL,
        seconds=JUDGED_SECONDS,
    )
    try:
        return ask(asked)
    except NoAnswer as error:
        raise NoForecastError(_("Judging them took too long. Try a few documents instead.")) from error


def _as_asked(draft: Draft) -> Rules:
    return Rules(tuple(EngineRule(rule.type, rule.description) for rule in draft.rules))


def _find_gist(document: Document, draft: Draft) -> str:
    assert document.blob is not None  # noqa: S101 - asked for in ``_find_decided``
    folder = storage.readings_folder(document.project.uid, document.blob.sha256)
    return str(
        find_gist(folder, _AsRead(document.media_type, draft.mode, draft.lang, draft.max_pages, draft.target_pages))
    )


@dataclass(frozen=True, slots=True)
class _AsRead(Reads):
    """How the draft has a document read."""

    media_type: str
    mode: str
    lang: str
    max_pages: int | None
    target_pages: str


class _Sides:
    """Puts the two answers to a document beside each other. A rule that got another name in the draft is the same."""

    def __init__(self, version: PresetVersion, draft: Draft, jobs: Mapping[int, Job]) -> None:
        published, named = Draft.of_version(version), draft.with_monograms()
        self._names = {rule.type: found.type for rule in published.rules if (found := named.find(rule.id))}
        self._old = f"v{version.number}", {rule.type: rule.monogram for rule in published.with_monograms().rules}
        self._new = _("Draft"), {rule.type: rule.monogram for rule in named.rules}
        self._jobs = jobs

    def rename(self, published: str | None) -> str | None:
        """A type as the draft calls it."""
        return self._names.get(published, published) if published is not None else None

    def compare(self, document: Document, decided: str | None, old: Answer, new: Answer) -> Line | None:
        """Null where nothing changes."""
        verdict = compare(self.rename(old.type), new.type, decided=[self.rename(decided)])
        if verdict == SAME:
            return None
        sides = _make_side(*self._old, old), _make_side(*self._new, new)
        return Line(document=document, job=self._jobs[document.pk], old=sides[0], new=sides[1], verdict=verdict)


def _make_side(label: str, monograms: Mapping[str, str], answer: Answer) -> Side:
    return Side(
        label=label,
        status=Status.COMPLETED,
        type=answer.type,
        monogram=monograms.get(answer.type or "", ""),
        confidence=answer.confidence,
    )

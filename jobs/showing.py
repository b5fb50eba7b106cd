"""A document as the pages show it: thumbnails with the machine's word on each page, and the page being looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from classifyhub import engine
from classifyhub.engine.model import Leaning
from classifyhub.engine.pack import name_kind
from jobs import erasure, learning, pagewise, reasons, rendering
from jobs.models import Document, Job, JobEvent, PageResult, Reason, Result, ReviewItem, Status
from rules.languages import language_name
from rules.models import PresetVersion, ProviderName

# Where the engine names a known type that no rule asks for.
DECOY = re.compile("^(No rule fits\\. It reads more like “)([^”]+)(”)")
# Longer documents show this many thumbnails around the current page.
THUMBS = 60


@dataclass(frozen=True, slots=True)
class Thumb:
    """One page in the rail; ``type`` and ``confidence`` are its own answer where the provider gave one. ``border`` is
    the chance that it ``starts_document`` anew, null where that was not asked."""

    number: int
    type: str | None = None
    monogram: str = ""
    confidence: float | None = None
    has_answer: bool = False
    is_read: bool = True
    has_image: bool = True
    starts_document: bool = False
    border: float | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the document pane shows. ``page_count`` is 1 where the format has no pages; ``has_image`` is false for
    those that are shown as text, and for those that cannot be drawn: ``no_image`` says why. ``stretches`` are its
    pages as they read alike, and ``pages_said`` is what to know of them in a sentence, empty when they agree."""

    page: int
    page_count: int
    has_image: bool
    thumbs: tuple[Thumb, ...]
    is_erased: bool = False
    kept: str = ""
    no_image: str = ""
    stretches: tuple[pagewise.Stretch, ...] = ()
    pages_said: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """Which decided document spoke in an answer, of how many. ``url`` and ``name`` are empty once it is erased; it was
    decided as ``type``, which where ``is_against`` is not what was answered."""

    decisions: int
    type: str | None
    is_against: bool
    name: str = ""
    url: str = ""


def viewer(document: Document, result: Result | None, *, version: PresetVersion, page: int | None) -> Viewer:
    """The pane for ``document`` at ``page``, or where the first evidence stands when no page was asked for."""
    letters, pages = monograms(version), pagewise.pages_of(result)
    count = max(document.page_count or 1, 1)
    first = next((quote["page"] for quote in (result.evidence if result else []) if quote.get("boxes")), 1)
    current = min(max(page or first, 1), count)
    return Viewer(
        page=current,
        page_count=count,
        has_image=has_image(document),
        thumbs=_thumbs(document, result, pages, letters, shown=_choose_thumbs(count, current)),
        is_erased=document.deleted_at is not None,
        kept=erasure.tell_kept(document),
        no_image=_why_no_image(document, page=current),
        stretches=tuple(pagewise.find_stretches(pages, letters)),
        pages_said=pagewise.tell_pages(result, pages),
    )


def page_number(text: str | None) -> int | None:
    """A page number from an address; none when it is not one."""
    return int(text) if text and text.isdecimal() and len(text) < 7 else None


def monograms(version: PresetVersion) -> dict[str, str]:
    """Each type's two letters."""
    return {rule["type"]: rule.get("monogram", "") for rule in version.rules}


def _decided(job: Job, leaning: Leaning) -> ReviewItem | None:
    """The document leant on, as it was decided under the same preset."""
    items = ReviewItem.objects.filter(project=job.project, document__uid=leaning.document)
    return items.filter(preset=job.version.preset).select_related("document", "job").first()


def has_image(document: Document) -> bool:
    """Whether the document's pages are shown as drawn. Some of its pages may still turn out not to be drawable."""
    is_drawn = document.media_type in engine.RENDERABLE and document.blob_id is not None
    return is_drawn and not rendering.why_none(document)


def _why_no_image(document: Document, *, page: int) -> str:
    """Why the page cannot be drawn and the next step; empty where it can, and where the document is shown as text."""
    if document.media_type not in engine.RENDERABLE or document.deleted_at is not None:
        return ""
    if reason := rendering.why_none(document):
        return f"{Reason(reason).label}. {reasons.STEPS[Reason(reason)]}"
    is_missing = rendering.is_missing(document, page=page)
    return _("This page cannot be drawn. The original may open on your machine.") if is_missing else ""


def _choose_thumbs(count: int, current: int) -> range:
    start = max(1, min(current - THUMBS // 2, count - THUMBS + 1))
    return range(start, min(start + THUMBS, count + 1))


def _thumbs(
    document: Document, result: Result | None, pages: list[PageResult], letters: dict[str, str], *, shown: range
) -> tuple[Thumb, ...]:
    answers, borders = {page.page: page for page in pages}, pagewise.find_borders(pages)
    unread = set(result.pages_not_read if result else ())
    is_drawn = has_image(document)
    return tuple(
        Thumb(
            number=number,
            type=answers[number].type if number in answers else None,
            monogram=letters.get(answers[number].type or "", "") if number in answers else "",
            confidence=answers[number].confidence if number in answers else None,
            has_answer=number in answers and result is not None and result.has_answer,
            is_read=number not in unread,
            has_image=is_drawn and not rendering.is_missing(document, page=number),
            starts_document=number in borders,
            border=borders.get(number),
        )
        for number in shown
    )


def how_read(job: Job, result: Result | None) -> str:
    """Engine, mode, language, pages and cost in one line of plain words."""
    version = job.version
    parts = [
        _("%(who)s, %(mode)s, %(lang)s.")
        % {
            "who": (result and (result.engine or result.provider_label)) or version.get_provider_display(),
            "mode": version.get_mode_display(),
            "lang": language_name(version.lang),
        }
    ]
    if job.pages_read is not None and job.document.page_count:
        parts.append(
            _("%(read)d of %(count)d pages read.") % {"read": job.pages_read, "count": job.document.page_count}
        )
    if result is not None and result.pages_not_read:
        parts.append(_("Pages %(pages)s were not read.") % {"pages": pagewise.page_ranges(result.pages_not_read)})
    if result is not None and not result.has_text:
        parts.append(_("No text was found."))
    parts.append(_("%(credits)s credits.") % {"credits": job.credits} if job.credits else _("No credits."))
    return " ".join(parts)


def learned(job: Job, result: Result | None) -> Learned | None:
    """What people's decisions had to do with an answer; none where they did not move it."""
    is_local = job.version.provider == ProviderName.LOCAL
    leaning = learning.leaning_of(result) if result is not None and is_local else None
    known = _decided(job, leaning) if leaning is not None and leaning.document else None
    if result is None or leaning is None or known is None:
        return None
    is_there = known.document.deleted_at is None
    return Learned(
        decisions=leaning.decisions,
        type=leaning.type,
        is_against=leaning.type != result.type,
        name=known.document.name if is_there else "",
        url=reverse("job", args=[job.project.slug, known.job.uid]) if is_there else "",
    )


def reasoning(result: Result | None, version: PresetVersion) -> str:
    """The reasoning, in which a type that the engine knows is named as the preset's language calls it."""
    if result is None or not result.reasoning:
        return ""
    return DECOY.sub(lambda found: f"{found[1]}{name_kind(found[2], version.lang)}{found[3]}", result.reasoning)


def main_leaning(result: Result, version: PresetVersion) -> Leaning | None:
    """What decisions had to do with an answer that rests mostly on them; none where it does not."""
    if version.provider != ProviderName.LOCAL or not learning.rests_on_decisions(result):
        return None
    return learning.leaning_of(result)


def event_words(event: JobEvent) -> str:
    """One move of a job as a sentence."""
    status, note = Status(event.to_status), event.note
    if status == Status.PENDING and not event.from_status:
        return _("Queued")
    words = {
        Status.PENDING: _("Queued again"),
        Status.RUNNING: _("Started, attempt %(n)d") % {"n": event.attempt},
        Status.COMPLETED: _("Completed"),
        Status.FAILED: _("Failed"),
        Status.CANCELLED: _("Cancelled"),
    }[status]
    reason = Reason(event.reason).label if event.reason and status in (Status.FAILED, Status.PENDING) else ""
    return ", ".join(str(part) for part in (words, reason, note) if part)

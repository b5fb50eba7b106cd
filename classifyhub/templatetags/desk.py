"""The pieces every page is made of: ``{% load desk %}``.

Words and colours of types, confidence and states are decided here and in ``templates/components/`` alone, so that a
job looks the same in a table, on its page and in the queue.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from classifyhub import formats
from classifyhub.accounts.preferences import CHOICES, chosen

register = template.Library()

DRAWINGS_KEPT = 2_000  # of each component; a table of fifty rows draws two hundred, most of them alike


def component(template_name: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """An inclusion tag whose drawings are kept by their arguments: for small pieces that a table repeats. What it draws
    follows from the arguments and the language alone, and holds nothing that has to go with an erased document."""

    def registered(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        @functools.lru_cache(DRAWINGS_KEPT, typed=True)  # typed: safe text and the same text to be escaped are two
        def draw(_language: str | None, /, *arguments: Any, **options: Any) -> SafeString:
            return render_to_string(template_name, describe(*arguments, **options))

        @register.simple_tag(name=describe.__name__)
        @functools.wraps(describe)
        def tag(*arguments: Any, **options: Any) -> SafeString:
            return draw(get_language(), *arguments, **options)

        return describe

    return registered


# --- Filters ---------------------------------------------------------------------------------------------------------

register.filter("middle_cut", formats.cut_middle)
register.filter("file_size", formats.format_size)
register.filter("duration", formats.format_duration)
register.filter("time_left", formats.format_time_left)
register.filter("age", formats.format_age)
register.filter("credits", formats.format_credits)
register.filter("percent", formats.format_percent)
register.filter("number", formats.format_number)


@register.filter
def figure(value: float | None) -> SafeString | str:
    """A count for a table cell, a zero held back: ``{{ run.failed|figure }}``; unknown is a dash."""
    if value is None:
        return "–"
    return mark_safe('<span class="zero">0</span>') if value == 0 else formats.format_number(value)


# --- Icons, keys, time -----------------------------------------------------------------------------------------------


@functools.cache
def draw_icon(name: str, size: int, classes: str) -> SafeString:
    """One icon of the set as SVG, hidden from screen readers. Cached: drawing parses XML, a table shows hundreds."""
    svg = lucide(name, size=size, aria_hidden="true", focusable="false", **{"class": f"icon {classes}".strip()})
    return mark_safe(svg)  # noqa: S308 - drawn from the icon set of the package and our own arguments


@register.simple_tag
def icon(name: str, size: int = 16, classes: str = "") -> SafeString:
    """``{% icon "upload" %}``: 16 px, in the colour of the text around it. Name the button when it stands alone."""
    return draw_icon(name + "", size, classes + "")


KEY_SIGNS = {"Enter": "corner-down-left", "ArrowUp": "arrow-up", "ArrowDown": "arrow-down"}
KEY_NAMES = {"Escape": "Esc"}


@register.simple_tag
def keycap(key: str) -> SafeString:
    """``{% keycap "E" %}`` beside the words of a button that carries ``data-key="e"``. Screen readers get the key from
    the button (``keys.js`` sets ``aria-keyshortcuts``), so the cap itself is hidden from them."""
    sign = draw_icon(KEY_SIGNS[key], 12, "") if key in KEY_SIGNS else KEY_NAMES.get(key, key)
    return format_html('<kbd class="keycap" aria-hidden="true">{}</kbd>', sign)


@register.simple_tag
def moment(at: datetime.datetime | None, words: str = "") -> SafeString:
    """``{% moment run.started_at %}``: "13:58" today, "12 Nov" before, the exact time in the title. ``words`` replaces
    what is shown: ``{% moment worker.seen_at worker.seen_at|age %}``. A dash when there is none."""
    if at is None:
        return mark_safe('<span class="zero">–</span>')
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        formats.format_exact(at),
        words or formats.format_moment(at),
    )


# --- Type, confidence, state -----------------------------------------------------------------------------------------


@component("components/type_chip.html")
def type_chip(type: str | None, monogram: str = "", *, decided: bool = False, size: str = "") -> dict[str, Any]:
    """``{% type_chip job.type job.monogram decided=job.is_decided %}``. Outlined tile: the machine says. Filled: a
    person decided. No type: dashed, "No match". ``size="large"`` for the subject of a page, ``"tile"`` for the tile
    alone."""
    return {"type": type, "monogram": monogram, "decided": bool(decided), "size": size}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in screen pixels: how far it is filled and where its tick stands."""

    width: int
    filled: float
    tick: float | None


@component("components/confidence.html")
def confidence(
    value: float | None,
    *,
    threshold: float | None = None,
    waiting: bool = False,
    by_hand: bool = False,
    derived: bool = False,
    tick: bool = False,
    width: int = 48,
    size: str = "",
) -> dict[str, Any]:
    """``{% confidence job.confidence threshold=0.85 waiting=job.is_waiting %}``. Probability in 0..1, or none: "not
    scored". Amber only below the threshold *and* while waiting. ``derived`` adds "from pages", ``by_hand`` replaces
    the number, ``tick`` marks the threshold. ``width`` is that of the bar: 48 in tables, 64 for candidates, 96 to 160
    with ``size="subject"``."""
    share = min(max(value or 0.0, 0.0), 1.0)
    at = round(threshold * width) if tick and threshold is not None else None
    is_low = bool(waiting) and threshold is not None and value is not None and value < threshold
    return {
        "number": None if value is None else formats.format_percent(value),
        "bar": Bar(width, round(share * width, 1), at),
        "is_low": is_low,
        "by_hand": by_hand,
        "derived": derived,
        "size": size,
    }


@dataclass(frozen=True, slots=True)
class Shape:
    """How a state is shown: its icon, its tone (empty is grey) and its word."""

    icon: str
    tone: str
    words: Promise


QUEUED = Shape("circle-dashed", "", gettext_lazy("Queued"))
DONE = Shape("check", "ok", gettext_lazy("Done"))
SHAPES = {
    "pending": QUEUED,
    "queued": QUEUED,
    "stale": Shape("circle-dashed", "", gettext_lazy("Stale")),
    "untested": Shape("circle-dashed", "", gettext_lazy("Not tested yet")),
    "running": Shape("loader-circle", "running", gettext_lazy("Running")),
    "checking": Shape("scan-search", "", gettext_lazy("Checking")),
    "completed": DONE,
    "done": DONE,
    "ready": Shape("check", "ok", gettext_lazy("Ready")),
    "approved": Shape("check", "ok", gettext_lazy("Approved")),
    "auto_approved": Shape("check-check", "", gettext_lazy("Auto-approved")),
    "overridden": Shape("pen-line", "", gettext_lazy("Overridden")),
    "waiting": Shape("circle-dot", "act", gettext_lazy("Waiting")),
    "limited": Shape("circle-dot", "act", gettext_lazy("Rate limited")),
    "escalated": Shape("flag", "act", gettext_lazy("Escalated")),
    "set_aside": Shape("circle-minus", "", gettext_lazy("Set aside")),
    "failed": Shape("circle-x", "bad", gettext_lazy("Failed")),
    "cancelled": Shape("ban", "", gettext_lazy("Cancelled")),
    "duplicate": Shape("copy", "", gettext_lazy("Duplicate")),
    "warning": Shape("triangle-alert", "warning", gettext_lazy("Look at it")),
    "note": Shape("info", "", gettext_lazy("Note")),
}


@register.inclusion_tag("components/state.html")
def state(status: str, words: str = "", *, by: object = None, quiet: bool = False) -> dict[str, Any]:
    """``{% state job.status %}``: the shape of a job's or a review's status and its word. Own words replace the word:
    ``{% state "failed" "Truncated at page 2. Scan it again." %}``; ``by`` adds who: "Approved, Dana K."; ``quiet``
    colours the shape alone, for a list where every row has a finding."""
    shape = SHAPES[status.lower()]
    text = words or shape.words
    return {
        "shape": shape,
        "words": _("%(state)s, %(name)s") % {"state": text, "name": by} if by else text,
        "quiet": quiet,
    }


# --- Bars of progress ------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/bar.html")
def progress_bar(done: int, total: int) -> dict[str, Any]:
    """``{% progress_bar run.done run.total %}``: a 4 px accent bar as wide as its cell. The numbers stand beside it."""
    return {"filled": f"{100 * done / total:.2f}%" if total else "0%"}


PARTS = ("settled", "waiting", "failed", "running", "queued")


@register.inclusion_tag("components/run_bar.html")
def run_bar(counts: dict[str, int]) -> dict[str, Any]:
    """``{% run_bar counts %}``: the parts settled, waiting, failed, running, queued of a run, in this order and to
    scale; the legend below it says the same in words."""
    total, start, segments = sum(counts.get(part, 0) for part in PARTS), 0.0, []
    for part in PARTS:
        share = 100 * counts.get(part, 0) / total if total else 0.0
        if share:
            segments.append({"part": part, "x": f"{start:.3f}%", "width": f"{share:.3f}%"})
        start += share
    return {"segments": segments}


# --- Evidence --------------------------------------------------------------------------------------------------------


# Air around the words, in fractions of the page, for a quote's box is as tight as its letters.
MARGIN_X, MARGIN_Y = 0.002, 0.0025
# A line that starts here has blank paper before it, wide enough for a number on a phone too.
FIRST_COLUMN = (0.05, 0.2)
# A number, as much of a page as it takes on the smallest screen.
TAG_WIDTH, TAG_HEIGHT = 0.035, 0.025


def _as_percent(box: Any) -> dict[str, str]:
    x0, y0, x1, y1 = box
    return {
        "x": f"{x0 - MARGIN_X:.3%}",
        "y": f"{y0 - MARGIN_Y:.3%}",
        "width": f"{x1 - x0 + 2 * MARGIN_X:.3%}",
        "height": f"{y1 - y0 + 2 * MARGIN_Y:.3%}",
    }


def _place_tag(boxes: Any, taken: list[Any]) -> dict[str, Any]:
    """Where a quote's number stands: in the margin beside the first of its lines that starts there, for above a line
    is nearly always another one. A quote in the middle of its line has it above its corner, unless another quote,
    of those ``taken``, is there."""
    for box in boxes:
        if FIRST_COLUMN[0] <= box[0] <= FIRST_COLUMN[1]:
            return {**_as_percent(box), "is_beside": True}
    return {**_as_percent(boxes[0]), "is_beside": any(_is_right_above(other, boxes[0]) for other in taken)}


def _is_right_above(other: Any, box: Any) -> bool:
    starts_left = other[0] < box[0] + TAG_WIDTH and box[0] < other[2]
    return bool(starts_left and other[1] < box[1] < other[3] + TAG_HEIGHT)


def _read(item: Any, name: str) -> Any:
    return item[name] if isinstance(item, dict) else getattr(item, name)


@register.inclusion_tag("components/evidence.html")
def evidence_marks(evidence: Any, page: int, current: int = 1) -> dict[str, Any]:
    """``{% evidence_marks result.evidence page.number %}`` inside ``.paper``: the boxes of one page over its image.
    Items are numbered from 1 through the whole list, in the order in which the reasoning quotes them."""
    taken = [box for item in evidence or () if _read(item, "page") == page for box in _read(item, "boxes")]
    marks = [
        {
            "number": number,
            "quote": _read(item, "quote"),
            "boxes": [_as_percent(box) for box in _read(item, "boxes")],
            "is_current": number == current,
            "tag": _place_tag(_read(item, "boxes"), taken),
        }
        for number, item in enumerate(evidence or (), start=1)
        if _read(item, "page") == page and _read(item, "boxes")
    ]
    return {"marks": marks}


@register.simple_tag
def reasoning(text: str, evidence: Any) -> SafeString:
    """``{% reasoning result.reasoning result.evidence %}``: the reasoning with each quote underlined and numbered, as
    a link to its box on the page. A quote the reasoning does not contain is left to the marks on the page."""
    parts: list[SafeString | str] = []
    end = 0
    for start, stop, number, page in _find_quotes(text, evidence or ()):
        if start >= end:
            parts += [text[end:start], _link_quote(number, page=page, quote=text[start:stop])]
            end = stop
    return format_html_join("", "{}", ((part,) for part in [*parts, text[end:]]))


def _find_quotes(text: str, evidence: Any) -> list[tuple[int, int, int, int]]:
    """Where each quote first stands in ``text``, in either case, as (start, end, number, page) in order of place.

    ``lower`` keeps the length for nearly all letters; where it would not, nothing is searched in lower case.
    """
    folded = text.lower() if len(text.lower()) == len(text) else text
    found = []
    for number, item in enumerate(evidence, start=1):
        quote = _read(item, "quote")
        start = folded.find(quote.lower()) if quote else -1
        if start >= 0:
            found.append((start, start + len(quote), number, _read(item, "page")))
    return sorted(found)


def _link_quote(number: int, *, page: int, quote: str) -> SafeString:
    return format_html(
        '<a class="quote" id="quote-{0}" href="#evidence-{0}" data-evidence="{0}" data-page="{1}">'
        '<span class="quote-number">{0}</span>{2}</a>',
        number,
        page,
        quote,
    )


# --- Forms and lists -------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, *, counter: int | None = None, quiet: bool = False, kept: bool = False) -> dict[str, Any]:
    """``{% field form.name counter=50 %}``: label, counter, control, and below it help and errors tied to the control.
    ``counter`` is the most characters it may have; ``quiet`` sets the label small and grey; ``kept`` reserves the line
    of the message, so that nothing moves when it comes and goes."""
    name = bound.auto_id
    described = [f"{name}_helptext"] if bound.help_text else []
    described += [f"{name}_error"] if bound.errors or kept else []
    attrs: dict[str, str | bool] = {"aria-describedby": " ".join(described)} if described else {}
    if counter:
        attrs["data-counter"] = f"{name}_counter"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "counter": counter,
        "length": len(str(bound.value() or "")),
        "quiet": quiet,
        "kept": kept,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
    }


@register.inclusion_tag("components/pager.html")
def pager(words: str, *, newer: str = "", older: str = "") -> dict[str, Any]:
    """``{% pager "1–50 of 240" newer=page.newer_url older=page.older_url %}``: an empty URL leaves its button grey."""
    return {"words": words, "newer": newer, "older": older}


# --- The page around it ----------------------------------------------------------------------------------------------


def _link_files(folder: Path, pattern: str, html: str) -> SafeString:
    found = sorted(path.relative_to(settings.BASE_DIR / "static").as_posix() for path in folder.glob(pattern))
    return format_html_join("\n", html, ((static(name),) for name in found))


@register.simple_tag
def page_styles() -> SafeString:
    """Links every sheet of ``static/css/pages``: boosted links swap the body and never read the next page's head, so
    each page carries the sheets of all. Layers keep them from disturbing one another's order."""
    return _link_files(settings.BASE_DIR / "static" / "css" / "pages", "*.css", '<link rel="stylesheet" href="{}">')


@register.simple_tag
def page_scripts() -> SafeString:
    """Links every script of ``static/js``, for the reason ``page_styles`` gives. They run once, before the first page
    is swapped, so they listen on the document and look for their elements when something happens."""
    return _link_files(settings.BASE_DIR / "static" / "js", "*.js", '<script src="{}" defer></script>')


def _request_of(context: Context) -> HttpRequest:
    """The request, or an empty one where a page is drawn without: then every choice is the default."""
    return context.get("request") or HttpRequest()


@register.simple_tag(takes_context=True)
def preferences(context: Context) -> SafeString:
    """``<html{% preferences %}>``: choices as data attributes, rendered here so that a page never flashes."""
    request = _request_of(context)
    pairs = ((name, chosen(request, name)) for name in CHOICES)
    return format_html_join("", ' data-{}="{}"', (pair for pair in pairs if pair[1]))


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """``{% theme as now %}``: "light", "dark" or "system"."""
    return chosen(_request_of(context), "theme") or "system"

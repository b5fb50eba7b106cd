"""The pieces every page is made of: ``{% load desk %}``.

Words and colours of types, confidence and states are decided here and in ``templates/components/`` alone, so that a
job looks the same in a table, on its page and in the queue.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from classifyhub import formats
from classifyhub.templatetags import evidence, whole_page

register = template.Library()
for part in (evidence, whole_page):
    register.tags.update(part.register.tags)

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
        "number": None if value is None else formats.format_percent(value, mark=threshold),
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

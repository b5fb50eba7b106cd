"""Quotes on the page they stand on and in the reasoning: part of ``{% load desk %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

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

"""What a provider gives, ignores and costs, in a few lines: they stand above the rules, before anybody pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.formats import format_size
from rules.capabilities import Capabilities
from rules.models import Mode


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. ``is_given`` ticks what the provider does; the rest are limits to know about."""

    sentence: str
    is_given: bool = False


def describe(capabilities: Capabilities) -> tuple[Fact, ...]:
    """The facts of one provider, what it gives first."""
    return (
        _tell_answer(capabilities),
        *_tell_modes(capabilities),
        *_tell_pages(capabilities),
        *_tell_limits(capabilities),
    )


def _tell_answer(capabilities: Capabilities) -> Fact:
    match capabilities.gives_confidence, capabilities.gives_reasoning:
        case True, True:
            return Fact(_("Gives confidence and reasoning"), is_given=True)
        case True, False:
            return Fact(_("Gives confidence, no reasoning"), is_given=True)
        case False, True:
            return Fact(_("Gives reasoning, no confidence: every document waits for review"), is_given=True)
        case _:
            return Fact(_("Gives a type alone: every document waits for review"))


def _tell_modes(capabilities: Capabilities) -> Iterator[Fact]:
    if Mode.MULTIMODAL not in capabilities.modes:
        yield Fact(_("Multimodal is not offered"))
    elif capabilities.in_process:
        yield Fact(_("Multimodal reads pages that are mostly picture by OCR as well, and takes longer"), is_given=True)


def _tell_pages(capabilities: Capabilities) -> Iterator[Fact]:
    if capabilities.pages_read is not None:
        read = capabilities.pages_read
        yield Fact(ngettext("Reads the first page", "Reads the first %(pages)s pages", read) % {"pages": read})
    if not capabilities.has_page_choice:
        yield Fact(_("Takes no choice of pages: a PDF is cut before it is sent"))
    if not capabilities.has_language:
        yield Fact(_("Takes no language"))


def _tell_limits(capabilities: Capabilities) -> Iterator[Fact]:
    if capabilities.in_process:
        words = _("Types up to %(type)s characters, descriptions up to %(description)s")
        most = {"type": capabilities.type_max, "description": f"{capabilities.description_max:,}"}
        yield Fact(words % most)
        yield Fact(_("Runs on this machine: no key, no credits"), is_given=True)
    else:
        yield Fact(_say_types(capabilities))
        yield from _tell_size(capabilities)
        yield Fact(f"{_say_descriptions(capabilities)}, {_say_cost(capabilities)}")


def _tell_size(capabilities: Capabilities) -> Iterator[Fact]:
    if capabilities.max_bytes is None:
        return
    most = _("Documents up to %(most)s") % {"most": format_size(capabilities.max_bytes)}
    less = [
        _("%(most)s at the host %(host)s") % {"most": format_size(bytes_), "host": host}
        for host, bytes_ in capabilities.max_bytes_at.items()
    ]
    yield Fact(", ".join([most, *less]))


def _say_types(capabilities: Capabilities) -> str:
    if capabilities.type_charset_words:
        words = _("Types: 1–%(most)s %(signs)s")
        return words % {"most": capabilities.type_max, "signs": _(capabilities.type_charset_words)}
    return _("Types: up to %(most)s characters") % {"most": capabilities.type_max}


def _say_descriptions(capabilities: Capabilities) -> str:
    if not capabilities.uses_descriptions:
        return _("Ignores descriptions: the type alone must tell")
    most = f"{capabilities.description_max:,}"
    if capabilities.description_min:
        words = _("Descriptions: %(least)s–%(most)s characters")
        return words % {"least": capabilities.description_min, "most": most}
    return _("Descriptions: up to %(most)s characters") % {"most": most}


def _say_cost(capabilities: Capabilities) -> str:
    cost = capabilities.credits_per_page
    if not cost:
        return _("costs what your model costs")
    each = ngettext("%(cost)g credit a page", "%(cost)g credits a page", int(cost)) % {"cost": cost}
    dearer = capabilities.price(Mode.MULTIMODAL)
    return each if dearer == cost else _("%(each)s, %(dearer)g in Multimodal") % {"each": each, "dearer": dearer}

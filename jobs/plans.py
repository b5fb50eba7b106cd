"""What a version will do with documents before it is launched: how many pages it reads, what it cannot take, what that
costs. From the version's options and its provider's capabilities alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.engine import parse_pages
from classifyhub.engine.ocr import tell_engine
from classifyhub.formats import format_credits, format_number, format_size
from jobs import kinds
from rules.capabilities import PDF, Capabilities, capabilities_of
from rules.models import PresetVersion


@dataclass(frozen=True)
class Plan:
    """One version, asked about documents. ``provider_name`` is set to ask about another provider: its fallback."""

    version: PresetVersion
    provider_name: str = ""

    @cached_property
    def provider(self) -> Capabilities:
        return capabilities_of(self.provider_name or self.version.provider)

    @cached_property
    def _ranges(self) -> tuple[tuple[int, int], ...]:
        """None for a choice that nobody can read: no preset is published with one, and the provider says so itself."""
        with suppress(ValueError):
            return parse_pages(self.version.target_pages)
        return ()

    @cached_property
    def _most_bytes(self) -> int | None:
        if not self.provider.max_bytes_at:
            return self.provider.max_bytes
        is_first = self.provider.name == self.version.provider
        return self.provider.most_bytes(self.version.connection if is_first else self.version.fallback_connection)

    @cached_property
    def most_pages(self) -> int | None:
        """The most pages of one document that are read; none without a limit."""
        limits = (self.version.max_pages, self.provider.pages_read)
        return min((limit for limit in limits if limit is not None), default=None)

    def count_pages(self, page_count: int, *, media_type: str = PDF) -> int:
        """How many pages of a document of ``page_count`` are read. Where pages cannot be chosen it goes whole."""
        if not self.provider.takes_choice(media_type):
            return min(page_count, self.provider.pages_read or page_count)
        ranges = self._ranges or ((1, page_count),)
        wanted = sum(max(min(last, page_count) - first + 1, 0) for first, last in ranges)
        return wanted if self.most_pages is None else min(wanted, self.most_pages)

    @cached_property
    def has_ocr(self) -> bool:
        """Whether pages without text of their own are read from their picture. A provider that documents are sent to
        does that by itself."""
        return not self.provider.in_process or bool(tell_engine(self.version.lang))

    def refusal(self, name: str, media_type: str, size: int) -> str:
        """Why the provider will not take such a document, in one sentence; empty when it will."""
        most = self._most_bytes
        if most is not None and size > most:
            words = _("Over the %(most)s that %(provider)s takes.")
            return words % {"most": format_size(most), "provider": self.provider.label}
        if media_type in self.provider.media_types:
            return ""
        kind = kinds.name_kind(media_type) or kinds.claim_kind(name) or _("this format")
        if self.provider.in_process:
            return _("No local reader for %(kind)s.") % {"kind": kind}
        return _("%(provider)s takes no %(kind)s.") % {"provider": self.provider.label, "kind": kind}

    def credits(self, pages: int) -> float:
        """What reading ``pages`` pages costs."""
        return pages * self.price

    @cached_property
    def price(self) -> float:
        """Credits a page, in the version's mode."""
        return self.provider.price(self.version.mode)

    def estimate(self, pages: int) -> str:
        """The same in words: "about 116 credits", or that there are none."""
        cost = self.credits(pages)
        return _("about %(credits)s") % {"credits": format_credits(cost)} if cost else format_credits(0)

    def words_for_pages(self) -> str:
        """Which pages of each document are read."""
        most = self.most_pages
        if self._ranges:
            pages = _("Pages %(pages)s of each document") % {"pages": self.version.target_pages}
            return pages if most is None else _("%(pages)s, %(most)s at most") % {"pages": pages, "most": most}
        if most is None:
            return _("All pages")
        return ngettext("First page of each document", "First %(most)s pages of each document", most) % {"most": most}

    def words_for_answers(self) -> str:
        """What comes back for each document."""
        parts = [_("Type")]
        parts += [_("confidence")] if self.provider.gives_confidence else []
        parts += [_("reasoning")] if self.provider.gives_reasoning else []
        return ", ".join(parts)

    def words_for_cost(self, pages: int) -> str:
        """What it costs, and whether anything leaves this machine."""
        if self.provider.in_process:
            return _("No credits, nothing leaves this machine")
        if not self.price:
            return _("What your model costs")
        if not pages:
            return format_credits(0)
        words = _("About %(credits)s, %(each)s a page")
        return words % {"credits": format_credits(self.credits(pages)), "each": format_number(self.price)}

    def words_for_losses(self) -> list[str]:
        """What the version asks for and the provider ignores, cuts or does otherwise, one sentence each."""
        provider, version = self.provider, self.version
        losses = {
            _("Ignores descriptions."): not provider.uses_descriptions,
            _("Takes no language."): not provider.has_language and version.lang != "en",
            _("Does not know the language."): version.lang not in (provider.languages or {version.lang}),
            _("Has no Multimodal: reads as in Fast."): version.mode not in provider.modes,
            _("Takes no choice of pages: a PDF is cut before it is sent, anything else goes whole."): (
                not provider.has_page_choice and bool(version.target_pages or version.max_pages)
            ),
            self._words_for_page_limit(): provider.pages_read is not None,
            _("Gives no confidence: every document waits."): not provider.gives_confidence,
        }
        return [words for words, is_so in losses.items() if is_so]

    def _words_for_page_limit(self) -> str:
        most = self.provider.pages_read or 0
        return ngettext("Reads the first page.", "Reads the first %(most)s pages.", most) % {"most": most}

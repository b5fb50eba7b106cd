"""Readers: one module per family of formats, found by media type and loaded when first needed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from classifyhub.engine import sniffing
from classifyhub.engine.model import Page, ReadError
from classifyhub.engine.pageranges import Plan, Scope

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a reader gives: the pages it read, how many there are, the plan as carried out, and facts by name."""

    pages: tuple[Page, ...]
    page_count: int
    plan: Plan
    facts: Facts = ()


class Reader(Protocol):
    """A module that reads one family of formats. Both functions raise ``ReadError``."""

    def inspect(self, path: Path) -> tuple[int | None, bool | None]:
        """Page count and whether the first pages hold text, each null where it cannot be told cheaply."""

    def read(self, path: Path, scope: Scope) -> Parts:
        """Read the pages that ``scope`` wants, first pages first."""


_MODULES = {
    sniffing.PDF: "pdf",
    sniffing.DOCX: "docx",
    sniffing.PPTX: "pptx",
    sniffing.XLSX: "xlsx",
    sniffing.ODT: "opendocument",
    sniffing.ODP: "opendocument",
    sniffing.ODS: "opendocument",
    sniffing.EPUB: "epub",
    sniffing.RTF: "rtf",
    sniffing.DOC: "doc",
    sniffing.PPT: "ppt",
    sniffing.MSG: "outlook",
    sniffing.HTML: "html",
    sniffing.TEXT: "text",
    sniffing.MARKDOWN: "text",
    sniffing.MAIL: "mail",
    **dict.fromkeys(sniffing.IMAGES, "image"),
}


def find_reader(media_type: str) -> Reader:
    """The reader of ``media_type``; raises ``ReadError("no_local_reader")`` for a format without one."""
    if media_type not in _MODULES:
        raise ReadError("no_local_reader", f"There is no local reader for {media_type}.")
    return cast("Reader", importlib.import_module(f"{__name__}.{_MODULES[media_type]}"))

"""What each provider takes, gives, ignores and costs. Data only.

Editor lint, upload check and estimate read these records, so that people see before they pay what a provider will
ignore or cut. Sources: the vendors' public API references.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_noop

from rules.models import Mode, ProviderName

PDF = "application/pdf"
RASTER_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE = frozenset(
    {
        DOCX,
        PPTX,
        XLSX,
        "application/msword",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/rtf",
        "application/epub+zip",
        "application/vnd.ms-outlook",
    }
)
PLAIN = frozenset({"text/plain", "text/markdown", "text/html", "message/rfc822", "text/csv"})
LOCAL = frozenset({PDF, DOCX, "text/plain", "text/markdown", "text/html", "message/rfc822"}) | RASTER_IMAGES
EVERYTHING = frozenset({PDF}) | RASTER_IMAGES | OFFICE | PLAIN

MB = 1024 * 1024
Granularity = Literal["document", "page", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One provider. ``type_charset`` is a regular expression that a whole type must match; null limits mean none."""

    name: ProviderName
    granularity: Granularity
    gives_confidence: bool
    gives_reasoning: bool
    uses_descriptions: bool
    needs_descriptions: bool
    idempotent: bool
    cancellable: bool
    lists_by_id: bool
    synchronous: bool
    needs_connection: bool
    max_bytes: int | None
    media_types: frozenset[str]
    pages_read: int | None
    has_page_choice: bool
    modes: frozenset[str]
    has_language: bool
    credits_per_page: float
    type_max: int = 200
    type_charset: str = ""
    type_charset_words: str = ""
    description_min: int = 0
    description_max: int = 2000

    @property
    def label(self) -> str:
        """The provider's name, as people read it."""
        return str(self.name.label)

    @property
    def in_process(self) -> bool:
        """Whether the answer is computed here, on a worker's own processor."""
        return self.name == ProviderName.LOCAL


_FAST = frozenset({str(Mode.FAST)})
_BOTH = frozenset({str(Mode.FAST), str(Mode.MULTIMODAL)})

# Letters of every alphabet are meant by "letters" only where a vendor says so; LlamaCloud's pattern is ASCII.
_LLAMACLOUD_TYPE = r"[A-Za-z0-9 _-]+"
_LLAMACLOUD_WORDS = gettext_noop("letters, digits, space, hyphen and underscore")

CAPABILITIES: dict[str, Capabilities] = {
    record.name: record
    for record in (
        Capabilities(
            name=ProviderName.LOCAL,
            granularity="both",
            gives_confidence=True,
            gives_reasoning=True,
            uses_descriptions=True,
            needs_descriptions=False,
            idempotent=True,
            cancellable=False,
            lists_by_id=False,
            synchronous=True,
            needs_connection=False,
            max_bytes=None,
            media_types=LOCAL,
            pages_read=None,
            has_page_choice=True,
            modes=_FAST,
            has_language=True,
            credits_per_page=0,
        ),
        Capabilities(
            name=ProviderName.LLAMACLOUD_V2,
            granularity="document",
            gives_confidence=True,
            gives_reasoning=True,
            uses_descriptions=True,
            needs_descriptions=True,
            idempotent=True,
            cancellable=True,
            lists_by_id=True,
            synchronous=False,
            needs_connection=True,
            max_bytes=512 * MB,
            media_types=EVERYTHING,
            pages_read=None,
            has_page_choice=True,
            modes=_FAST,
            has_language=True,
            credits_per_page=1,
            type_max=50,
            type_charset=_LLAMACLOUD_TYPE,
            type_charset_words=_LLAMACLOUD_WORDS,
            description_min=10,
            description_max=500,
        ),
        Capabilities(
            name=ProviderName.LLAMACLOUD_V1,
            granularity="document",
            gives_confidence=True,
            gives_reasoning=True,
            uses_descriptions=True,
            needs_descriptions=True,
            idempotent=False,
            cancellable=False,
            lists_by_id=False,
            synchronous=False,
            needs_connection=True,
            max_bytes=512 * MB,
            media_types=EVERYTHING,
            pages_read=None,
            has_page_choice=True,
            modes=_BOTH,
            has_language=True,
            credits_per_page=1,
            type_max=50,
            type_charset=_LLAMACLOUD_TYPE,
            type_charset_words=_LLAMACLOUD_WORDS,
            description_min=10,
            description_max=500,
        ),
        Capabilities(
            name=ProviderName.LANDINGAI,
            granularity="page",
            gives_confidence=False,
            gives_reasoning=True,
            uses_descriptions=True,
            needs_descriptions=False,
            idempotent=False,
            cancellable=False,
            lists_by_id=False,
            synchronous=True,
            needs_connection=True,
            max_bytes=50 * MB,
            media_types=frozenset({PDF, DOCX, PPTX}) | RASTER_IMAGES,
            pages_read=None,
            has_page_choice=False,
            modes=_FAST,
            has_language=False,
            credits_per_page=1,
        ),
        Capabilities(
            name=ProviderName.UNSILOED,
            granularity="both",
            gives_confidence=True,
            gives_reasoning=False,
            uses_descriptions=False,
            needs_descriptions=False,
            idempotent=False,
            cancellable=False,
            lists_by_id=False,
            synchronous=False,
            needs_connection=True,
            max_bytes=500 * MB,
            media_types=frozenset({PDF}) | RASTER_IMAGES,
            pages_read=4,
            has_page_choice=False,
            modes=_FAST,
            has_language=False,
            credits_per_page=1,
        ),
        Capabilities(
            name=ProviderName.OPENAI_COMPATIBLE,
            granularity="document",
            gives_confidence=True,
            gives_reasoning=True,
            uses_descriptions=True,
            needs_descriptions=False,
            idempotent=False,
            cancellable=False,
            lists_by_id=False,
            synchronous=True,
            needs_connection=True,
            max_bytes=None,
            media_types=LOCAL,
            pages_read=None,
            has_page_choice=True,
            modes=_BOTH,
            has_language=True,
            credits_per_page=0,
        ),
        Capabilities(
            name=ProviderName.ECHO,
            granularity="document",
            gives_confidence=True,
            gives_reasoning=True,
            uses_descriptions=False,
            needs_descriptions=False,
            idempotent=True,
            cancellable=True,
            lists_by_id=True,
            synchronous=False,
            needs_connection=False,
            max_bytes=None,
            media_types=EVERYTHING,
            pages_read=None,
            has_page_choice=True,
            modes=_FAST,
            has_language=True,
            credits_per_page=0,
        ),
    )
}

# Providers this installation can send documents to today. The editor offers these first; the others may be chosen, so
# that a draft can be written within their limits, and are published once there is a connection to them.
AVAILABLE: tuple[str, ...] = (ProviderName.LOCAL,)


def capabilities_of(provider: str) -> Capabilities:
    """The record for ``provider``; ``KeyError`` for a name nobody knows."""
    return CAPABILITIES[provider]

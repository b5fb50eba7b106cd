"""What each provider takes, gives, ignores and costs. Data only.

Editor lint, upload check and estimate read these records, so that people see before they pay what a provider will
ignore or cut. Sources: the vendors' public API references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext_noop

from classifyhub.engine import READABLE
from classifyhub.languages import LLAMACLOUD_V1
from rules.models import Connection, Mode, ProviderName

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
LOCAL = READABLE
EVERYTHING = frozenset({PDF}) | RASTER_IMAGES | OFFICE | PLAIN

# "200 MB" in a vendor's words may be either kind. The smaller one passes everywhere, and is what people are shown.
MB = 1_000_000
Granularity = Literal["document", "page", "both"]


_FAST = frozenset({str(Mode.FAST)})
_BOTH = frozenset({str(Mode.FAST), str(Mode.MULTIMODAL)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One provider; a record below says only where it differs from these defaults. ``type_charset`` is a regular
    expression that a whole type must match; null limits mean none, null ``languages`` all. ``group_size`` is how many
    documents one call may carry, ``saves_presets`` that rules can be kept at the vendor under a name, ``keeps_jobs``
    that each job stays there until it is deleted, ``lists_by_key`` that what was sent can be found there under a key of
    ours. Without ``has_page_choice`` a PDF is cut before it is sent, and anything else goes whole.
    ``credits_multimodal`` is what a page costs in that mode where it is another price. ``max_bytes_at`` are the limits
    of hosts that take less than the usual one, ``reserved_types`` what the vendor itself means by a type, folded."""

    name: ProviderName
    granularity: Granularity = "document"
    gives_confidence: bool = True
    gives_reasoning: bool = True
    uses_descriptions: bool = True
    needs_descriptions: bool = False
    idempotent: bool = False
    cancellable: bool = False
    lists_by_id: bool = False
    synchronous: bool = False
    needs_connection: bool = True
    saves_presets: bool = False
    keeps_jobs: bool = False
    lists_by_key: bool = False
    group_size: int = 1
    max_bytes: int | None = None
    max_bytes_at: Mapping[str, int] = field(default_factory=dict)
    media_types: frozenset[str]
    pages_read: int | None = None
    has_page_choice: bool = True
    modes: frozenset[str] = _FAST
    has_language: bool = True
    languages: frozenset[str] | None = None
    credits_per_page: float = 1
    credits_multimodal: float | None = None
    type_max: int = 200
    type_charset: str = ""
    type_charset_words: str = ""
    reserved_types: frozenset[str] = frozenset()
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

    def price(self, mode: str) -> float:
        """Credits a page in ``mode``; a mode that is not offered is read, and paid, as Fast."""
        if mode == Mode.MULTIMODAL and mode in self.modes and self.credits_multimodal is not None:
            return self.credits_multimodal
        return self.credits_per_page

    def most_bytes(self, connection: Connection | None) -> int | None:
        """The largest document that is taken through ``connection``; an address of one's own may be any host."""
        host = str(connection.options.get("host") or "") if connection and not connection.base_url else ""
        return self.max_bytes_at.get(host, self.max_bytes)

    def takes_choice(self, media_type: str) -> bool:
        """Whether pages of such a document can be chosen, there or by cutting it here."""
        return self.has_page_choice or media_type == PDF


# What both generations of LlamaCloud share. Letters of every alphabet are meant by "letters" only where a vendor says
# so; LlamaCloud's pattern is ASCII.
_LLAMACLOUD: dict[str, Any] = {
    "lists_by_key": True,
    "needs_descriptions": True,
    "max_bytes": 512 * MB,
    "media_types": EVERYTHING,
    "type_max": 50,
    "type_charset": r"[A-Za-z0-9 _-]+",
    "type_charset_words": gettext_noop("letters, digits, space, hyphen and underscore"),
    "description_min": 10,
    "description_max": 500,
}

CAPABILITIES: dict[str, Capabilities] = {
    record.name: record
    for record in (
        Capabilities(
            name=ProviderName.LOCAL,
            granularity="both",
            idempotent=True,
            synchronous=True,
            needs_connection=False,
            media_types=LOCAL,
            modes=_BOTH,
            credits_per_page=0,
        ),
        Capabilities(
            name=ProviderName.LLAMACLOUD_V2,
            idempotent=True,
            cancellable=True,
            lists_by_id=True,
            saves_presets=True,
            keeps_jobs=True,
            **_LLAMACLOUD,
        ),
        Capabilities(
            name=ProviderName.LLAMACLOUD_V1,
            modes=_BOTH,
            credits_multimodal=2,
            group_size=500,
            languages=frozenset(LLAMACLOUD_V1),
            **_LLAMACLOUD,
        ),
        Capabilities(
            name=ProviderName.LANDINGAI,
            granularity="page",
            gives_confidence=False,
            synchronous=True,
            max_bytes=200 * MB,
            max_bytes_at={"ade": 50 * MB},
            reserved_types=frozenset({"unknown"}),
            media_types=frozenset({PDF, DOCX, PPTX}) | RASTER_IMAGES,
            has_page_choice=False,
            has_language=False,
        ),
        Capabilities(
            name=ProviderName.UNSILOED,
            granularity="both",
            gives_reasoning=False,
            uses_descriptions=False,
            max_bytes=500 * MB,
            media_types=frozenset({PDF}) | RASTER_IMAGES,
            pages_read=4,
            has_page_choice=False,
            has_language=False,
        ),
        Capabilities(
            name=ProviderName.OPENAI_COMPATIBLE,
            synchronous=True,
            media_types=LOCAL,
            modes=_BOTH,
            credits_per_page=0,
        ),
        Capabilities(
            name=ProviderName.ECHO,
            uses_descriptions=False,
            idempotent=True,
            cancellable=True,
            lists_by_id=True,
            needs_connection=False,
            media_types=EVERYTHING,
            credits_per_page=0,
        ),
    )
}


def capabilities_of(provider: str) -> Capabilities:
    """The record for ``provider``; ``KeyError`` for a name nobody knows."""
    return CAPABILITIES[provider]

"""What the upload page shows: what was found in each staged document, what will happen to it, and what the launch comes
to under the chosen version. Read only; two queries for the documents, however many there are."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.engine import RENDERABLE
from classifyhub.formats import format_size
from jobs import batches, kinds, refusals, twins
from jobs.models import Document, Errand, IntakeBatch
from jobs.plans import Plan

Check, Choice = Document.Check, Document.Choice
# Rows that are drawn of each group; the totals are of all.
ROWS = 100
BROKEN = frozenset({Check.EMPTY, Check.ENCRYPTED, Check.UNREADABLE, Check.TOO_LARGE, Check.NOT_TAKEN})
FIELDS = (
    "pk",
    "uid",
    "client_uid",
    "name",
    "path",
    "media_type",
    "page_count",
    "has_text",
    "check_state",
    "check_detail",
    "choice",
    "errand__kind",
    "errand__done",
    "errand__total",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One staged document, light, for there may be thousands. ``size`` is none for one that was not stored, ``twin``
    the key of the document that makes it superfluous."""

    pk: int
    uid: uuid.UUID
    client_uid: uuid.UUID | None
    name: str
    path: str
    media_type: str
    page_count: int | None
    has_text: bool | None
    check_state: str
    check_detail: str
    choice: str
    errand__kind: str | None
    errand__done: int | None
    errand__total: int | None
    size: int | None
    twin: int | None

    @property
    def is_taken(self) -> bool:
        return self.choice == Choice.TAKE and self.size is not None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check says: a shape of the state tag and one line of words, cause first, then the next step."""

    shape: str
    words: str

    @property
    def cause(self) -> str:
        """The first of its sentences."""
        return self.words.split(". ")[0].removesuffix(".")

    @property
    def rank(self) -> int:
        """Where it stands in the list: what cannot be read, duplicates, what is only worth knowing, the rest."""
        return ("failed", "duplicate", "warning", "ready", "checking").index(self.shape)

    @property
    def needs_a_look(self) -> bool:
        return self.rank < 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    item: Item
    finding: Finding

    def told(self, words: dict[int, str]) -> Row:
        """The row of a duplicate with what is said of its twin."""
        if self.finding.shape != "duplicate" or self.item.twin not in words:
            return self
        return replace(self, finding=replace(self.finding, words=words[self.item.twin]))

    @property
    def size(self) -> str:
        """As measured, or as was said of what did not come."""
        if self.item.size is None:
            return self.item.check_detail if self.item.check_state == Check.TOO_LARGE else ""
        return format_size(self.item.size)

    @property
    def detail(self) -> str:
        """What the check has to add to its words."""
        return "" if self.item.check_state == Check.NOT_TAKEN else self.item.check_detail

    @property
    def choices(self) -> tuple[tuple[str, str, str], ...]:
        """What can be chosen: value, verb and what it leads to. None for what was never stored."""
        if self.item.size is None:
            return ()
        if self.finding.shape == "duplicate":
            return (
                (Choice.LEAVE, _("Skip"), _("stays as it was decided")),
                (Choice.TAKE, _("Classify again"), _("as a document of its own")),
            )
        consequence = _("fails, then decided by hand") if self.finding.shape == "failed" else ""
        return ((Choice.LEAVE, _("Leave out"), _("not classified")), (Choice.TAKE, _("Take"), consequence))

    @property
    def choice_words(self) -> str:
        """The verb of the choice that stands now, short enough for its column."""
        if self.finding.shape == "duplicate" and self.item.is_taken:
            return _("Again")
        return next((verb for value, verb, _why in self.choices if value == self.item.choice), _("Leave out"))


@dataclass(frozen=True)
class Staging:
    """A batch under a plan. Without a plan, when no preset is published, nothing can be launched."""

    batch: IntakeBatch
    plan: Plan | None
    items: tuple[Item, ...]
    arrived: int
    most_rows: int = ROWS

    @cached_property
    def rows(self) -> list[Row]:
        """All rows, what needs a look first, otherwise as they came."""
        found = [Row(item, find(item, self.plan)) for item in self.items]
        return sorted(found, key=lambda row: row.finding.rank)

    @cached_property
    def trouble(self) -> list[Row]:
        return [row for row in self.rows if row.finding.needs_a_look]

    @cached_property
    def ready(self) -> list[Row]:
        """Ready ones, and at the end those that are still being checked."""
        return [row for row in self.rows if not row.finding.needs_a_look]

    @cached_property
    def taken(self) -> list[Item]:
        return [item for item in self.items if item.is_taken]

    @cached_property
    def shown_trouble(self) -> list[Row]:
        shown = self.trouble[: self.most_rows]
        words = twins.describe({row.item.twin for row in shown if row.item.twin is not None})
        return [row.told(words) for row in shown]

    @property
    def shown_ready(self) -> list[Row]:
        return self.ready[: self.most_rows]

    @property
    def hidden_trouble(self) -> int:
        return max(len(self.trouble) - self.most_rows, 0)

    @property
    def hidden_ready(self) -> int:
        return max(len(self.ready) - self.most_rows, 0)

    @property
    def checking(self) -> int:
        return sum(item.check_state == Check.PENDING for item in self.items)

    @property
    def checked(self) -> int:
        return len(self.items) - self.checking

    @property
    def ready_count(self) -> int:
        return len(self.ready) - self.checking

    @property
    def ready_note(self) -> str:
        """Pages and size of that group, and how many are still being checked: "156 pages, 88 MB"."""
        pages = sum(row.item.page_count or 0 for row in self.ready)
        size = sum(row.item.size or 0 for row in self.ready)
        parts = [ngettext("%(n)d page", "%(n)d pages", pages) % {"n": pages}] if pages else []
        parts += [format_size(size)] if size else []
        parts += [_("%(n)d being checked") % {"n": self.checking}] if self.checking else []
        return ", ".join(parts)

    @property
    def expected(self) -> int:
        return max(self.batch.expected, self.arrived)

    @property
    def missing(self) -> int:
        """Files that were announced and did not arrive."""
        return self.expected - self.arrived

    @property
    def trouble_taken(self) -> int:
        return sum(row.item.is_taken for row in self.trouble)

    @property
    def trouble_takeable(self) -> int:
        """Those that are left out now and could be taken."""
        return sum(bool(row.choices) and not row.item.is_taken for row in self.trouble)

    @cached_property
    def pages(self) -> int:
        """Pages of what is taken; a format without pages counts as one."""
        return sum(_pages(item) for item in self.taken)

    @cached_property
    def pages_read(self) -> int:
        return sum(_pages_read(item, self.plan) for item in self.taken)

    @property
    def takes_words(self) -> str:
        """How many of those that are launched the provider can read."""
        fit = sum(item.check_state not in BROKEN and not _refusal(item, self.plan) for item in self.taken)
        total = len(self.taken)
        if not total:
            return _("No document yet")
        if fit == total:
            return ngettext("%(n)d document", "All %(n)d documents", total) % {"n": total}
        words = ngettext(
            "%(fit)d of %(total)d document, %(rest)d by hand", "%(fit)d of %(total)d documents, %(rest)d by hand", total
        )
        return words % {"fit": fit, "total": total, "rest": total - fit}

    @property
    def estimate(self) -> str:
        """What the launch costs, in words."""
        return self.plan.estimate(self.pages_read) if self.plan else ""

    @property
    def cost_words(self) -> str:
        """The same with the price of a page, or that nothing leaves this machine."""
        return self.plan.words_for_cost(self.pages_read) if self.plan else ""

    @property
    def credits(self) -> float:
        """What the launch costs, as far as prices are published."""
        return self.plan.credits(self.pages_read) if self.plan else 0

    @property
    def can_launch(self) -> bool:
        return bool(self.plan and self.taken and not self.checking)

    @property
    def is_moving(self) -> bool:
        """Whether the page should look again by itself."""
        return bool(self.checking)

    @property
    def seen(self) -> str:
        """Changes whenever anything on the page does: a poll that finds it unchanged swaps nothing."""
        facts = [(item.pk, item.check_state, item.choice, item.twin, item.errand__done) for item in self.items]
        version = self.plan.version.pk if self.plan else None
        return f"{zlib.crc32(repr((facts, self.expected, self.arrived, version, self.most_rows)).encode()):x}"


def stage(batch: IntakeBatch, plan: Plan | None, *, most_rows: int = ROWS) -> Staging:
    """The batch as it stands. What was removed again has arrived, but is not listed."""
    found = batches.staged(batch).values(
        *FIELDS, size=F("blob__size"), twin_pk=F("twin_id"), twin_erased=F("twin__deleted_at")
    )
    items = tuple(_item(**row) for row in found)
    return Staging(batch, plan, items, arrived=batches.count_arrived(batch), most_rows=most_rows)


def find(item: Item, plan: Plan | None) -> Finding:
    """What the page says of one document under ``plan``. Who the twin is, is filled in for the rows that are drawn."""
    if item.check_state == Check.PENDING:
        return Finding("checking", _moving_words(item))
    if item.check_state in BROKEN:
        return Finding("failed", _broken_words(item))
    if item.twin is not None:
        return Finding("duplicate", "")
    warning = _warning_words(item, plan)
    if warning or not item.is_taken:
        return Finding("warning", warning or _("Ready, but left out."))
    return Finding("ready", _ready_words(item, plan))


def trouble_keys(staging: Staging) -> Iterable[int]:
    """The documents of the group that needs a look."""
    return [row.item.pk for row in staging.trouble]


def _item(*, twin_pk: int | None, twin_erased: object, **fields: object) -> Item:
    return Item(**fields, twin=None if twin_erased else twin_pk)  # type: ignore[arg-type]  # values of the same names


def _pages(item: Item) -> int:
    return item.page_count if item.page_count is not None else 1


def _pages_read(item: Item, plan: Plan | None) -> int:
    """None of what the provider would not take."""
    if plan is None or _refusal(item, plan):
        return 0
    return plan.count_pages(_pages(item), media_type=item.media_type)


def _moving_words(item: Item) -> str:
    """What is being done with it before anything can be said of it."""
    if item.errand__kind == Errand.Kind.FETCH:
        return _("Fetching from %(host)s") % {"host": item.path}
    if item.errand__kind == Errand.Kind.UNPACK and item.errand__total:
        return _("Unpacking, %(n)d of %(total)d") % {"n": item.errand__done or 0, "total": item.errand__total}
    return _("Unpacking") if item.errand__kind else _("Checking")


def _broken_words(item: Item) -> str:
    match item.check_state:
        case Check.NOT_TAKEN:
            return refusals.explain(item.check_detail)
        case Check.EMPTY:
            return _("Empty file. Export it again where it came from.")
        case Check.ENCRYPTED:
            return _("Encrypted. Ask the sender for an open copy.")
        case Check.TOO_LARGE if item.size is None:
            return _("Over %(most)s. Split it, then upload the parts.") % {"most": format_size(settings.MAX_UPLOAD)}
        case Check.TOO_LARGE:
            return _("Too large to read. Split it, then upload the parts.")
        case _:
            return _("Damaged. Ask the sender for the file again.")


def _refusal(item: Item, plan: Plan | None) -> str:
    if plan is not None:
        return plan.refusal(item.name, item.media_type, item.size or 0)
    return _("No local reader.") if item.check_state == Check.NO_LOCAL_READER else ""


def _warning_words(item: Item, plan: Plan | None) -> str:
    if refusal := _refusal(item, plan):
        return _("%(cause)s Stored; decide it by hand.") % {"cause": refusal}
    if ending := kinds.find_false_ending(item.name, item.media_type):
        words = _("Named %(ending)s, is %(kind)s. Will be read as %(kind)s.")
        return words % {"ending": ending, "kind": kinds.name_kind(item.media_type)}
    if plan is not None and not _pages_read(item, plan):
        words = ngettext(
            "Has %(count)d page, none of %(pages)s.", "Has %(count)d pages, none of %(pages)s.", _pages(item)
        )
        return words % {"count": _pages(item), "pages": plan.version.target_pages}
    if _is_scan(item) and plan is not None and not plan.has_ocr:
        return _("No text, and no OCR on this machine. It will wait to be decided from its image.")
    return ""


def _ready_words(item: Item, plan: Plan | None) -> str:
    if _is_scan(item):
        return _scan_words(item, plan)
    count = _pages(item)
    read = _pages_read(item, plan) if plan else count
    if read == count:
        return _("Ready")
    if plan is not None and plan.version.target_pages:
        return _("Ready, %(read)d of %(count)d pages are read") % {"read": read, "count": count}
    return _("Ready, first %(read)d of %(count)d pages are read") % {"read": read, "count": count}


def _is_scan(item: Item) -> bool:
    """Whether its first pages have no text of their own, but a picture."""
    return item.has_text is False and item.media_type in RENDERABLE


def _scan_words(item: Item, plan: Plan | None) -> str:
    is_image = item.media_type.startswith("image/")
    if plan is not None and plan.provider.in_process:
        return _("Image: will be read by OCR") if is_image else _("Scan: will be read by OCR")
    return _("Ready, image without text layer") if is_image else _("Ready, no text layer")

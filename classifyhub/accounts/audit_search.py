"""Finding events in the audit log: filters, pages by key, and the rows of the CSV."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet

from classifyhub.accounts.audit_words import Sentence, tell
from classifyhub.accounts.models import AuditEvent, Project, User
from classifyhub.text import clean_text

PAGE_SIZE = 50
SYSTEM = "system"  # what nobody did: the clock, the command line
CSV_HEAD = ("at", "who", "e-mail", "verb", "object type", "object", "name", "sentence", "before", "after")


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show; empty shows all. ``person`` is a user's uid or "system", ``verb`` a verb or a noun with its dot,
    ``object`` the uid of what was touched. ``everywhere``: what belongs to no project, for who runs the
    installation."""

    person: str = ""
    verb: str = ""
    object: str = ""
    everywhere: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str], *, by: User) -> Filters:
        """From the address of the page; what makes no sense there finds nothing."""
        return cls(
            person=clean_text(query.get("person", ""), max_length=40),
            verb=clean_text(query.get("verb", ""), max_length=60),
            object=clean_text(query.get("object", ""), max_length=40),
            everywhere=by.is_superuser and query.get("scope") == "installation",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.person or self.verb or self.object)

    def query(self, **more: int) -> str:
        """The query string that leads to the same filters, with ``before`` or ``after`` for another page."""
        scope = "installation" if self.everywhere else ""
        pairs = {"person": self.person, "verb": self.verb, "object": self.object, "scope": scope, **more}
        return urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first; the ids to go on from, none where there is nothing more."""

    sentences: list[Sentence]
    newer: int | None
    older: int | None


def find(project: Project, filters: Filters) -> QuerySet[AuditEvent]:
    """The events of ``project`` that agree with ``filters``, newest first."""
    events = AuditEvent.objects.filter(project=None if filters.everywhere else project).select_related("actor")
    if filters.person == SYSTEM:
        events = events.filter(actor=None)
    elif filters.person:
        person = find_person(filters)
        events = events.filter(actor=person) if person else events.none()
    if filters.verb.endswith("."):
        events = events.filter(verb__startswith=filters.verb)
    elif filters.verb:
        events = events.filter(verb=filters.verb)
    if filters.object:
        events = events.filter(object_uid=filters.object)
    return events.order_by("-pk")


def find_person(filters: Filters) -> User | None:
    """Whom the filter names, member or not; none when nobody."""
    try:
        return User.objects.filter(uid=uuid.UUID(filters.person)).first()
    except ValueError:
        return None


def page(events: QuerySet[AuditEvent], *, before: int | None = None, after: int | None = None) -> Page:
    """Fifty events older than ``before``, or newer than ``after``, or the newest."""
    if after is not None:
        rows = list(events.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        has_newer, has_older = len(rows) > PAGE_SIZE, True
        rows = rows[:PAGE_SIZE][::-1]
    else:
        rows = list((events.filter(pk__lt=before) if before is not None else events)[: PAGE_SIZE + 1])
        has_newer, has_older = before is not None, len(rows) > PAGE_SIZE
        rows = rows[:PAGE_SIZE]
    return Page(
        sentences=[tell(event) for event in rows],
        newer=rows[0].pk if rows and has_newer else None,
        older=rows[-1].pk if rows and has_older else None,
    )


def csv_rows(events: QuerySet[AuditEvent]) -> Iterator[tuple[str, ...]]:
    """The head and one row per event, oldest first, read from the database in portions. Times are UTC."""
    yield CSV_HEAD
    for event in events.order_by("pk").iterator(chunk_size=1000):
        yield tuple(_harmless(cell) for cell in _cells(event))


def _cells(event: AuditEvent) -> tuple[str, ...]:
    sentence = tell(event)
    return (
        event.at.isoformat(timespec="milliseconds"),
        sentence.who,
        event.actor_name,
        event.verb,
        event.object_type,
        event.object_uid,
        event.object_name,
        str(sentence),
        _json(event.before),
        _json(event.after),
    )


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _harmless(cell: str) -> str:
    """Spreadsheets run what starts like a formula; an apostrophe before it makes it text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

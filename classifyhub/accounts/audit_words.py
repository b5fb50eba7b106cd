"""The audit log in sentences: "Ines V. published Accounts payable".

Verbs are written ``noun.what_happened``. The ones listed here read best; any other reads as its own words, so a verb
without a phrase is plain but never missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifyhub.accounts.models import AuditEvent

OBJECT = "%(object)s"

PHRASES: dict[str, Promise] = {
    "connection.added": gettext_lazy("added connection %(object)s"),
    "connection.changed": gettext_lazy("changed connection %(object)s"),
    "connection.key_replaced": gettext_lazy("replaced the key of connection %(object)s"),
    "connection.retried": gettext_lazy("retried what failed through connection %(object)s"),
    "connection.removed": gettext_lazy("removed connection %(object)s"),
    "document.erased": gettext_lazy("erased document %(object)s"),
    "document.fetch_asked": gettext_lazy("had document %(object)s fetched"),
    "document.unpacked": gettext_lazy("unpacked archive %(object)s"),
    "job.resubmitted": gettext_lazy("sent job %(object)s to the provider again"),
    "key.created": gettext_lazy("created API key %(object)s"),
    "key.revoked": gettext_lazy("revoked API key %(object)s"),
    "link.made": gettext_lazy("made a one-time link for %(object)s"),
    "link.withdrawn": gettext_lazy("ended the unused one-time link of %(object)s"),
    "link.used": gettext_lazy("used the one-time link of %(object)s"),
    "member.added": gettext_lazy("added member %(object)s"),
    "member.removed": gettext_lazy("removed member %(object)s"),
    "member.role_changed": gettext_lazy("changed the role of %(object)s"),
    "person.password_changed": gettext_lazy("changed the password of %(object)s"),
    "preset.archived": gettext_lazy("archived preset %(object)s"),
    "preset.brought_back": gettext_lazy("brought back preset %(object)s"),
    "preset.created": gettext_lazy("created preset %(object)s"),
    "preset.made_default": gettext_lazy("made %(object)s the default preset"),
    "preset.published": gettext_lazy("published preset %(object)s"),
    "preset.renamed": gettext_lazy("renamed preset %(object)s"),
    "preset.restored": gettext_lazy("restored a version of preset %(object)s"),
    "project.created": gettext_lazy("created project %(object)s"),
    "project.removed": gettext_lazy("removed project %(object)s with all it held"),
    "project.renamed": gettext_lazy("renamed the project to %(object)s"),
    "project.retention_changed": gettext_lazy("changed how long %(object)s keeps documents"),
    "review.reopened": gettext_lazy("reopened the decision on %(object)s"),
    "run.cancelled": gettext_lazy("cancelled run %(object)s"),
    "run.erased": gettext_lazy("erased the documents of run %(object)s"),
    "run.retried": gettext_lazy("retried what failed in run %(object)s"),
    "run.started": gettext_lazy("started run %(object)s"),
}

NOUNS: dict[str, Promise] = {
    "connection": gettext_lazy("Connections"),
    "document": gettext_lazy("Documents"),
    "job": gettext_lazy("Jobs"),
    "key": gettext_lazy("API keys"),
    "link": gettext_lazy("One-time links"),
    "member": gettext_lazy("Members"),
    "person": gettext_lazy("People"),
    "preset": gettext_lazy("Presets"),
    "project": gettext_lazy("Project"),
    "review": gettext_lazy("Decisions"),
    "run": gettext_lazy("Runs"),
}

DETAIL_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Sentence:
    """One event for people: who, what, with the words around the object apart so that it can be a link, and the
    values that changed."""

    event: AuditEvent
    who: str
    before: str
    object_name: str
    after: str
    details: str

    def __str__(self) -> str:
        return f"{self.who} {self.before}{self.object_name}{self.after}"


def tell(event: AuditEvent) -> Sentence:
    """The event in words. The person's present name where they still exist, else the e-mail noted then; what the
    clock or the command line did, the desk did."""
    before, _found, after = phrase(event.verb).partition(OBJECT)
    return Sentence(
        event=event,
        who=_name_actor(event),
        before=before,
        object_name=event.object_name,
        after=after,
        details=_details(event.before, event.after),
    )


def _name_actor(event: AuditEvent) -> str:
    if event.actor_id is None:
        return _("The desk")
    return event.actor.display_name if event.actor else event.actor_name


def phrase(verb: str) -> str:
    """What was done, with ``%(object)s`` where the object's name goes."""
    if verb in PHRASES:
        return str(PHRASES[verb])
    noun, _dot, done = verb.partition(".")
    return f"{done.replace('_', ' ') or _('touched')} {noun.replace('_', ' ')} {OBJECT}"


def verb_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The known verbs as a select shows them, by noun; a noun with its dot stands for all of its verbs."""
    groups = []
    for noun, title in sorted(NOUNS.items(), key=lambda pair: str(pair[1])):
        verbs = [(verb, _label(verb)) for verb in sorted(PHRASES) if verb.startswith(f"{noun}.")]
        groups.append((str(title), [(f"{noun}.", _("%(noun)s: everything") % {"noun": title}), *verbs]))
    return groups


def _label(verb: str) -> str:
    words = " ".join(phrase(verb).replace(OBJECT, "…").split())
    return words[:1].upper() + words[1:]


def _details(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """What changed, or what was set: ``role: viewer → author, note: Clearer rules``."""
    old, new = before or {}, after or {}
    parts = [_part(key, old, new) for key in dict.fromkeys([*old, *new])]
    return ", ".join(part for part in parts if part)


def _part(key: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    name = key.replace("_", " ")
    if key in old and key in new:
        return f"{name}: {_value(old[key])} → {_value(new[key])}"
    value = new.get(key, old.get(key))
    return "" if value in (None, "") else f"{name}: {_value(value)}"


def _value(value: Any) -> str:
    if value is None:
        return _("none")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= DETAIL_LENGTH else text[: DETAIL_LENGTH - 1] + "…"

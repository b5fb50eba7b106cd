"""What people edit and what is published: rules and options, as plain frozen values.

The JSON of a draft, as ``Preset.draft`` keeps it::

    {"rules": [{"id": "8 hex", "type": "", "description": "", "monogram": "XX"}],
     "provider": "local", "connection": null, "provider_options": {}, "mode": "FAST", "lang": "en",
     "max_pages": null, "target_pages": "", "policy": {"auto_approve_at": null, "hold": false},
     "fallback": {"provider": "local", "connection": null}}

``fallback`` is there only when there is one, so that content from before it existed keeps its digest.
A draft may be unfinished: blank types, types twice, pages nobody can read. ``rules.lint`` says what is missing, and
only publishing insists. A blank monogram means that the rule takes the one proposed for its type.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from classifyhub.text import clean_line, clean_text
from rules.models import Mode, PresetVersion, ProviderName
from rules.monograms import clean_monogram, fill_monograms

TYPE_MAX = 200
DESCRIPTION_MAX = 2000
TARGET_PAGES_MAX = 200
# What a draft may hold while it is being written: more than can be published, so that a text pasted too long is not
# cut, and little enough that a page of it still opens.
RULES_MAX = 300
TEXT_MAX = 20_000

_ID = re.compile(r"[0-9a-f]{8}")


class DraftTooLargeError(ValueError):
    """More rules or longer texts than a draft keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One document type. ``id`` stays with the rule through every edit, so that a diff knows a rename from a loss."""

    id: str
    type: str = ""
    description: str = ""
    monogram: str = ""

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "type": self.type, "description": self.description, "monogram": self.monogram}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where documents are sent: a provider, and the uid of the connection to it; null for one that needs none, and
    while none is chosen."""

    provider: str
    connection: str | None = None

    def to_json(self) -> dict[str, str | None]:
        return {"provider": str(self.provider), "connection": self.connection}

    @classmethod
    def from_json(cls, data: Any) -> Destination | None:
        """Rebuild from ``to_json``; none for anything else, which is how a draft without a fallback says so."""
        if not isinstance(data, Mapping) or data.get("provider") not in ProviderName.values:
            return None
        return cls(data["provider"], data.get("connection"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Rules in the order of their digit keys, and the options. ``auto_approve_at`` is a probability in 0..1, or null
    when every document waits for a person; ``connection`` is the uid of one, as text. ``fallback`` is asked while the
    provider is down or out of budget; null: nobody is."""

    rules: tuple[Rule, ...] = ()
    provider: str = ProviderName.LOCAL
    connection: str | None = None
    provider_options: Mapping[str, Any] = field(default_factory=dict)
    mode: str = Mode.FAST
    lang: str = "en"
    max_pages: int | None = None
    target_pages: str = ""
    auto_approve_at: float | None = None
    hold: bool = False
    fallback: Destination | None = None

    def to_json(self) -> dict[str, Any]:
        """The shape drawn above; ``from_json`` reads it back."""
        return {
            "rules": [rule.to_json() for rule in self.rules],
            "provider": str(self.provider),
            "connection": self.connection,
            "provider_options": dict(self.provider_options),
            "mode": str(self.mode),
            "lang": self.lang,
            "max_pages": self.max_pages,
            "target_pages": self.target_pages,
            "policy": self.policy,
            **({"fallback": self.fallback.to_json()} if self.fallback else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        """Rebuild from ``to_json``. Missing keys take their defaults, so that a bare ``{}`` is an empty draft."""
        policy = data.get("policy") or {}
        blank = cls()
        return cls(
            rules=make_rules(data.get("rules") or ()),
            provider=data.get("provider") or blank.provider,
            connection=data.get("connection"),
            provider_options=data.get("provider_options") or {},
            mode=data.get("mode") or blank.mode,
            lang=data.get("lang") or blank.lang,
            max_pages=data.get("max_pages"),
            target_pages=data.get("target_pages") or "",
            auto_approve_at=policy.get("auto_approve_at"),
            hold=bool(policy.get("hold")),
            fallback=Destination.from_json(data.get("fallback")),
        )

    @classmethod
    def of_version(cls, version: PresetVersion) -> Draft:
        """What ``version`` holds, as a draft would hold it."""
        return cls(
            rules=make_rules(version.rules),
            provider=version.provider,
            connection=str(version.connection.uid) if version.connection else None,
            provider_options=version.provider_options,
            mode=version.mode,
            lang=version.lang,
            max_pages=version.max_pages,
            target_pages=version.target_pages,
            auto_approve_at=version.policy.get("auto_approve_at"),
            hold=bool(version.policy.get("hold")),
            fallback=_fallback_of(version),
        )

    @property
    def destination(self) -> Destination:
        """Where its documents are sent."""
        return Destination(self.provider, self.connection)

    @property
    def policy(self) -> dict[str, Any]:
        """The review policy as jobs read it from a version."""
        return {"auto_approve_at": self.auto_approve_at, "hold": self.hold}

    @property
    def content_digest(self) -> str:
        """sha256 of all that an answer depends on. Ids are left out: the same rules written anew are the same."""
        content = self.with_monograms().to_json()
        for rule in content["rules"]:
            del rule["id"]
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def with_monograms(self) -> Draft:
        """The same with every blank monogram filled in, unique in the set."""
        filled = fill_monograms([(rule.type, rule.monogram) for rule in self.rules])
        return self.with_rules(
            replace(rule, monogram=monogram) for rule, monogram in zip(self.rules, filled, strict=True)
        )

    def with_rules(self, rules: Iterable[Rule]) -> Draft:
        return replace(self, rules=tuple(rules))

    def find(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def position(self, rule_id: str) -> int | None:
        """The 1-based place of a rule, which is its digit key too; none when it is not there."""
        return next((place for place, rule in enumerate(self.rules, start=1) if rule.id == rule_id), None)


def _fallback_of(version: PresetVersion) -> Destination | None:
    if not version.fallback_provider:
        return None
    spare = version.fallback_connection
    return Destination(version.fallback_provider, str(spare.uid) if spare else None)


def new_id() -> str:
    """A fresh rule id: 8 hexadecimal digits."""
    return secrets.token_hex(4)


def make_rules(items: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from dicts that we or people wrote: text cleaned, each with an id of its own. Nothing is cut."""
    rules: dict[str, Rule] = {}
    for item in items:
        given = str(item.get("id") or "")
        rule_id = given if _ID.fullmatch(given) and given not in rules else new_id()
        rules[rule_id] = Rule(
            id=rule_id,
            type=clean_line(str(item.get("type") or "")),
            description=clean_paragraph(str(item.get("description") or "")),
            monogram=clean_monogram(str(item.get("monogram") or "")),
        )
    return tuple(rules.values())


def clean_paragraph(value: str) -> str:
    """Text that may run over several lines, with one kind of line end and nothing around it."""
    return clean_text(value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def check_size(draft: Draft) -> None:
    """Raise ``DraftTooLargeError`` for what a draft does not keep; the words are fit for the person who sent it."""
    if len(draft.rules) > RULES_MAX:
        raise DraftTooLargeError(_("A preset may have %(most)s rules at most.") % {"most": RULES_MAX})
    for place, rule in enumerate(draft.rules, start=1):
        if len(rule.type) + len(rule.description) > TEXT_MAX:
            words = _("Rule %(place)s is longer than %(most)s characters.")
            raise DraftTooLargeError(words % {"place": place, "most": f"{TEXT_MAX:,}"})

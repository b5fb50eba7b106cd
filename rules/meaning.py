"""Which types the local engine knows a rule to mean. Shown while a rule is written, so that an author sees a mistaken
or missing meaning before a document does."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from classifyhub import engine
from classifyhub.engine.linking import AKIN, KIND, PART, Links, link_rules
from classifyhub.engine.pack import name_kind
from classifyhub.engine.subjects import find_subjects
from rules.shape import DESCRIPTION_MAX, TYPE_MAX, Rule

SHOWN = 2
_OF_KIND = {KIND, AKIN}


@dataclass(frozen=True, slots=True)
class Meaning:
    """``types`` are the known types that a rule means, each with its certainty (0..1), the surest first; ``kinds`` the
    narrower ones, and kin of what it is like, that fall to it because no other rule takes them. ``subjects`` are the
    general subjects that a rule is named after which no known type covers. All empty: the rule's own words are all
    there is."""

    types: tuple[tuple[str, float], ...] = ()
    kinds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    def named_in(self, lang: str) -> Meaning:
        """The same with each type as people who read ``lang`` call it."""
        types = tuple((name_kind(key, lang), certainty) for key, certainty in self.types)
        return Meaning(types, tuple(name_kind(key, lang) for key in self.kinds), self.subjects)

    @property
    def shown(self) -> tuple[tuple[str, float], ...]:
        return self.types[:SHOWN]

    @property
    def more_types(self) -> int:
        return len(self.types) - len(self.shown)

    @property
    def more_kinds(self) -> int:
        """How many kinds there are beside the first."""
        return max(len(self.kinds) - 1, 0)

    @property
    def surest(self) -> tuple[frozenset[str], float]:
        """The types of the highest certainty, and that certainty."""
        most = max((certainty for _name, certainty in self.types), default=0.0)
        return frozenset(name for name, certainty in self.types if certainty == most), most


def find_meanings(rules: Iterable[Rule]) -> tuple[Meaning, ...]:
    """What each rule means beside the others. Text that is longer than a version keeps is not looked at."""
    return _find(tuple((rule.type[:TYPE_MAX], rule.description[:DESCRIPTION_MAX]) for rule in rules))


@functools.lru_cache(maxsize=16)
def _find(texts: tuple[tuple[str, str], ...]) -> tuple[Meaning, ...]:
    """Kept because one save asks more than once: the findings, the cards, the way to publish."""
    rules = [engine.Rule(type=name, description=description) for name, description in texts]
    return tuple(_read(rule, links) for rule, links in zip(rules, link_rules(rules), strict=True))


def _read(rule: engine.Rule, links: Links) -> Meaning:
    named = [(name, certainty) for name, certainty in links.items() if certainty not in _OF_KIND]
    kinds = (name for name, certainty in links.items() if certainty in _OF_KIND)
    subjects = find_subjects(rule) if max(links.values(), default=0.0) < PART else ()
    types = tuple(sorted(named, key=lambda found: -found[1]))
    return Meaning(types, tuple(kinds), tuple(subject.name for subject in subjects))

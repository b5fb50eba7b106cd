"""Rules in plain language, made ready for matching: what a document of each type is called and what it says."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from classifyhub.engine.linking import PART, Links, expand_name, link_rules
from classifyhub.engine.model import Rule
from classifyhub.engine.pack import KnownType, cue_worth, load_known_types
from classifyhub.engine.phrases import Phrase, PhraseBook
from classifyhub.engine.rule_text import list_examples, list_items, split_negation
from classifyhub.engine.words import stems, worth

_EXAMPLE = 0.6  # how much of a name an example in the description is
_OWN_WORD = 1.5  # a word of the type's name against one of its description

Weights = Mapping[str, float]
PhraseWeights = Mapping[Phrase, float]
Key = TypeVar("Key", str, Phrase)


@dataclass(frozen=True, slots=True)
class Target:
    """What to look for and how much each find counts (0..1 and a little above): a rule, or a known type that no rule
    means (``is_rule`` false), which speaks for "no match".

    ``is_known`` says that the rule has a known type to itself; any other is judged by its own words."""

    label: str
    is_rule: bool
    is_known: bool = True
    names: PhraseWeights = field(default_factory=dict)
    against: PhraseWeights = field(default_factory=dict)
    cues: PhraseWeights = field(default_factory=dict)
    pairs: PhraseWeights = field(default_factory=dict)
    words: Weights = field(default_factory=dict)
    marks: Weights = field(default_factory=dict)

    @property
    def word_total(self) -> float:
        return sum(self.words.values())


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Compiled rules: immutable, picklable, made once and used for many documents."""

    rules: tuple[Rule, ...]
    targets: tuple[Target, ...]
    names: PhraseBook
    phrases: PhraseBook
    words: frozenset[str]


def compile_rules(rules: Iterable[Rule | Mapping[str, str]]) -> RuleSet:
    """Make ``rules`` ready. The same rules give the same object, so that callers need keep nothing. Raises
    ``ValueError`` for no rules, a rule without type, or types that are the same but for case and white space."""
    return _compile_all(tuple(_as_rule(item) for item in rules))


def _as_rule(item: Rule | Mapping[str, str]) -> Rule:
    return item if isinstance(item, Rule) else Rule(item["type"], item.get("description") or "")


@functools.lru_cache(maxsize=64)
def _compile_all(rules: tuple[Rule, ...]) -> RuleSet:
    check_types(rule.type for rule in rules)
    links = link_rules(rules)
    targets = (*_compile(rules, links), *_decoys(links))
    return RuleSet(
        rules,
        targets,
        PhraseBook.of(phrase for target in targets for phrase in (*target.names, *target.against)),
        PhraseBook.of(phrase for target in targets for phrase in (*target.cues, *target.pairs)),
        frozenset(word for target in targets for word in target.words),
    )


class UnusableRule(ValueError):  # noqa: N818 - errors here name the condition
    """A rule that cannot stand among the others; ``number`` is its place, from 1, or 0 when there is none at all."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def check_types(types: Iterable[str]) -> None:
    """Raise ``UnusableRule`` unless there is a type and no two are the same."""
    seen: set[str] = set()
    for number, name in enumerate(types, start=1):
        folded = " ".join(name.split()).casefold()
        if not folded:
            raise UnusableRule(number, f"Rule {number} has no type.")
        if folded in seen:
            raise UnusableRule(number, f"Rule {number} repeats the type “{name}”.")
        seen.add(folded)
    if not seen:
        raise UnusableRule(0, "There are no rules.")


def _compile(rules: Sequence[Rule], links: Sequence[Links]) -> Iterator[Target]:
    known = {kind.key: kind for kind in load_known_types()}
    rarity = _rarity(rules)
    for rule, found in zip(rules, links, strict=True):
        is_known = _has_type_to_itself(found, [other for other in links if other is not found])
        yield _compile_rule(
            rule, [(known[key], certainty) for key, certainty in found.items()], rarity, is_known=is_known
        )


def _has_type_to_itself(links: Links, others: Iterable[Links]) -> bool:
    best = max(links, key=lambda key: links[key], default="")
    return links.get(best, 0.0) >= PART and all(other.get(best, 0.0) < links[best] for other in others)


def _compile_rule(rule: Rule, kinds: Sequence[tuple[KnownType, float]], rarity: Weights, *, is_known: bool) -> Target:
    wanted, unwanted = split_negation(rule.description)
    own, body = stems(rule.type), stems(wanted)
    names = _strongest([(own, 1.0)], ((phrase, _EXAMPLE) for phrase in list_examples(wanted)), _names(kinds))
    return Target(
        rule.type,
        is_rule=True,
        is_known=is_known,
        names=names,
        against={name: 1.0 for item in list_items(unwanted) for name in expand_name(item) if name not in names},
        cues=_strongest((cue, certainty * cue_worth(cue)) for kind, certainty in kinds for cue in kind.cues),
        pairs={pair: 1.0 for pair in itertools.pairwise(body) if all(map(worth, pair))},
        words=_strongest(
            ((word, worth(word) * rarity[word]) for word in body), ((word, _OWN_WORD * worth(word)) for word in own)
        ),
        marks=_strongest((mark, certainty) for kind, certainty in kinds for mark in kind.marks),
    )


def _names(kinds: Iterable[tuple[KnownType, float]]) -> Iterator[tuple[Phrase, float]]:
    return ((name, certainty) for kind, certainty in kinds for name in (*kind.titles, *kind.headings))


def _strongest(*sources: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    """All keys of ``sources`` with the largest weight any of them gives; keys that weigh nothing are left out."""
    found: dict[Key, float] = {}
    for source in sources:
        for key, weight in source:
            if key and weight > found.get(key, 0.0):
                found[key] = weight
    return found


def _rarity(rules: Sequence[Rule]) -> dict[str, float]:
    """How telling a word is within this set of rules: 1 for a word of one rule, less for a word of many."""
    counts = Counter(word for rule in rules for word in set(stems(f"{rule.type} {rule.description}")))
    most = math.log(1 + len(rules))
    return {word: math.log(1 + len(rules) / count) / most for word, count in counts.items()}


def _decoys(links: Sequence[Links]) -> Iterator[Target]:
    taken = {key for found in links for key in found}
    for kind in load_known_types():
        if kind.key not in taken:
            yield Target(
                kind.key,
                is_rule=False,
                names=dict.fromkeys((*kind.titles, *kind.headings), 1.0),
                cues={cue: cue_worth(cue) for cue in kind.cues},
                marks=dict.fromkeys(kind.marks, 1.0),
            )

"""Rules in plain language, made ready for matching: what a document of each type is called and what it says."""

from __future__ import annotations

import enum
import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from classifyhub.engine.embedding import Encoder, current_encoder
from classifyhub.engine.kinds import load_index
from classifyhub.engine.linking import HEAD, PART, Links, expand_name, leaves_doubt, link_rules
from classifyhub.engine.model import Rule
from classifyhub.engine.pack import KnownType
from classifyhub.engine.phrases import Phrase, PhraseBook
from classifyhub.engine.rule_text import list_examples, list_items, split_negation
from classifyhub.engine.words import stems, worth

_EXAMPLE = 0.6  # how much of a name an example in the description is
# Known types that are seldom a document of their own: their like stands in every book, manual and paper.
_PARTS = frozenset({"table of contents", "bibliography", "glossary"})
_OWN_WORD = 1.5  # a word of the type's name against one of its description

Weights = Mapping[str, float]
PhraseWeights = Mapping[Phrase, float]
Key = TypeVar("Key", str, Phrase)


class Standing(enum.Enum):
    """How well the pack knows what a rule means: a type that is the rule's alone, one that it shares with another rule,
    or none. A rule is judged by its own words the more, the less the pack knows."""

    KNOWN = "known"
    SHARED = "shared"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """A rule: the known types it means with the certainty of each (``links``, by their place in the pack), and what to
    look for in its own words, with how much each find counts."""

    label: str
    standing: Standing
    links: tuple[tuple[int, float], ...] = ()
    own_words: frozenset[str] = frozenset()
    names: PhraseWeights = field(default_factory=dict)
    all_names: PhraseWeights = field(default_factory=dict)
    against: PhraseWeights = field(default_factory=dict)
    pairs: PhraseWeights = field(default_factory=dict)
    words: Weights = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Whether what the rule means is not told by its name, so that it may mean a type that it is not linked to."""
        return max((certainty for _, certainty in self.links), default=0.0) < HEAD

    @property
    def word_total(self) -> float:
        return sum(self.words.values())


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Compiled rules: immutable, picklable, made once and used for many documents. ``decoys`` are the known types, by
    their place in the pack, that no rule means and that therefore speak for "no match"."""

    rules: tuple[Rule, ...]
    targets: tuple[Target, ...]
    decoys: frozenset[int]
    names: PhraseBook
    pairs: PhraseBook
    words: frozenset[str]


def compile_rules(rules: Iterable[Rule | Mapping[str, str]], *, without: Iterable[str] = ()) -> RuleSet:
    """Make ``rules`` ready. The same rules give the same object, so that callers need keep nothing. Known types whose
    keys are in ``without`` are taken out of the pack, to measure what becomes of types that it lacks. Raises
    ``ValueError`` for no rules, a rule without type, or types that are the same but for case and white space."""
    ready, gone = tuple(_as_rule(item) for item in rules), frozenset(without)
    # Only a rule that hardly names a known type is likened to all, so a desk that has none loads no encoder.
    return _compile_all(ready, gone, current_encoder() if _leaves_doubt(ready, gone) else None)


def _as_rule(item: Rule | Mapping[str, str]) -> Rule:
    return item if isinstance(item, Rule) else Rule(item["type"], item.get("description") or "")


@functools.lru_cache(maxsize=64)
def _leaves_doubt(rules: tuple[Rule, ...], without: frozenset[str]) -> bool:
    return leaves_doubt(rules, without=without)


@functools.lru_cache(maxsize=64)
def _compile_all(rules: tuple[Rule, ...], without: frozenset[str], encoder: Encoder | None) -> RuleSet:
    check_types(rule.type for rule in rules)
    links = link_rules(rules, without=without, encoder=encoder)
    targets = tuple(_compile(rules, links))
    return RuleSet(
        rules,
        targets,
        _list_decoys(links, without),
        PhraseBook.of(phrase for target in targets for phrase in (*target.names, *target.against)),
        PhraseBook.of(phrase for target in targets for phrase in target.pairs),
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
    rarity = _rarity(rules)
    for rule, found in zip(rules, links, strict=True):
        yield _compile_rule(rule, found, rarity, _stand(found, [other for other in links if other is not found]))


def _stand(links: Links, others: Iterable[Links]) -> Standing:
    best = max(links, key=lambda key: links[key], default="")
    if links.get(best, 0.0) < PART:
        return Standing.UNKNOWN
    is_alone = all(other.get(best, 0.0) < links[best] for other in others)
    return Standing.KNOWN if is_alone else Standing.SHARED


def _compile_rule(rule: Rule, links: Links, rarity: Weights, standing: Standing) -> Target:
    index = load_index()
    kinds = [(index.places[key], certainty) for key, certainty in links.items()]
    wanted, unwanted = split_negation(rule.description)
    own, body = stems(rule.type), stems(wanted)
    names = _strongest([(own, 1.0)], ((phrase, _EXAMPLE) for phrase in list_examples(wanted)))
    all_names = _strongest(names.items(), _names((index.kinds[place], certainty) for place, certainty in kinds))
    return Target(
        rule.type,
        standing,
        tuple(kinds),
        own_words=frozenset(word for word in own if worth(word) == 1),
        names=names,
        all_names=all_names,
        against={name: 1.0 for item in list_items(unwanted) for name in expand_name(item) if name not in all_names},
        pairs={pair: 1.0 for pair in itertools.pairwise(body) if all(map(worth, pair))},
        words=_strongest(
            ((word, worth(word) * rarity[word]) for word in body), ((word, _OWN_WORD * worth(word)) for word in own)
        ),
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


def _list_decoys(links: Sequence[Links], without: frozenset[str]) -> frozenset[int]:
    taken = {key for found in links for key in found} | _PARTS | without
    return frozenset(place for key, place in load_index().places.items() if key not in taken)

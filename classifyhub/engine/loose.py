"""Short texts without a layout, such as a request or a note: which rule they fit, by what they mean.

They have no title, no headings and few words, so what papers are known by says little of them, and a word that names a
known type is only a word. They are judged by numbers of their own, where most rules are such as no known type covers
and meanings can be compared. Here a rule is set against all others together: of seventy kinds of request several are
near to any. The numbers are fitted by ``classifyhub.bench.engine.fit_loose``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from classifyhub.engine.features import measure_kinds
from classifyhub.engine.matching import Found
from classifyhub.engine.meaning import PASSAGE, compare_to
from classifyhub.engine.model import Contribution
from classifyhub.engine.rules import RuleSet, Standing
from classifyhub.engine.scoring import (
    Meaning,
    Verdict,
    Weighed,
    find_rival,
    judge,
    list_contributions,
    probability,
    state,
    weigh_rule,
)
from classifyhub.engine.weights import LOOSE, WEIGHTS, Loose, Scale, Weights
from classifyhub.engine.words import STOP, stems

_FEW_WORDS = 8
_TELLING = 0.2  # of the words of a sentence are such as hold it together; of a slip or a table, hardly any
_AS_IT_IS = Scale(strength=1.0, lead=0.0, start=0.0)


def judge_text(
    found: Found, ruleset: RuleSet, passage: str, *, weights: Weights = WEIGHTS, loose: Loose = LOOSE
) -> list[Verdict]:
    """A verdict on every rule, best first, of what was ``found`` in a document that begins with ``passage``; by
    meanings as well, where they are needed and can be compared."""
    if is_mostly_unknown(ruleset) and is_loose(passage, found):
        if meaning := compare_to(passage, ruleset, with_kin=False)():
            return judge_loose(found, ruleset, meaning, weights=weights, loose=loose)
        return judge(found, ruleset, weights=weights)
    return judge(found, ruleset, weights=weights, ask_meaning=compare_to(passage, ruleset))


def is_mostly_unknown(ruleset: RuleSet) -> bool:
    """Whether known types cover less than half of the rules: a desk that sorts requests or notes, not papers."""
    unknown = sum(target.standing is Standing.UNKNOWN for target in ruleset.targets)
    return 2 * unknown > len(ruleset.targets)


def is_loose(passage: str, found: Found) -> bool:
    """Whether ``passage``, how a document begins, is all there is to it, and reads like a sentence or a line."""
    if len(passage) >= PASSAGE:
        return False
    words = stems(passage)
    if not 0 < sum(found.counts.values()) <= len(words):
        return False
    return len(words) <= _FEW_WORDS or sum(word in STOP for word in words) >= _TELLING * len(words)


def judge_loose(
    found: Found, ruleset: RuleSet, meaning: Meaning, *, weights: Weights = WEIGHTS, loose: Loose = LOOSE
) -> list[Verdict]:
    """The same of a short text without a layout. The probabilities of the rules, and that none fits, sum to about one:
    first whether any fits, by the one that comes nearest, then which, by what each has of all they come to."""
    kinds, numbers = measure_kinds(found), loose.among(weights)
    rules = [
        weigh_rule(target, kinds, found, numbers, meaning=meaning[target.label], scale="loose")
        for target in ruleset.targets
    ]
    nearest = max(rules, key=lambda own: own.total)
    length = Contribution("Long texts are less near to any", loose.length * math.log(sum(found.counts.values())))
    any_fits = state([*list_contributions(nearest, loose.any_fits), length])
    nothing = tuple(Contribution(part.name, -part.value) for part in any_fits)
    verdicts = [_decide(own, rules, any_fits, nothing) for own in rules]
    return sorted(verdicts, key=lambda verdict: (-verdict.probability, -verdict.own.total))


def _decide(
    own: Weighed, rules: Sequence[Weighed], any_fits: tuple[Contribution, ...], nothing: tuple[Contribution, ...]
) -> Verdict:
    rival = find_rival(own, rules, None)
    others = [rule.total for rule in rules if rule is not own]
    if not others:
        return Verdict(own, probability(any_fits), any_fits, rival, 0.0, nothing)
    parts = [*list_contributions(own, _AS_IT_IS), Contribution("What the other rules come to", -_add_up(others))]
    odds = sum(part.value for part in parts)
    both = probability(any_fits) * probability(parts)
    stated = state([*parts, Contribution("That none may fit", math.log(both / (1 - both)) - odds)])
    return Verdict(own, probability(stated), stated, rival, 0.0, nothing)


def _add_up(totals: Iterable[float]) -> float:
    """The log of the sum of the exponentials."""
    found = list(totals)
    most = max(found)
    return most + math.log(math.fsum(math.exp(total - most) for total in found))

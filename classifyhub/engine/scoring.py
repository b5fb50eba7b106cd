"""From features to the probability that a rule fits, with the numbers that make it up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from classifyhub.engine.features import measure
from classifyhub.engine.matching import Found
from classifyhub.engine.model import Contribution
from classifyhub.engine.rules import RuleSet, Target
from classifyhub.engine.weights import CERTAIN, FOREIGN_LEAD, KNOWN, LARGEST_LEAD, NOTHING_FITS, OWN_WORDS, Scale

_NAMES = {
    "title": "Title names the type",
    "name": "First lines name the type",
    "cues": "Phrases typical of the type",
    "mark": "Form of the document",
    "pairs": "Phrases of the rule",
    "title_words": "Words of the rule in titles",
    "words": "Words of the rule",
    "against": "Named among what it is not",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well one rule fits. ``contributions`` sum to the log-odds of ``probability``; ``rival`` is the strongest
    other target; ``foreign_lead`` by how much it leads when it is a known type that no rule means, else 0."""

    target: Target
    probability: float
    contributions: tuple[Contribution, ...]
    rival: Target
    foreign_lead: float


def judge(found: Found, ruleset: RuleSet) -> list[Verdict]:
    """A verdict on every rule, best first; of equals the one that more was found for, then the earlier rule."""
    weighed = [_weigh(target, found) for target in ruleset.targets]
    order = sorted(range(len(weighed)), key=lambda index: -weighed[index].total)
    verdicts = []
    for index, own in enumerate(weighed):
        if own.target.is_rule:
            rival = weighed[order[0] if order[0] != index else order[1]]
            verdicts.append((_decide(own, rival), own.total))
    ranked = sorted(verdicts, key=lambda item: (-item[0].probability, -item[1]))
    return [verdict for verdict, _ in ranked]


@dataclass(frozen=True, slots=True)
class _Weighed:
    target: Target
    scale: Scale
    parts: tuple[tuple[str, float], ...]
    total: float


def _weigh(target: Target, found: Found) -> _Weighed:
    scale = KNOWN if target.is_known else OWN_WORDS
    parts = tuple((name, scale.features[name] * value) for name, value in measure(target, found).items() if value)
    return _Weighed(target, scale, parts, sum(part for _, part in parts))


def _decide(own: _Weighed, rival: _Weighed) -> Verdict:
    scale = own.scale
    lead = max(-LARGEST_LEAD, min(LARGEST_LEAD, own.total - rival.total)) * scale.lead
    contributions = [
        Contribution("Before reading", scale.start),
        *(Contribution(_NAMES[name], part * scale.strength) for name, part in own.parts),
        Contribution(f"{'Ahead of' if lead > 0 else 'Behind'} {rival.target.label}", lead),
    ]
    total = sum(part.value for part in contributions)
    if abs(total) > CERTAIN:
        contributions.append(Contribution("Never quite certain", math.copysign(CERTAIN, total) - total))
    stated = tuple(part for part in contributions if part.value)
    foreign_lead = 0.0 if rival.target.is_rule else min(LARGEST_LEAD, max(0.0, rival.total - own.total))
    return Verdict(own.target, _probability(stated), stated, rival.target, foreign_lead)


def judge_no_match(best: Verdict) -> tuple[float, tuple[Contribution, ...]]:
    """The probability that no rule fits, given that ``best`` is below the threshold, and the numbers it is made of."""
    parts = [Contribution("No rule fits well enough", NOTHING_FITS)]
    if best.foreign_lead:
        parts.append(
            Contribution(f"Reads like {best.rival.label}, which no rule asks for", best.foreign_lead * FOREIGN_LEAD)
        )
    return _probability(parts), tuple(parts)


def _probability(parts: Sequence[Contribution]) -> float:
    return 1 / (1 + math.exp(-sum(part.value for part in parts)))

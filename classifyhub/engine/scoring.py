"""From features to the probability that a rule fits, with the numbers that make it up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul

from classifyhub.engine.features import measure_kinds, measure_rule
from classifyhub.engine.kinds import load_index
from classifyhub.engine.matching import Found
from classifyhub.engine.memory import Neighbours
from classifyhub.engine.model import Contribution
from classifyhub.engine.rules import RuleSet, Standing, Target
from classifyhub.engine.weights import CERTAIN, LARGEST_LEAD, MEANING_FEATURES, SURE, WEIGHTS, Scale, Weights

_NAMES = {
    "title": "Title names the type",
    "inner": "Heading names the type",
    "line": "Line near the top names the type",
    "run": "First lines mention the type",
    "cues": "Phrases typical of the type",
    "sections": "Sections typical of the type",
    "mark": "Form of the document",
    "layout": "Layout of its lines",
    "vocabulary": "Words typical of the type",
    "words": "Words of the rule",
    "title_words": "Words of the rule in titles",
    "own_title": "Title holds the rule's own words",
    "own_name": "Named as the rule is",
    "pairs": "Phrases of the rule",
    "against": "Named among what it is not",
    "near": "Near to the rule in meaning",
    "nearest": "Nearer to it than to other rules",
}
THRESHOLD = 0.5
"""A rule that is more likely than not to fit."""

ODD = 0.25
"""Below this, a rule that no known type covers is no answer among others that known types cover."""

_LESS = 0.5
"""What a known type that no rule means counts for "no match" where what some rule means is not told by its name: it may
mean just that type. No data fit this; on documents under rules in other words, it halved the wrong "no match" said with
90 % and more, and left as many answers right."""

_NOTICEABLE = 1e-9
_NOTHING = -9.0  # of a rival that is not there

Parts = tuple[tuple[str, float], ...]
Kinds = Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a document is to a rule in meaning (``MEANING_FEATURES``), and which known types that no rule means are
    near to the rule itself, by their place in the pack, each with how near: 0 to 1."""

    features: Mapping[str, float]
    kin: tuple[tuple[int, float], ...] = ()


Meaning = Mapping[str, Nearness]
"""Of each rule, by its label."""
AskMeaning = Callable[[], Meaning | None]
"""What tells it when it is asked; null where it cannot be told."""

_MOST_MEANING = dict.fromkeys(MEANING_FEATURES, 1.0)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for one rule, or for a known type that no rule means (``target`` null). ``kind`` is the known type,
    by its place in the pack, that spoke loudest, null when none did; ``parts`` sum to ``total``. ``scale`` says which
    of the weights it is weighed by: those of its standing, or "near" for a rule that no known type covers where its
    meaning is compared as well."""

    label: str
    target: Target | None
    kind: int | None
    certainty: float
    parts: Parts
    total: float
    scale: str = Standing.KNOWN.value


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well one rule fits. ``contributions`` sum to the log-odds of ``probability``; ``rival`` is the strongest
    other; ``foreign_lead`` by how much it leads when it is a known type that no rule means, else 0, and
    less where some rule may mean it after all. ``nothing`` sums to
    the log-odds that no rule fits, where that was judged by all rules together. ``is_odd`` tells a rule that no known
    type covers from most of the others, which known types do."""

    own: Weighed
    probability: float
    contributions: tuple[Contribution, ...]
    rival: Weighed
    foreign_lead: float
    nothing: tuple[Contribution, ...] = ()
    is_odd: bool = False

    @property
    def label(self) -> str:
        return self.own.label


def judge(
    found: Found, ruleset: RuleSet, *, weights: Weights = WEIGHTS, ask_meaning: AskMeaning | None = None
) -> list[Verdict]:
    """A verdict on every rule, best first; of equals the one that more was found for, then the earlier rule.
    ``ask_meaning`` is asked only where the answer may turn on it: comparing meanings takes longer than all the rest."""
    kinds = measure_kinds(found)
    rules = [weigh_rule(target, kinds, found, weights) for target in ruleset.targets]
    decoy = weigh_decoys(ruleset.decoys, kinds, weights)
    if ask_meaning and _may_turn(rules, decoy, ruleset, found, weights) and (meaning := ask_meaning()):
        rules = [_add_meaning(own, meaning, kinds, found, weights) for own in rules]
    trust = _LESS if any(target.is_doubtful for target in ruleset.targets) else 1.0
    few_odd = 2 * sum(map(is_unknown, rules)) <= len(rules)
    verdicts = [
        replace(_decide(own, find_rival(own, rules, decoy), weights, trust), is_odd=few_odd and is_unknown(own))
        for own in rules
    ]
    return sorted(verdicts, key=lambda verdict: (-verdict.probability, -verdict.own.total))


def _may_turn(
    rules: Sequence[Weighed], decoy: Weighed | None, ruleset: RuleSet, found: Found, weights: Weights
) -> bool:
    """Whether a rule that no known type covers would come within reach of the strongest other, were it as near in
    meaning as can be, and as near as can be to a known type that speaks for the document. Further behind than the
    largest lead, it changes nobody's probability."""
    most = max((own.total for own in (*rules, decoy) if own is not None), default=_NOTHING)
    kinds = measure_kinds(found)
    nearest = Nearness(_MOST_MEANING, tuple((kind, 1.0) for kind in sorted(ruleset.decoys & kinds.keys())))
    hopeful = (_add_meaning(own, {own.label: nearest}, kinds, found, weights) for own in rules if is_unknown(own))
    return any(own.total > most - LARGEST_LEAD for own in hopeful)


def is_unknown(own: Weighed) -> bool:
    """Whether it is a rule that no known type covers."""
    return own.target is not None and own.target.standing is Standing.UNKNOWN


def _add_meaning(own: Weighed, meaning: Meaning, kinds: Kinds, found: Found, weights: Weights) -> Weighed:
    if own.target is None or not is_unknown(own):
        return own
    return weigh_rule(own.target, kinds, found, weights, meaning=meaning[own.label])


def weigh_rule(
    target: Target,
    kinds: Kinds,
    found: Found,
    weights: Weights,
    *,
    meaning: Nearness | None = None,
    scale: str = "",
) -> Weighed:
    """What speaks for a rule, by the numbers of its standing, of "near" with a ``meaning``, or of another ``scale``."""
    own = {**measure_rule(target, found), **(meaning.features if meaning else {})}
    share = weights.partial if target.standing is Standing.UNKNOWN else 1.0
    links = ((place, certainty * share) for place, certainty in (*target.links, *(meaning.kin if meaning else ())))
    kind, certainty, parts = find_loudest(links, kinds, weights)
    name = scale or ("near" if meaning else target.standing.value)
    numbers = weights.own[name]
    mine = tuple((feature, numbers[feature] * value) for feature, value in own.items() if value)
    start = (("start", weights.starts[name]),) if name in weights.starts else ()
    return _sum_up(target.label, target, kind, certainty, (*parts, *mine, *start), scale=name)


def find_loudest(links: Iterable[tuple[int, float]], kinds: Kinds, weights: Weights) -> tuple[int | None, float, Parts]:
    """Of the known types that a rule means the one that most speaks for: a rule for contracts is not fulfilled by a
    little of each of its kinds."""
    best, best_certainty, most = None, 0.0, 0.0
    for place, certainty in links:
        if place in kinds and (total := certainty * _weigh_kind(kinds[place], weights)) > most:
            best, best_certainty, most = place, certainty, total
    if best is None:
        return None, 0.0, ()
    return (
        best,
        best_certainty,
        tuple((name, best_certainty * weights.kind[name] * value) for name, value in kinds[best].items()),
    )


def _weigh_kind(features: Mapping[str, float], weights: Weights) -> float:
    return math.fsum(map(mul, map(weights.kind.__getitem__, features), features.values()))


def weigh_decoys(decoys: frozenset[int], kinds: Kinds, weights: Weights) -> Weighed | None:
    """The known type without a rule that most speaks for."""
    place, certainty, parts = find_loudest(((kind, 1.0) for kind in sorted(decoys & kinds.keys())), kinds, weights)
    if place is None:
        return None
    key = load_index().kinds[place].key
    return _sum_up(key, None, place, certainty, (*parts, ("start", weights.decoy_start)))


def _sum_up(
    label: str,
    target: Target | None,
    kind: int | None,
    certainty: float,
    parts: Parts,
    *,
    scale: str = Standing.KNOWN.value,
) -> Weighed:
    return Weighed(label, target, kind, certainty, parts, math.fsum(part for _, part in parts), scale)


def find_rival(own: Weighed, rules: Iterable[Weighed], decoy: Weighed | None) -> Weighed:
    """The strongest other; one without a label where there is none."""
    others = [other for other in (*rules, decoy) if other is not None and other is not own]
    return max(others, key=lambda other: other.total, default=Weighed("", None, None, 0.0, (), _NOTHING))


def _decide(own: Weighed, rival: Weighed, weights: Weights, trust: float) -> Verdict:
    scale = weights.scales[own.scale]
    lead = _clip(own.total - rival.total) * scale.lead
    said = f"{'Ahead of' if lead > 0 else 'Behind'} {rival.label}"
    stated = state([*list_contributions(own, scale), *([Contribution(said, lead)] if rival.label else ())])
    foreign_lead = 0.0 if rival.target else trust * max(0.0, _clip(rival.total - own.total))
    return Verdict(own, probability(stated), stated, rival, foreign_lead)


def list_contributions(own: Weighed, scale: Scale) -> list[Contribution]:
    """What its parts add to the log-odds, and where it stands before anything is found."""
    return [
        Contribution("Before reading", scale.start + scale.strength * _find_start(own)),
        *(Contribution(_NAMES[name], part * scale.strength) for name, part in own.parts if name in _NAMES),
    ]


def _find_start(own: Weighed) -> float:
    return dict(own.parts).get("start", 0.0)


def _clip(lead: float) -> float:
    return max(-LARGEST_LEAD, min(LARGEST_LEAD, lead))


def lean_on(verdicts: Iterable[Verdict], neighbours: Neighbours) -> list[Verdict]:
    """The verdicts with what decided documents say added, best first."""
    leaned = [_lean(verdict, neighbours) for verdict in verdicts]
    return sorted(leaned, key=lambda verdict: -verdict.probability)  # stable: of equals the order stays


def _lean(verdict: Verdict, neighbours: Neighbours) -> Verdict:
    vote = neighbours.vote_for(verdict.label)
    parts = [*verdict.contributions, *([vote.contribution] if vote else [])]
    total = sum(part.value for part in parts)
    borne_out = max(-CERTAIN, min(CERTAIN, neighbours.recalibrate(total)))
    if abs(borne_out - total) > _NOTICEABLE:
        parts.append(Contribution("As past decisions bear it out", borne_out - total))
    nothing = verdict.nothing
    if nothing and (change := sum(part.value for part in parts[len(verdict.contributions) :])):
        nothing = state([*nothing, Contribution("What past decisions say of the rule", -change)])
    return replace(verdict, contributions=tuple(parts), probability=probability(parts), nothing=nothing)


def fits(best: Verdict, *, weights: Weights = WEIGHTS) -> bool:
    """Whether the rule of ``best`` is the answer rather than "no match": where several rules share what speaks for the
    document, none may be more likely than not, and the likeliest still likelier than none of them. Of a document in
    which nothing was found, an odd rule stands before those that known types speak against: it must reach ``ODD`` as
    well, and be more likely than not where its meaning was not compared."""
    if best.probability >= THRESHOLD:
        return True
    if best.is_odd and (best.own.scale != "near" or best.probability < ODD):
        return False
    return best.probability > judge_no_match(best, weights=weights)[0]


def judge_no_match(best: Verdict, *, weights: Weights = WEIGHTS) -> tuple[float, tuple[Contribution, ...]]:
    """The probability that no rule fits, given that ``best`` is below the threshold, and the numbers it is made of."""
    if best.nothing:
        return probability(best.nothing), best.nothing
    distance = -sum(part.value for part in best.contributions)
    parts = [
        Contribution("No rule fits well enough", weights.nothing_start),
        Contribution("How far the best rule is from fitting", weights.nothing_distance * distance),
    ]
    if best.foreign_lead and best.rival.label:
        said = f"Reads like {best.rival.label}, which no rule asks for"
        parts.append(Contribution(said, best.foreign_lead * weights.nothing_foreign))
    stated = state(parts)
    return probability(stated), stated


def state(parts: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """What counts of ``parts``, with what keeps their sum from being certain."""
    total = sum(part.value for part in parts)
    rest = math.copysign(_moderate(abs(total)), total) - total
    return tuple(part for part in (*parts, Contribution("Never quite certain", rest)) if part.value)


def _moderate(odds: float) -> float:
    """Log-odds that near ``CERTAIN`` and never reach it, in the same order, so that the surest can be told apart."""
    beyond, room = odds - SURE, CERTAIN - SURE
    return odds if beyond <= 0 else SURE + room * (1 - math.exp(-beyond / room))


def probability(parts: Sequence[Contribution]) -> float:
    """Whose log-odds they sum to."""
    return 1 / (1 + math.exp(-sum(part.value for part in parts)))

"""How near in meaning a document is to each rule: for rules that no known type covers, beside their words."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from classifyhub.engine.embedding import Encoder, current_encoder
from classifyhub.engine.kinds import load_index
from classifyhub.engine.likening import encode_types
from classifyhub.engine.model import Page, Rule
from classifyhub.engine.paraphrases import load_paraphrases
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import AskMeaning, Meaning, Nearness
from classifyhub.engine.subjects import find_subjects
from classifyhub.engine.weights import MEANING_FEATURES

if TYPE_CHECKING:
    from classifyhub.engine.embedding.encoder import Vectors

PASSAGE = 1000  # characters of the first page; what it is stands there, and the encoder takes little more
_FAR = 0.1  # the cosine of texts that have nothing in common
_PHRASINGS = ("{}", "This is about {}.", "I have a question about {}.")
_EVEN = 0.1  # by so much a rule must be nearer than another to count e times as much
# By how many standard deviations a known type must be nearer to a rule than most are, to count at all, and in full.
_SOMEWHAT_KIN, _KIN = 1.0, 3.0


def compare_to(passage: str, ruleset: RuleSet, *, with_kin: bool = True) -> AskMeaning:
    """What tells, when it is asked, how near ``passage`` is to each rule of ``ruleset``, and ``with_kin`` which known
    types are near to the rule; it tells nothing where no sentence encoder is ready."""

    def ask() -> Meaning | None:
        encoder = current_encoder()
        return _compare(encoder, passage, ruleset, with_kin=with_kin) if encoder else None

    return ask


def find_passage(pages: Iterable[Page]) -> str:
    """By what a document's meaning is judged: how its first page with text begins."""
    text = next((page.text for page in pages if page.text.strip()), "")
    return " ".join(text[: 2 * PASSAGE].split())[:PASSAGE]


def _compare(encoder: Encoder, passage: str, ruleset: RuleSet, *, with_kin: bool) -> Meaning:
    vectors, parts = _encode_rules(encoder, ruleset.rules)
    cosines = [float(value) for value in vectors @ encoder.encode([passage])[0]]
    measured = zip(*share_out([max(cosines[part]) for part in parts]), strict=True)
    kin = _list_kin(encoder, ruleset.rules, ruleset.decoys) if with_kin else [()] * len(parts)
    return {
        rule.type: Nearness(dict(zip(MEANING_FEATURES, features, strict=True)), found)
        for rule, features, found in zip(ruleset.rules, measured, kin, strict=True)
    }


def share_out(nearness: Sequence[float]) -> tuple[list[float], list[float]]:
    """How near each rule is, of cosines, 0 for none, and its share among all rules and a text that has nothing to do
    with the document. Between labels of one word all cosines are small, and their shares tell still."""
    near = [max(0.0, min(1.0, value)) for value in nearness]
    loudness = [math.exp(value / _EVEN) for value in near]
    whole = math.fsum(loudness) + math.exp(_FAR / _EVEN)
    return near, [value / whole for value in loudness]


@functools.lru_cache(maxsize=16)
def _list_kin(encoder: Encoder, rules: tuple[Rule, ...], decoys: frozenset[int]) -> list[tuple[tuple[int, float], ...]]:
    """Of each rule the known types among ``decoys`` that are near to it in meaning, with how near."""
    return [
        tuple((place, float(row[place])) for place in sorted(decoys) if row[place]) for row in find_kin(encoder, rules)
    ]


def find_kin(encoder: Encoder, rules: tuple[Rule, ...]) -> Vectors:
    """How near each known type is to each of ``rules`` in meaning, 0 to 1 [rules, types]: by how much nearer it is than
    known types are to that rule."""
    import numpy as np  # noqa: PLC0415 - a process that compares no meanings does without

    vectors, parts = _encode_rules(encoder, rules)
    cosines = _scale(np.stack([vectors[part].mean(axis=0) for part in parts])) @ _encode_kinds(encoder).T
    spread = (cosines - cosines.mean(axis=1, keepdims=True)) / cosines.std(axis=1, keepdims=True)
    kin: Vectors = np.clip((spread - _SOMEWHAT_KIN) / (_KIN - _SOMEWHAT_KIN), 0.0, 1.0)
    return kin


@functools.lru_cache(maxsize=2)
def _encode_kinds(encoder: Encoder) -> Vectors:
    """Vectors of what the known types are [types, width]."""
    places = {key: place for place, key in enumerate(load_paraphrases())}
    return encode_types(encoder)[[places[kind.key] for kind in load_index().kinds]]


@functools.lru_cache(maxsize=16)
def _encode_rules(encoder: Encoder, rules: tuple[Rule, ...]) -> tuple[Vectors, list[slice]]:
    """Vectors of what the rules say, and which of them are whose: a text is as near to a rule as to the nearest."""
    import numpy as np  # noqa: PLC0415 - a process that compares no meanings does without

    said = [_phrase(rule) for rule in rules]
    about = [[line for subject in find_subjects(rule) for line in subject.about] for rule in rules]
    vectors = encoder.encode([text for texts in (*said, *about) for text in texts])
    names, lines = _cut(map(len, said)), _cut(map(len, about), start=sum(map(len, said)))
    rows = [vectors[name].mean(axis=0, keepdims=True) for name in names]
    for place, (row, line) in enumerate(zip(rows, lines, strict=True)):
        if about[place]:
            rows[place] = _scale(row) + vectors[line]
    return _scale(np.concatenate(rows)), _cut(map(len, rows))


def _phrase(rule: Rule) -> list[str]:
    """What a rule says, in one way, or in several, where it says nothing but a name, so that none of them decides."""
    name = rule.type.replace("_", " ")
    return [f"{name}: {rule.description}"] if rule.description.strip() else [form.format(name) for form in _PHRASINGS]


def _cut(lengths: Iterable[int], *, start: int = 0) -> list[slice]:
    """Slices of these lengths, one after the other."""
    ends = list(itertools.accumulate(lengths, initial=start))
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def _scale(vectors: Vectors) -> Vectors:
    """The same of length 1."""
    scaled: Vectors = vectors / (vectors**2).sum(axis=1, keepdims=True) ** 0.5
    return scaled

"""How near in meaning a document is to each rule: for rules that no known type covers, beside their words."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from classifyhub.engine.embedding import Encoder, current_encoder
from classifyhub.engine.model import Page, Rule
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import AskMeaning, Meaning

if TYPE_CHECKING:
    from classifyhub.engine.embedding.encoder import Vectors

_PASSAGE = 1000  # characters of the first page; what it is stands there, and the encoder takes little more
_FAR = 0.1  # the cosine of texts that have nothing in common
_EVEN = 0.1  # by so much a rule must be nearer than another to count e times as much


def compare_to(passage: str, ruleset: RuleSet) -> AskMeaning:
    """What tells, when it is asked, how near ``passage`` is to each rule of ``ruleset``; it tells nothing where no
    sentence encoder is ready."""

    def ask() -> Meaning | None:
        encoder = current_encoder()
        return _compare(encoder, passage, ruleset) if encoder else None

    return ask


def find_passage(pages: Iterable[Page]) -> str:
    """By what a document's meaning is judged: how its first page with text begins."""
    text = next((page.text for page in pages if page.text.strip()), "")
    return " ".join(text[: 2 * _PASSAGE].split())[:_PASSAGE]


def _compare(encoder: Encoder, passage: str, ruleset: RuleSet) -> Meaning:
    nearness = [float(value) for value in _encode_rules(encoder, ruleset.rules) @ encoder.encode([passage])[0]]
    return {
        rule.type: {"near": near, "nearest": share}
        for rule, near, share in zip(ruleset.rules, *share_out(nearness), strict=True)
    }


def share_out(nearness: Sequence[float]) -> tuple[list[float], list[float]]:
    """How near each rule is, of cosines, 0 for none, and its share among all rules and a text that has nothing to do
    with the document. Between labels of one word all cosines are small, and their shares tell still."""
    near = [max(0.0, min(1.0, value)) for value in nearness]
    loudness = [math.exp(value / _EVEN) for value in near]
    whole = math.fsum(loudness) + math.exp(_FAR / _EVEN)
    return near, [value / whole for value in loudness]


@functools.lru_cache(maxsize=16)
def _encode_rules(encoder: Encoder, rules: tuple[Rule, ...]) -> Vectors:
    return encoder.encode([f"{rule.type.replace('_', ' ')}: {rule.description}" for rule in rules])

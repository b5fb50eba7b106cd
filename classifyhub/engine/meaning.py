"""How near in meaning a document is to each rule: for rules that no known type covers, beside their words."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from classifyhub.engine.embedding import Encoder, current_encoder
from classifyhub.engine.model import Page, Rule
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import AskMeaning, Meaning

if TYPE_CHECKING:
    from classifyhub.engine.embedding.encoder import Vectors

_PASSAGE = 1000  # characters of the first page; what it is stands there, and the encoder takes little more
_FAR, _NEAR = 0.1, 0.6  # cosines of texts that have nothing in common, and of a text with what it is about
_CLEAR_LEAD = 0.3


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
    usual = sum(nearness) / len(nearness)
    return {
        rule.type: {"near": _share(value - _FAR, _NEAR - _FAR), "nearest": _share(value - usual, _CLEAR_LEAD)}
        for rule, value in zip(ruleset.rules, nearness, strict=True)
    }


def _share(value: float, whole: float) -> float:
    return max(0.0, min(1.0, value / whole))


@functools.lru_cache(maxsize=16)
def _encode_rules(encoder: Encoder, rules: tuple[Rule, ...]) -> Vectors:
    return encoder.encode([f"{rule.type.replace('_', ' ')}: {rule.description}" for rule in rules])

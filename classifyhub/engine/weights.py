"""The numbers that turn what was found into a probability.

Fitted as two logistic regressions on 123 real office documents with a text layer (invoices, contracts, forms, papers,
mails, reports and others; public samples, not part of this repository), each document against each of 21 rules: first
the features of a rule alone, then that sum together with its lead over the strongest rival, over random subsets of the
rules, so that about a third of the cases have no right answer. Chosen by leaving out one type at a time. All weights
but the start are held at zero or above (``against`` below), which keeps the reasons true: nothing that speaks for a
rule may lower it. Two were set by hand because the data hardly hold them: ``words`` of known types (fitted: 0) and
``against`` (no rule of the data had any): what an author says it is not, it is not, whatever else fits.

A rule that the engine has no known type for, or shares one with another rule, is judged by its own words, on a scale of
its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """``features`` weigh what was found; ``strength`` and ``lead`` weigh their sum and its distance to the best other
    target; ``start`` is where a rule stands before anything is found. All in log-odds."""

    features: Mapping[str, float]
    strength: float
    lead: float
    start: float


KNOWN = Scale(
    features={
        "title": 4.19,
        "name": 1.41,
        "cues": 6.75,
        "mark": 4.43,
        "pairs": 0.7,
        "title_words": 1.9,
        "words": 0.6,
        "against": -12.0,
    },
    strength=0.555,
    lead=1.168,
    start=-2.843,
)
OWN_WORDS = Scale(
    features={
        "title": 4.19,
        "name": 1.41,
        "cues": 6.75,
        "mark": 4.43,
        "pairs": 3.09,
        "title_words": 6.05,
        "words": 6.62,
        "against": -12.0,
    },
    strength=0.542,
    lead=0.84,
    start=-2.701,
)

LARGEST_LEAD = 4.0
NOTHING_FITS = 0.4
FOREIGN_LEAD = 0.45
"""How sure "no match" is: hardly more than even when merely nothing fits, for a rule may be right and its words
missing; surer with every point by which a known type that no rule means leads. How far the best rule stays below the
threshold makes no measurable difference. Set by hand to a table of the same data, rules left out at random."""

CERTAIN = 4.6
"""Log-odds of 99 %: the documents behind these numbers are too few to promise more."""

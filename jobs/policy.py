"""Whether an answer may pass by itself or waits for a person: decided by the version's review policy alone.

The policy is ``{"auto_approve_at": 0..1 or null, "hold": bool}``. Nothing passes by itself unless the policy says so,
and never without text, without a type or without a confidence, nor a file that holds several documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifyhub.engine.model import Answer
from jobs.models import ReviewItem

State, Why = ReviewItem.State, ReviewItem.Why


@dataclass(frozen=True, slots=True)
class Verdict:
    """``priority`` puts the worst first: the confidence in thousandths, what was not scored before all else."""

    status: str
    why: str
    priority: int

    @property
    def waits(self) -> bool:
        return self.status == State.WAITING


def judge(answer: Answer, policy: dict[str, Any]) -> Verdict:
    """What happens to an answer under ``policy``."""
    priority = 0 if answer.confidence is None else round(answer.confidence * 1000)
    if not answer.has_text:
        return Verdict(State.WAITING, Why.NO_TEXT, priority)
    if answer.confidence is None:
        return Verdict(State.WAITING, Why.NOT_SCORED, priority)
    if answer.type is None:
        return Verdict(State.WAITING, Why.NO_MATCH, priority)
    threshold = policy.get("auto_approve_at")
    if threshold is None:
        return Verdict(State.WAITING, Why.EVERY, priority)
    if answer.confidence < threshold:
        return Verdict(State.WAITING, Why.BELOW, priority)
    if any((page.document or 1) > 1 for page in answer.pages):
        return Verdict(State.WAITING, Why.SEVERAL, priority)  # one type for all of them would lose the others
    return Verdict(State.AUTO_APPROVED, "", priority)


def is_held(verdict: Verdict, policy: dict[str, Any]) -> bool:
    """Whether API clients must wait until a person has decided."""
    return verdict.waits and bool(policy.get("hold"))

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
    why = _find_reason(answer, policy.get("auto_approve_at"))
    return Verdict(State.WAITING if why else State.AUTO_APPROVED, why, priority)


def _find_reason(answer: Answer, threshold: float | None) -> str:
    """Why a person must look; empty where nobody must. The first that holds is said."""
    confidence = answer.confidence
    holds = {
        Why.NO_TEXT: not answer.has_text,
        Why.NOT_SCORED: confidence is None,
        Why.NO_MATCH: answer.type is None,
        Why.EVERY: threshold is None,
        Why.BELOW: confidence is not None and threshold is not None and confidence < threshold,
        # One type for all of them would lose the others.
        Why.SEVERAL: answer.holds_several,
    }
    return next((why for why, does_hold in holds.items() if does_hold), "")


def is_held(verdict: Verdict, policy: dict[str, Any]) -> bool:
    """Whether API clients must wait until a person has decided."""
    return verdict.waits and bool(policy.get("hold"))

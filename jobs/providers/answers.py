"""What the readers of vendors' answers share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from classifyhub.engine.model import Rule
from classifyhub.text import fold
from jobs.providers.base import ContractBrokenError

LONGEST_RAW = 64 * 1024  # of a kept answer, as JSON


def same_type(said: str, rules: Sequence[Rule]) -> str:
    """The rule that is meant, where the vendor changed no more than case or white space and only one rule can be meant;
    else what it said, which is then found to be outside the rules."""
    if any(rule.type == said for rule in rules):
        return said
    alike = [rule.type for rule in rules if fold(rule.type) == fold(said)]
    return alike[0] if len(alike) == 1 else said


def bounded(raw: Mapping[str, Any], *, longest: int = LONGEST_RAW) -> dict[str, Any]:
    """What came over the wire, to be kept; of an answer beyond ``longest`` only that it was too long to keep."""
    size = len(json.dumps(raw))
    return dict(raw) if size <= longest else {"left_out": f"{size} characters"}


def number_in(value: Any, name: str) -> float | None:
    """A number or null. Raises ``ContractBrokenError`` naming what is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise broken(f"The {name} is no number.")
    return float(value)


def text_in(value: Any, name: str) -> str:
    """A text, empty for null. Raises ``ContractBrokenError`` naming what is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise broken(f"The {name} is no text.")
    return value


def broken(said: str, *, vendor_request_id: str = "", was_sent: bool | None = False) -> ContractBrokenError:
    """An answer that does not fit the contract."""
    return ContractBrokenError(said, reason="contract_broken", vendor_request_id=vendor_request_id, was_sent=was_sent)

"""Requests to providers, as the pipeline makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from classifyhub.engine.model import Rule
from jobs.providers.base import Pending, Request

RULES = (Rule("Invoice", "A bill that asks for payment."), Rule("Letter", "A letter to a person."))


def a_request(path: Path = Path(), **fields: Any) -> Request:
    usual = {
        "idempotency_key": "job-1",
        "path": path,
        "name": "scan.pdf",
        "media_type": "application/pdf",
        "sha256": "0" * 64,
        "rules": RULES,
    }
    return Request(**{**usual, **fields})


def a_pending(remote_id: str = "r-1", **fields: Any) -> Pending:
    return Pending(remote_id=remote_id, request=a_request(**{"idempotency_key": f"key of {remote_id}", **fields}))

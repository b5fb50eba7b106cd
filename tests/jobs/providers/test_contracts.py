"""The three providers that open documents on this machine keep what every provider promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobs.providers import landingai, openai_compatible, unsiloed
from jobs.providers.base import ContractBrokenError
from jobs.providers.models import chat
from tests.engine.documents import INVOICE, draw_text_pdf
from tests.jobs.providers.contract import (
    MEANINGS,
    REQUEST_ID,
    ProviderContract,
    Verdict,
    WaitingContract,
)
from tests.support.scripted_vendor import form_of
from tests.support.talking_model import a_completion, an_answer
from tests.support.vendor_server import Says, Seen


class OpensDocuments:
    """Of a provider that needs a sandbox and a folder."""

    module: Any
    provider_class: Any
    document = draw_text_pdf(INVOICE)

    @pytest.fixture(autouse=True)
    def _tools(self, sandbox, tmp_path):
        self.sandbox, self.readings = sandbox, tmp_path / "readings"
        chat._HABITS.clear()

    def make(self, wire, access):
        return self.provider_class(wire, access, sandbox=self.sandbox, readings=self.readings)

    def headers(self, access):
        return self.module.headers(access)

    def answer(self, seen: Seen) -> Says:
        said = self.route(seen)
        said.headers["x-request-id"] = REQUEST_ID
        return said

    def route(self, seen: Seen) -> Says:
        raise NotImplementedError


class TestLandingAI(OpensDocuments, ProviderContract):
    module = landingai
    provider_class = landingai.LandingAI
    is_synchronous = True
    gives_confidence = False
    gives_reasoning = False  # of a document: it gives reasons for pages

    def takes_document(self, seen: Seen) -> bool:
        return seen.method == "POST" and "document" in form_of(seen)

    def route(self, seen: Seen) -> Says:
        if not self.takes_document(seen):
            return Says({"detail": [{"loc": ["body", "classes"], "msg": "at least one", "type": "x"}]}, 422)
        page = {
            "class": self.verdict.type or "unknown",
            "page": 0,
            "reason": self.verdict.reasoning,
            "suggested_class": None,
        }
        metadata = {"filename": "a bill.pdf", "page_count": 1, "duration_ms": 9, "credit_usage": 1.0, "job_id": ""}
        return Says({"classification": [page], "metadata": metadata})


class TestUnsiloed(OpensDocuments, WaitingContract):
    module = unsiloed
    provider_class = unsiloed.Unsiloed
    gives_reasoning = False
    said_by_state = {"waiting": "queued", "failed": "failed", "unknown": "sleeping"}

    def takes_document(self, seen: Seen) -> bool:
        return (seen.method, seen.path) == ("POST", "/classify")

    def asks_for_a_job(self, seen: Seen) -> bool:
        return seen.method == "GET"

    def route(self, seen: Seen) -> Says:
        if self.takes_document(seen):
            self.sent = getattr(self, "sent", 0) + 1
            return Says({"job_id": f"u-{self.sent}", "status": "processing", "quota_remaining": 9}, 202)
        if self.state == "gone" or not seen.path.startswith("/classify/u-"):
            return Says({"detail": "Job not found"}, 404)
        status = self.said_by_state.get(self.state, "completed")
        error = "It cannot be opened." if status == "failed" else None
        result = None if self.state == "empty" or status != "completed" else self.result()
        return Says({"job_id": "u-1", "status": status, "progress": "", "error": error, "result": result})

    def result(self) -> dict[str, Any]:
        said = {"classification": self.verdict.type or "none of these", "confidence": self.verdict.confidence}
        page = {"page": 1, "success": True, **said, "raw_result": "x"}
        return {"success": True, **said, "total_pages": 1, "processed_pages": 1, "page_results": [page]}


class TestOpenAICompatible(OpensDocuments, ProviderContract):
    module = openai_compatible
    provider_class = openai_compatible.OpenAICompatible
    is_synchronous = True

    def make(self, wire, access):
        return super().make(wire, replace(access, options={"model": "small"}))

    def takes_document(self, seen: Seen) -> bool:
        return seen.method == "POST"

    def route(self, seen: Seen) -> Says:
        if seen.path == "/models":
            return Says({"object": "list", "data": [{"id": "small"}]})
        confidence = self.verdict.confidence and round(self.verdict.confidence * 100)
        said = {"type": self.verdict.type or "none", "confidence": confidence, "reasoning": self.verdict.reasoning}
        return Says(a_completion(an_answer(**said)))

    # Some endpoints say 413 or 422 to what they do not know; that is tried again without it, and bills nothing.
    @pytest.mark.parametrize("status", sorted(MEANINGS.keys() - {413, 422}))
    def test_a_refusal_is_understood_and_never_tried_again(self, provider, request_, vendor, status):
        super().test_a_refusal_is_understood_and_never_tried_again(provider, request_, vendor, status)

    def test_a_type_outside_the_rules_is_handed_on_as_it_is_for_the_desk_to_refuse(self, provider, request_):
        """Not of a model: what it writes is kept only within the rules."""
        self.verdict = Verdict(type="Recipe")
        assert isinstance(self.fail_to_send(provider, request_), ContractBrokenError)

    def test_missing_confidence_and_reasoning_stay_missing(self, provider, request_):
        """A missing explanation does; a missing confidence does not fit the schema that was asked for."""
        self.verdict = Verdict(reasoning=None)
        assert self.reply(provider, request_).answer.reasoning == ""
        self.verdict = Verdict(confidence=None)
        assert isinstance(self.fail_to_send(provider, request_), ContractBrokenError)

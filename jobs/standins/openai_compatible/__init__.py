"""A chat completions API as OpenAI, vLLM, llama.cpp, Ollama and LM Studio serve it; the model is the local engine."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from jobs.standins.answering import Question, Verdict
from jobs.standins.exchange import Asked, RefusedError, Said
from jobs.standins.openai_compatible.filling import fill
from jobs.standins.openai_compatible.prompts import Prompt, read_prompt
from jobs.standins.store import Taken
from jobs.standins.vendor import Vendor

_LETTERS_PER_TOKEN = 4
_CODES = {401: "invalid_api_key", 402: "insufficient_quota", 404: "model_not_found", 429: "rate_limit_exceeded"}


class OpenAICompatible(Vendor):
    """``models`` are listed; any other is taken too. Without ``takes_schema`` a ``response_format`` with a schema is
    refused, as older servers do."""

    label: ClassVar[str] = "an OpenAI-compatible model"
    usual_key: ClassVar[str] = "sk-standin"
    base_path: ClassVar[str] = "/v1"
    no_credit: ClassVar[Any] = "You exceeded your current quota."

    def __init__(
        self, *, models: tuple[str, ...] = ("standin-classifier",), takes_schema: bool = True, **common: Any
    ) -> None:
        super().__init__(**common)
        self.models = models
        self.takes_schema = takes_schema
        for base in ("/v1", ""):
            self.routes.add("POST", f"{base}/chat/completions", self.complete, kind="submit")
            self.routes.add("GET", f"{base}/models", self.list_models)

    def say_error(self, error: RefusedError) -> Said:
        kind = "server_error" if error.status >= 500 else "invalid_request_error"
        code = _CODES.get(error.status, "context_length_exceeded" if error.code == "too_long" else None)
        said = error.detail if isinstance(error.detail, str) else json.dumps(error.detail)
        body = {"error": {"message": said, "type": kind, "param": None, "code": code}}
        return Said(error.status, body, {"x-request-id": f"req_{uuid.uuid4().hex}", **error.headers})

    def list_models(self, asked: Asked) -> Said:
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "standin"} for name in self.models]
        return Said(200, {"object": "list", "data": models})

    def complete(self, asked: Asked) -> Said:
        body = asked.json()
        if not body.get("model") or not isinstance(body.get("messages"), list) or not body["messages"]:
            raise RefusedError(400, "you must provide a model parameter and messages")
        if not self.takes_schema and (body.get("response_format") or {}).get("type") == "json_schema":
            raise RefusedError(400, "response_format of type json_schema is not supported")
        prompt = read_prompt(body)
        content, reason = _spoil_words(self._think(prompt, asked), asked)
        return Said(200, _show(body, content, reason), {"x-request-id": f"req_{uuid.uuid4().hex}"})

    def _think(self, prompt: Prompt, asked: Asked) -> str:
        """Text is what is read; pictures only where there is no text."""
        if prompt.schema is None:
            return "I can only answer when a JSON schema says how."
        if prompt.text or not prompt.pictures:
            content, name = prompt.text.encode(), "prompt.txt"
        else:
            content, name = prompt.pictures[0], "page"
        document = self.store.keep_document(content, name=name, project=asked.project)
        self.store.note_taken(Taken(str(uuid.uuid4()), document.sha256, ""))
        verdict = self.work.answer(document, Question(rules=prompt.rules))
        self.store.erase_document(document)
        return json.dumps(fill(prompt.schema, _spoil_verdict(verdict, asked), prompt), ensure_ascii=False)


def _spoil_verdict(verdict: Verdict, asked: Asked) -> Verdict:
    """What a careless model makes of it."""
    if asked.suffers("outside_rules"):
        return replace(verdict, type="Something else entirely")
    if asked.suffers("invented_quote"):
        return replace(verdict, quotes=((1, "These words stand nowhere in the document."), *verdict.quotes))
    return verdict


def _spoil_words(content: str, asked: Asked) -> tuple[str, str]:
    """What is said, and why it ends: ``finish_reason``."""
    if asked.suffers("says") and asked.mishap is not None:
        return str(asked.mishap.options.get("content", "")), "stop"
    if asked.suffers("fenced"):
        return f"<think>Which one is it? {{hm}}</think>\nHere is the answer:\n```json\n{content}\n```\n", "stop"
    if asked.suffers("cut_short"):
        return content[: len(content) // 2], "length"
    return ("", "length") if asked.suffers("silent") else (content, "stop")


def _show(body: Mapping[str, Any], content: str, finish_reason: str) -> Mapping[str, Any]:
    asked_tokens = len(json.dumps(body["messages"])) // _LETTERS_PER_TOKEN
    said_tokens = len(content) // _LETTERS_PER_TOKEN + 1
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": asked_tokens,
            "completion_tokens": said_tokens,
            "total_tokens": asked_tokens + said_tokens,
        },
    }

"""What chat completions say, written as the API documents it, and what a request asked of them."""

from __future__ import annotations

import json
from typing import Any

from tests.support.vendor_server import Seen


def a_completion(content: Any, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion with one choice."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "small-1.2",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    }


def an_answer(**fields: Any) -> str:
    """What a well-behaved model writes."""
    usual = {"quotes": [], "reasoning": "It asks for money.", "type": "Invoice", "confidence": 83}
    return json.dumps(usual | fields, ensure_ascii=False)


def system_message_in(seen: Seen) -> str:
    return seen.json()["messages"][0]["content"]


def document_in(seen: Seen) -> str:
    """The message that holds the document, its text parts joined."""
    content = seen.json()["messages"][1]["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def boundary_in(seen: Seen) -> str:
    return document_in(seen).removeprefix("<<<").split(" ", 1)[0]

"""One question to a chat completions endpoint, in the dialect that it turns out to speak.

https://platform.openai.com/docs/api-reference/chat. OpenAI, vLLM, llama.cpp, Ollama and LM Studio agree on messages and
answers and differ in what else they take: what an endpoint refused once is not sent to it again by this process."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from classifyhub.text import clean_line, clean_text
from jobs.providers.answers import broken
from jobs.providers.base import HeldBackError, MisconfiguredError, ProviderError, RejectedError, UnavailableError
from jobs.providers.models.prompt import Message
from jobs.providers.wire import Answered, Wire

COMPLETIONS = "/chat/completions"
BASE_URL_HINT = " It usually ends in /v1."
MOST_TOKENS = 4_096  # of an answer with all the thinking before it; an end for a model that would go on for ever
_SHORTEST_CALL = 1.0  # seconds; with less time left nothing is begun
_REFUSALS = frozenset({400, 413, 422})
_TOO_LONG = re.compile(
    r"context[_ -](length|size|window|limit)|exceed_context|context the overflows|too many tokens|token limit"
    r"|(prompt|input|request|message)s? (is|are) too (long|large)",
    re.IGNORECASE,
)
# What of a request an endpoint may refuse, and how its complaint names it.
_OPTIONAL: Mapping[str, re.Pattern[str]] = {
    "max_tokens": re.compile(r"max_(completion_)?tokens", re.IGNORECASE),
    "temperature": re.compile("temperature", re.IGNORECASE),
    "response_format": re.compile("response_format|json_schema|schema|grammar|guided", re.IGNORECASE),
}


class TooLongError(RejectedError):
    """What was asked does not fit into the model's context; nothing was answered."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said. ``was_cut``: it ran out of room. ``usage`` are the tokens as the endpoint counted them."""

    content: str
    was_cut: bool
    model: str
    request_id: str
    usage: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """What is kept of it. Not what the model said: that is kept once it has been checked."""
        return {
            "id": self.request_id,
            "model": self.model,
            "finish_reason": "length" if self.was_cut else "stop",
            "usage": dict(self.usage),
        }


@dataclass(slots=True)
class Habits:
    """What an endpoint and model were found to refuse, and how many bytes of a document to take where that was less
    than it said. Worth a call to find out again after a restart."""

    refused: frozenset[str] = frozenset()
    size: int | None = None


_HABITS: dict[str, Habits] = {}


class Chat:
    """One endpoint (``address``) and model until ``ends_at`` on the monotonic clock."""

    def __init__(self, wire: Wire, *, address: str, model: str, ends_at: float) -> None:
        self._wire = wire
        self._model = model
        self._ends_at = ends_at
        self._calls = 0
        self._habits = _HABITS.setdefault(f"{address} {model}", Habits())

    @property
    def size(self) -> int | None:
        """How many bytes of a document it was found to take; null while nobody knows better."""
        return self._habits.size

    def note_size(self, size: int) -> None:
        """Show no more than that from now on."""
        self._habits.size = size

    def complete(self, messages: Sequence[Message], *, response_format: Mapping[str, Any]) -> Completion:
        """The model's answer to ``messages``. Whatever the endpoint refuses of what it need not take is left out, one
        thing after the other; a refusal is no answer and bills nothing. Raises ``TooLongError``, ``ProviderError``."""
        optional = {"response_format": response_format, "max_tokens": MOST_TOKENS, "temperature": 0}
        refused = self._habits.refused
        while True:
            wanted = {name: value for name, value in optional.items() if name not in refused}
            try:
                told = messages if "response_format" in wanted else _with_schema(messages, response_format)
                completion = _read(self._call({"model": self._model, "messages": list(told), **wanted}))
            except RejectedError as error:
                refused |= {_find_culprit(error, wanted)}
            else:
                self._habits.refused = refused  # only now is it known that this was it
                return completion

    def _call(self, body: Mapping[str, Any]) -> Answered:
        seconds = self._ends_at - time.monotonic()
        if seconds < _SHORTEST_CALL:
            raise UnavailableError("The time for this document was used up before an answer.", reason="timed_out")
        content = {**body, "stream": False}
        try:
            return self._wire.call("POST", COMPLETIONS, takes_document=True, seconds=seconds, json=content)
        except HeldBackError as error:
            raise self._take_held_back(error) from None
        except RejectedError as error:
            raise self._blame_the_settings(error) if error.status == HTTPStatus.NOT_FOUND else error from None
        finally:
            self._calls += 1

    def _blame_the_settings(self, error: RejectedError) -> ProviderError:
        """404 is never about a document: there is no such model, or no such address."""
        if "model" not in str(error).lower():
            said = str(error).rpartition(": ")[2]
            return self._wire.wrong_address(HTTPStatus.NOT_FOUND, said, error.vendor_request_id, hint=BASE_URL_HINT)
        return MisconfiguredError(
            f"{error} Is the model's name right, and the base URL? It usually ends in /v1.",
            reason="bad_credentials",
            vendor_request_id=error.vendor_request_id,
            status=error.status,
        )

    def _take_held_back(self, error: HeldBackError) -> UnavailableError:
        """Held back before its first call, a document just waits. Later it has cost something already and begins anew,
        which must not go on for ever; so then it counts as an attempt."""
        if not self._calls:
            return error
        return UnavailableError(str(error), reason=error.reason, retry_after=error.retry_after)


def _with_schema(messages: Sequence[Message], response_format: Mapping[str, Any]) -> list[Message]:
    """The messages for an endpoint that takes no schema: the model is shown it instead."""
    schema = json.dumps(response_format["json_schema"]["schema"], ensure_ascii=False)
    system = {**messages[0], "content": f"{messages[0]['content']}\n\nThe JSON schema of the answer:\n{schema}"}
    return [system, *messages[1:]]


def _find_culprit(error: RejectedError, wanted: Mapping[str, Any]) -> str:
    """What to leave out after this refusal. Raises ``error`` when nothing is left that might be it."""
    said = str(error)
    if error.status not in _REFUSALS:
        raise error
    named = next((name for name, pattern in _OPTIONAL.items() if name in wanted and pattern.search(said)), None)
    if named is None and (error.status == 413 or _TOO_LONG.search(said)):
        raise TooLongError(said, reason="too_large", vendor_request_id=error.vendor_request_id, status=error.status)
    if named is None and "response_format" not in wanted:
        raise error
    return named or "response_format"  # some only say that something is wrong


def _read(answered: Answered) -> Completion:
    """What stands in the answer. It was paid for, whatever it is, so a broken one may not be asked for again unseen."""
    body = answered.body if isinstance(answered.body, dict) else {}
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise broken("The answer holds no message.", vendor_request_id=answered.request_id, was_sent=None)
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        # Not in its own words: what a model says goes nowhere unchecked.
        said = "The model refuses to speak about this document."
        raise RejectedError(said, reason="rejected", vendor_request_id=answered.request_id)
    return Completion(
        content=_read_content(message.get("content")),
        was_cut=choice.get("finish_reason") == "length",
        model=_name_in(body, "model"),
        request_id=answered.request_id or _name_in(body, "id"),
        usage=_read_usage(body.get("usage")),
    )


def _read_content(content: Any) -> str:
    """Text, or the text among parts; empty where a model only thought. Clean, for it may be sent back to be mended."""
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
        content = "".join(text for text in texts if isinstance(text, str))
    return clean_text(content) if isinstance(content, str) else ""


def _name_in(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return clean_line(value, max_length=100) if isinstance(value, str) else ""


def _read_usage(usage: Any) -> dict[str, int]:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    given = {name: usage.get(name) for name in names} if isinstance(usage, dict) else {}
    return {name: value for name, value in given.items() if isinstance(value, int) and not isinstance(value, bool)}

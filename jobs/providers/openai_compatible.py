"""Any model behind a chat completions endpoint: OpenAI, vLLM, llama.cpp, Ollama, LM Studio.

https://platform.openai.com/docs/api-reference/chat. The document is read on this machine, and its text page by page
(in ``MULTIMODAL`` also pictures of its first pages) is shown to the model as data. What comes back is held to the
rules here, whatever the endpoint promises: one repair is asked for, and then it is a broken contract.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifyhub.engine import RENDERABLE
from classifyhub.engine.model import Answer, ReadError, Reading, Rule
from classifyhub.engine.reasoning import explain_no_text
from classifyhub.engine.sandbox import Sandbox
from jobs.providers.base import (
    Accepted,
    Access,
    Checkup,
    ContractBrokenError,
    MisconfiguredError,
    Outcome,
    Pending,
    Reply,
    Request,
)
from jobs.providers.local import LocalProvider
from jobs.providers.models.asking import ENGINE, SMALLEST_EXCERPT, ask_about
from jobs.providers.models.chat import BASE_URL_HINT, COMPLETIONS, Chat
from jobs.providers.models.excerpt import BYTES_PER_TOKEN
from jobs.providers.models.prompt import Picture
from jobs.providers.wire import Wire

HOST = "https://api.openai.com/v1"
MODELS = "/models"
USUAL_CONTEXT = 16_000  # tokens; a connection may name another as ``context_tokens``
_TOKENS_OF_REST = 3_000  # for instructions and answer
_TOKENS_OF_PICTURE = 1_000
MOST_PICTURES = 6
_PICTURE_WIDTH = 1_024
_LARGEST_PICTURES = 6 * 1024 * 1024


def base_url(access: Access) -> str:
    """Where the endpoint is, with its version: ``http://localhost:11434/v1``."""
    return access.base_url or HOST


def headers(access: Access) -> dict[str, str]:
    """What each call must carry: the key, where there is one; servers at home need none."""
    return {"Authorization": f"Bearer {access.secret}"} if access.secret else {}


class OpenAICompatible:
    """``readings`` is the folder where what was read from this document is kept."""

    def __init__(self, wire: Wire, access: Access, *, sandbox: Sandbox, readings: Path) -> None:
        self._wire = wire
        self._access = access
        self._sandbox = sandbox
        self._readings = readings

    def submit(self, request: Request) -> Reply:
        """The whole answer. A document without text is not sent, unless the model is shown pictures."""
        ends_at = time.monotonic() + self._access.deadline
        model = self._model(request)
        reading = LocalProvider(sandbox=self._sandbox, readings=self._readings).read(request)
        pictures = tuple(self._draw(request, reading))
        if not (reading.has_text or pictures):
            return _reply_without_text(reading)
        chat = Chat(self._wire, address=base_url(self._access), model=model, ends_at=ends_at)
        size = chat.size or self._size(request.rules, pictures)
        return ask_about(reading, request.rules, pictures, chat=chat, size=size)

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        return {}  # it has answered already

    def find(self, idempotency_key: str) -> Accepted | None:
        return None  # an endpoint keeps nothing

    def cancel(self, remote_id: str) -> None:
        return None

    def forget(self, *, remote_id: str, uploaded: str) -> None:
        return None

    def test(self) -> Checkup:
        """List the models, which is free; where an endpoint has no list, let the model say one word."""
        answered = self._wire.call("GET", MODELS, ignores=(404, 405))
        if answered.status in {404, 405}:
            return self._say_one_word()
        return Checkup(said=_say_models(_models_in(answered.body), str(self._access.options.get("model") or "")))

    def _say_one_word(self) -> Checkup:
        body = {"model": self._model(None), "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1}
        answered = self._wire.call("POST", COMPLETIONS, ignores=(404, 405), json=body)
        if answered.status in {404, 405} or not (isinstance(answered.body, dict) and "choices" in answered.body):
            raise self._wire.wrong_address(answered.status, "", answered.request_id, hint=BASE_URL_HINT)
        return Checkup(said=f"The model {body['model']} answers. The endpoint does not list its models.")

    def _model(self, request: Request | None) -> str:
        chosen = (request.options.get("model") if request else "") or self._access.options.get("model")
        if not chosen:
            said = "No model is chosen, neither for this preset nor for the connection."
            raise MisconfiguredError(said, reason="bad_credentials")
        return str(chosen)

    def _size(self, rules: Sequence[Rule], pictures: Sequence[Picture]) -> int:
        """Bytes of a document that fit beside instructions, rules, pictures and answer."""
        context = self._access.options.get("context_tokens")
        tokens = context if isinstance(context, int) and context > 0 else USUAL_CONTEXT
        tokens -= _TOKENS_OF_REST + _TOKENS_OF_PICTURE * len(pictures)
        taken = sum(len(f"{rule.type}{rule.description}".encode()) for rule in rules)
        return max(tokens * BYTES_PER_TOKEN - taken, SMALLEST_EXCERPT)

    def _draw(self, request: Request, reading: Reading) -> Iterator[Picture]:
        """Pictures of the first pages wanted, in ``MULTIMODAL``. A page that cannot be drawn goes without."""
        if request.mode != "MULTIMODAL" or request.media_type not in RENDERABLE:
            return
        left = _LARGEST_PICTURES
        for page in reading.pages[:MOST_PICTURES]:
            data = self._draw_page(request, page.number)
            left -= len(data)
            if left < 0:
                return
            if data:
                yield Picture(page.number, data)

    def _draw_page(self, request: Request, number: int) -> bytes:
        self._readings.mkdir(parents=True, exist_ok=True)
        path = self._readings / f"picture-{uuid.uuid4().hex}.jpg"
        try:
            self._sandbox.render(
                request.path, path, media_type=request.media_type, page=number, width=_PICTURE_WIDTH, kind="JPEG"
            )
            return path.read_bytes()
        except ReadError:
            return b""
        finally:
            path.unlink(missing_ok=True)


def _reply_without_text(reading: Reading) -> Reply:
    answer = Answer(
        None,
        None,
        explain_no_text(reading),
        pages_not_read=reading.pages_not_read,
        has_text=False,
        engine=ENGINE,
    )
    return Reply(answer=answer, pages_read=len(reading.pages), raw={"calls": []})


def _models_in(body: Any) -> list[str]:
    listed = body.get("data") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        said = "The answer is no list of models. Is the base URL right? It usually ends in /v1."
        raise ContractBrokenError(said, reason="contract_broken")
    return [str(model["id"]) for model in listed if isinstance(model, dict) and model.get("id")]


def _say_models(models: Sequence[str], chosen: str) -> str:
    some = f"{', '.join(models[:8])}{' and more' if len(models) > 8 else ''}" or "none"
    if not chosen:
        return f"It answers. No model is chosen; there are: {some}."
    if chosen in models:
        return f"It answers, and {chosen} is there."
    return f"It answers, but has no model {chosen}. There are: {some}."

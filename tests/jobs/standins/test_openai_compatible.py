"""A chat completions API whose model is the local engine, and the ways in which models fail."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from classifyhub.engine.model import Rule
from jobs.standins import Verdict

PATH = "/v1/chat/completions"
QUOTE = {"type": "object", "properties": {"page": {"type": "integer"}, "quote": {"type": "string"}}}
SCHEMA = {
    "type": "object",
    "properties": {
        "evidence": {"type": "array", "items": QUOTE},
        "reasoning": {"type": "string"},
        "type": {"anyOf": [{"type": "string", "enum": ["invoice", "none", "none of these"]}, {"type": "null"}]},
        "confidence": {"type": "integer"},
    },
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}
DOCUMENT = "<<<17 page 2>>>\nINVOICE\nInvoice number: 4711\n<<<17 page 5>>>\nAmount due: 119.00\n<<<17 end>>>\nWell?"
SYSTEM = 'Types:\n{"type": "invoice", "description": "A bill that asks for payment, with an amount due"}'


def ask(client, text: str | list = DOCUMENT, *, system: str = SYSTEM, **fields):
    messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return client.post(PATH, json={"model": "m", "messages": messages, "response_format": FORMAT, **fields})


def content_of(response) -> str:
    return response.json()["choices"][0]["message"]["content"]


def test_the_engine_answers_in_the_schema_that_was_sent(start):
    standin, client = start("openai", answers="engine")
    answer = json.loads(content_of(ask(client)))
    assert list(answer) == ["evidence", "reasoning", "type", "confidence"]
    assert answer["type"] == "invoice"
    assert 50 < answer["confidence"] <= 100
    assert {"page": 5, "quote": "Amount due: 119.00"} in answer["evidence"]
    assert len(standin.accepted) == 1


def test_the_document_alone_is_read_and_the_rules_with_their_descriptions(start):
    seen = []

    def answer(document, question):
        seen.append((document.path.read_text(), question.rules))
        return Verdict(type=None, confidence=0.7)

    _standin, client = start("openai", answers=answer)
    said = json.loads(content_of(ask(client)))
    [(text, rules)] = seen
    assert text == "INVOICE\nInvoice number: 4711\nAmount due: 119.00"
    assert rules[0] == Rule("invoice", "A bill that asks for payment, with an amount due")
    assert (said["type"], said["confidence"]) == ("none of these", 70)


def test_rules_and_document_in_one_message_are_told_apart(start):
    seen = []

    def answer(document, question):
        seen.append((document.path.read_text(), question.rules[0].description))
        return Verdict()

    _standin, client = start("openai", answers=answer)
    ask(client, "- invoice: A bill\nDear Sir,\nhere is the invoice", system="Sort this.")
    assert seen == [("Dear Sir,\nhere is the invoice", "A bill")]


def test_keys_said_in_words_do_where_no_schema_is_taken(start):
    _standin, client = start("openai", takes_schema=False)
    assert ask(client).status_code == 400
    keys = '"quotes": a list of objects with "page" (number) and "text";\n"type": one of the labels\n'
    body = {"model": "m", "messages": [{"role": "user", "content": f"{SYSTEM}\n{keys}\n{DOCUMENT}"}]}
    assert json.loads(content_of(client.post(PATH, json=body))) == {"quotes": [], "type": "invoice"}


def test_a_picture_is_looked_at_where_there_is_no_text(start):
    out = io.BytesIO()
    Image.new("L", (20, 20), 255).save(out, "PNG")
    seen = []

    def answer(document, question):
        seen.append(document.path.read_bytes())
        return Verdict()

    _standin, client = start("openai", answers=answer)
    url = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    ask(client, [{"type": "image_url", "image_url": {"url": url}}])
    assert seen == [out.getvalue()]


@pytest.mark.parametrize(
    ("fault", "piece", "reason"),
    [("fenced", "```json\n{", "stop"), ("cut_short", '"evidence"', "length"), ("silent", "", "length")],
)
def test_a_model_wraps_its_answer_or_does_not_come_to_its_end(start, fault, piece, reason):
    standin, client = start("openai")
    standin.faults.next(fault)
    response = ask(client)
    assert piece in content_of(response)
    assert response.json()["choices"][0]["finish_reason"] == reason
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(content_of(response))


def test_a_model_makes_things_up(start):
    standin, client = start("openai")
    for fault in ("outside_rules", "invented_quote"):
        standin.faults.next(fault)
    assert json.loads(content_of(ask(client)))["type"] == "Something else entirely"
    assert "stand nowhere" in json.loads(content_of(ask(client)))["evidence"][0]["quote"]
    standin.faults.next("says", content="I would rather not.")
    assert content_of(ask(client)) == "I would rather not."


@pytest.mark.parametrize(("fault", "words"), [("no_schema", "response_format"), ("too_long", "maximum context length")])
def test_a_request_is_refused_for_what_the_server_cannot_do(start, fault, words):
    standin, client = start("openai")
    standin.faults.next(fault)
    refused = ask(client)
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]


def test_models_are_listed_for_whoever_has_the_key(start):
    _standin, client = start("openai", models=("small", "large"))
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["small", "large"]
    refused = client.get("/v1/models", headers={"Authorization": "Bearer wrong"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")

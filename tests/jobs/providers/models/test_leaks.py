"""An explanation that recites the instructions is none."""

from __future__ import annotations

import base64

import pytest

from jobs.providers.models.leaks import gives_away
from jobs.providers.models.prompt import INSTRUCTIONS, new_boundary

SENTENCE = "Choose the one type that fits what the document is as a whole, not what it merely mentions."


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        SENTENCE.upper(),
        " ".join(SENTENCE),
        "\u200b".join(SENTENCE),
        SENTENCE[::-1],
        SENTENCE.replace(" ", "_*_"),
        "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in SENTENCE),
        base64.b64encode(SENTENCE.encode()).decode(),
        SENTENCE.encode().hex(),
        f"It bills. By the way: {SENTENCE[10:50]}",
    ],
    ids=["plain", "loud", "apart", "zero width", "backwards", "decorated", "wide", "base64", "hex", "a part of it"],
)
def test_a_stretch_of_the_instructions_is_recognised_in_many_dresses(text):
    assert gives_away(text, (INSTRUCTIONS,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The document is an invoice: it asks for payment and names a due date.",
        "No type fits what the document is as a whole.",
        "Die Rechnung nennt einen Betrag und ein Zahlungsziel.",
        "See https://example.org/a/rather/long/path/of/a/document.pdf on page 2.",
    ],
)
def test_an_ordinary_explanation_gives_nothing_away(text):
    assert not gives_away(text, (INSTRUCTIONS, new_boundary()))


def test_the_number_between_the_lines_is_recognised():
    boundary = new_boundary()
    assert gives_away(f"It ends with {boundary}.", (INSTRUCTIONS, boundary))
    assert not gives_away("anything", ("",))

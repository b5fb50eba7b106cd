"""What people of a language call a known type."""

from __future__ import annotations

import pytest

from classifyhub.engine.pack import load_known_types, name_kind


@pytest.mark.parametrize(
    ("key", "lang", "name"),
    [
        ("invoice", "de", "Rechnung"),
        ("passport", "fr", "passeport"),
        ("invoice", "en", "invoice"),
        ("invoice", "xx", "invoice"),
        ("our yellow sheet", "de", "our yellow sheet"),
    ],
)
def test_it_is_the_first_title_in_that_language_or_the_english_name(key, lang, name):
    assert name_kind(key, lang) == name


def test_names_are_as_the_pack_writes_them_and_not_stems():
    shown = {dict(kind.shown).get("de") for kind in load_known_types()}
    assert {"Allgemeine Geschäftsbedingungen", "Umweltverträglichkeitsprüfung"} <= shown

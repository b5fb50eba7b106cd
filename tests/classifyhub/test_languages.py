from __future__ import annotations

import pytest

from classifyhub.engine.ocr.languages import choose_data
from classifyhub.languages import LLAMACLOUD_V1, llamacloud_v1_code, llamacloud_v2_code
from rules.languages import LANGUAGES


def test_all_names_of_v1_can_be_reached():
    assert len(set(LLAMACLOUD_V1.values())) == 86
    assert {"rs_latin", "rs_cyrillic", "ch_sim", "ch_tra", "no", "tjk"} <= set(LLAMACLOUD_V1.values())


@pytest.mark.parametrize(
    ("lang", "v1", "v2"),
    [
        ("en", "en", "en"),
        ("", "en", "en"),
        ("nb", "no", "nb"),
        ("PT_br", "pt", "pt"),
        ("sr", "rs_cyrillic", "sr"),
        ("sr-Latn", "rs_latin", "sr"),
        ("zh", "ch_sim", "zh"),
        ("zh-hant", "ch_tra", "zh"),
        ("fi", None, "fi"),
    ],
)
def test_a_language_goes_by_each_vendors_name_for_it(lang, v1, v2):
    assert (llamacloud_v1_code(lang), llamacloud_v2_code(lang)) == (v1, v2)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_on_offer_is_known_to_v1_or_to_the_reader_on_this_machine(lang):
    assert llamacloud_v1_code(lang) or len(choose_data(lang, installed=set())[1]) == 3


def test_every_language_of_v1_is_on_offer():
    assert {llamacloud_v1_code(lang) for lang in LANGUAGES} - {None} == set(LLAMACLOUD_V1.values())

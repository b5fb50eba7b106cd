"""The languages a document may be said to be in, and what the vendors call them. Plain data, for the whole desk.

A language is named by its ISO 639-1 code, with its script where that tells more (``sr-latn``, ``zh-hant``), and by ISO
639-3 where it has no shorter one. What the OCR on this machine calls them stands in ``classifyhub.engine.ocr``.
"""

from __future__ import annotations

from collections.abc import Mapping

# What LlamaCloud's first generation takes, by our code: all 86 names of its list, most of them the ISO code itself.
# Finnish, Greek and Hebrew are not on it.
LLAMACLOUD_V1: Mapping[str, str] = {
    **{
        code: code
        for code in (
            *("af", "az", "bs", "cs", "cy", "da", "de", "en", "es", "et", "fr", "ga", "hr", "hu", "id", "is", "it"),
            *("ku", "la", "lt", "lv", "mi", "ms", "mt", "nl", "oc", "pi", "pl", "pt", "ro", "sk", "sl", "sq", "sv"),
            *("sw", "tl", "tr", "uz", "vi", "ar", "fa", "ug", "ur", "bn", "as", "mni", "ru", "be", "bg", "uk", "mn"),
            *("abq", "ady", "kbd", "dar", "inh", "lbe", "lez", "tab", "hi", "mr", "ne", "bh", "mai", "bho", "sck"),
            *("new", "gom", "sa", "bgc", "th", "ja", "ko", "ta", "te", "kn"),
        )
    },
    "anp": "ang",
    "av": "ava",
    "ce": "che",
    "mag": "mah",
    "nb": "no",
    "nn": "no",
    "no": "no",
    "sr": "rs_cyrillic",
    "sr-latn": "rs_latin",
    "tg": "tjk",
    "zh": "ch_sim",
    "zh-hans": "ch_sim",
    "zh-hant": "ch_tra",
    "zh-tw": "ch_tra",
}


def llamacloud_v1_code(lang: str) -> str | None:
    """What v1 calls the language; none for one that it does not know. ``pt-BR`` is ``pt`` there."""
    code = _tidy(lang)
    return LLAMACLOUD_V1.get(code) or LLAMACLOUD_V1.get(code.partition("-")[0])


def llamacloud_v2_code(lang: str) -> str:
    """What v2 calls the language: free text that ought to be ISO 639-1, so without script or country."""
    return _tidy(lang).partition("-")[0]


def _tidy(lang: str) -> str:
    return lang.strip().casefold().replace("_", "-") or "en"

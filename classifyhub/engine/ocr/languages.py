"""Which of tesseract's language data to read with, for a language as a preset names it (ISO 639-1)."""

from __future__ import annotations

from collections.abc import Collection

ENGLISH = "eng"

# The language's own data first, then that of close relatives, which know most of its letters.
_DATA: dict[str, tuple[str, ...]] = {
    "ar": ("ara",),
    "bg": ("bul", "mkd", "rus"),
    "ca": ("cat", "spa"),
    "cs": ("ces", "slk"),
    "da": ("dan", "nor", "deu"),
    "de": ("deu",),
    "el": ("ell",),
    "en": (ENGLISH,),
    "es": ("spa",),
    "et": ("est", "fin"),
    "fi": ("fin", "est", "swe"),
    "fr": ("fra",),
    "he": ("heb",),
    "hi": ("hin",),
    "hr": ("hrv", "slv"),
    "hu": ("hun",),
    "id": ("ind", "msa"),
    "it": ("ita",),
    "ja": ("jpn",),
    "ko": ("kor",),
    "lt": ("lit",),
    "lv": ("lav",),
    "nb": ("nor", "dan", "deu"),
    "nl": ("nld", "deu"),
    "nn": ("nor", "dan", "deu"),
    "no": ("nor", "dan", "deu"),
    "pl": ("pol",),
    "pt": ("por", "spa"),
    "ro": ("ron",),
    "ru": ("rus", "bul", "ukr"),
    "sk": ("slk", "ces"),
    "sl": ("slv", "hrv"),
    "sr": ("srp", "bul", "rus"),
    "sv": ("swe", "nor", "dan", "deu"),
    "th": ("tha",),
    "tr": ("tur",),
    "uk": ("ukr", "rus"),
    "vi": ("vie",),
    "zh": ("chi_sim", "chi_tra"),
    "zh-hant": ("chi_tra", "chi_sim"),
    "zh-tw": ("chi_tra", "chi_sim"),
}


def choose_data(lang: str, *, installed: Collection[str]) -> tuple[str, str]:
    """The data to read with, as tesseract takes it (``deu+eng``), and what would have been right but is not installed.

    English comes along in every language: papers of any country carry some. Where nothing fits, English alone, or
    whatever there is."""
    wanted = _wish_for(lang)
    own = next((name for name in wanted if name in installed), "")
    chosen = dict.fromkeys(name for name in (own, ENGLISH) if name and name in installed)
    names = list(chosen) or sorted(set(installed) - {"osd", "equ"})[:1]
    return "+".join(names), "" if own == wanted[0] else wanted[0]


def _wish_for(lang: str) -> tuple[str, ...]:
    """``pt-BR`` asks for ``pt``; a code the table lacks may be tesseract's own name."""
    code = lang.strip().casefold().replace("_", "-") or "en"
    return _DATA.get(code) or _DATA.get(code.partition("-")[0]) or (code,)

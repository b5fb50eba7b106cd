"""Which of tesseract's language data to read with, for a language as a preset names it (ISO 639-1)."""

from __future__ import annotations

from collections.abc import Collection

ENGLISH = "eng"

# The language's own data first, then that of close relatives, which know most of its letters. For a language that has
# no data at all the first is the relative whose letters it is written in.
_DATA: dict[str, tuple[str, ...]] = {
    "abq": ("rus",),
    "ady": ("rus",),
    "af": ("afr", "nld"),
    "anp": ("hin",),
    "ar": ("ara",),
    "as": ("asm", "ben"),
    "av": ("rus",),
    "az": ("aze", "tur"),
    "be": ("bel", "rus", "ukr"),
    "bg": ("bul", "mkd", "rus"),
    "bgc": ("hin",),
    "bh": ("hin",),
    "bho": ("hin",),
    "bn": ("ben",),
    "bs": ("bos", "hrv"),
    "ca": ("cat", "spa"),
    "ce": ("rus",),
    "cs": ("ces", "slk"),
    "cy": ("cym",),
    "da": ("dan", "nor", "deu"),
    "dar": ("rus",),
    "de": ("deu",),
    "el": ("ell",),
    "en": (ENGLISH,),
    "es": ("spa",),
    "et": ("est", "fin"),
    "fa": ("fas", "ara"),
    "fi": ("fin", "est", "swe"),
    "fr": ("fra",),
    "ga": ("gle",),
    "gom": ("mar", "hin"),
    "he": ("heb",),
    "hi": ("hin",),
    "hr": ("hrv", "slv"),
    "hu": ("hun",),
    "id": ("ind", "msa"),
    "inh": ("rus",),
    "is": ("isl", "dan"),
    "it": ("ita",),
    "ja": ("jpn",),
    "kbd": ("rus",),
    "kn": ("kan",),
    "ko": ("kor",),
    "ku": ("kmr", "tur"),
    "la": ("lat",),
    "lbe": ("rus",),
    "lez": ("rus",),
    "lt": ("lit",),
    "lv": ("lav",),
    "mag": ("hin",),
    "mai": ("hin",),
    "mi": ("mri",),
    "mn": ("mon", "rus"),
    "mni": ("ben",),
    "mr": ("mar", "hin"),
    "ms": ("msa", "ind"),
    "mt": ("mlt",),
    "nb": ("nor", "dan", "deu"),
    "ne": ("nep", "hin"),
    "new": ("hin",),
    "nl": ("nld", "deu"),
    "nn": ("nor", "dan", "deu"),
    "no": ("nor", "dan", "deu"),
    "oc": ("oci", "fra"),
    "pi": ("lat",),
    "pl": ("pol",),
    "pt": ("por", "spa"),
    "ro": ("ron",),
    "ru": ("rus", "bul", "ukr"),
    "sa": ("san", "hin"),
    "sck": ("hin",),
    "sk": ("slk", "ces"),
    "sl": ("slv", "hrv"),
    "sq": ("sqi",),
    "sr": ("srp", "bul", "rus"),
    "sr-latn": ("srp_latn", "hrv"),
    "sv": ("swe", "nor", "dan", "deu"),
    "sw": ("swa",),
    "ta": ("tam",),
    "tab": ("rus",),
    "te": ("tel",),
    "tg": ("tgk", "rus"),
    "th": ("tha",),
    "tl": ("fil", "tgl"),
    "tr": ("tur",),
    "ug": ("uig", "ara"),
    "uk": ("ukr", "rus"),
    "ur": ("urd", "ara"),
    "uz": ("uzb", "tur"),
    "vi": ("vie",),
    "zh": ("chi_sim", "chi_tra"),
    "zh-hans": ("chi_sim", "chi_tra"),
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

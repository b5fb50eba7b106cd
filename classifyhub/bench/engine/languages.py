"""Which language a document is in, as far as a benchmark needs to know: by its script, else by its commonest words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u3400-\u9fff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
}
_WORDS: Mapping[str, str] = {
    "en": "the of and to in is for that with this by be are or from on at your you not",
    "de": "der die das und ist nicht mit von den dem ein eine für auf im zu sie werden wird",
    "fr": "le la les des et est une du dans pour par sur vous nous au aux ce cette",
    "es": "el los las y es una del para por con que su se al lo como más",
    "it": "il gli di e è una della del per con che si non alla dei nel sono",
    "pt": "os as um uma do da dos das para com que não se em no na ao pela",
    "nl": "het een van en is niet met voor op te dat aan bij uit naar zijn wordt",
    "da": "og det en af til er på med for ikke den som har ved fra skal",
}
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPT_SHARE = 0.15  # of all letters; labels in Latin letters stand in most foreign papers
_FEWEST = 5  # words of a language below which nothing is said
_SAMPLE = 20_000


def tell_language(text: str) -> str:
    """An ISO 639-1 code, or an empty string where there is too little to go by. Cyrillic counts as Russian."""
    sample = text[:_SAMPLE]
    letters = sum(character.isalpha() for character in sample)
    for code, script in _SCRIPTS.items():
        if letters and len(script.findall(sample)) > _SCRIPT_SHARE * letters:
            return code
    words = Counter(_WORD.findall(sample.casefold()))
    found = {code: sum(words[word] for word in common.split()) for code, common in _WORDS.items()}
    best = max(found, key=lambda code: found[code])
    return best if found[best] >= _FEWEST else ""

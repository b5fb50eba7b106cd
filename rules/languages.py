"""The languages a document may be said to be in: ISO 639-1, as every provider that asks for one takes it.

A short list on purpose; one more line here is all that another language needs.
"""

from __future__ import annotations

from django.utils.translation import get_language_info

LANGUAGES: tuple[str, ...] = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "da",
    "sv",
    "nb",
    "fi",
    "pl",
    "cs",
    "hu",
    "ro",
    "el",
    "tr",
    "uk",
    "ru",
    "ar",
    "he",
    "hi",
    "ja",
    "ko",
)


def language_name(code: str) -> str:
    """The name of a language in the reader's own; the code where nobody knows one."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def language_choices(also: str = "") -> list[tuple[str, str]]:
    """(code, name) of each language, with ``also`` among them when a draft came in with one that is not on the list."""
    extra = (also,) if also and also not in LANGUAGES else ()
    return [(code, language_name(code)) for code in (*LANGUAGES, *extra)]

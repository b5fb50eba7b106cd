"""The languages a document may be said to be in: every one that a provider or the reader on this machine knows."""

from __future__ import annotations

from django.utils.translation import get_language_info, gettext, gettext_noop

# The most usual first, the others by their English names. What the vendors call them stands in
# ``classifyhub.languages``, what the reader on this machine does in ``classifyhub.engine.ocr.languages``.
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
    *("abq", "ady", "af", "sq", "anp", "as", "av", "az", "be", "bn", "bho", "bh", "bs", "bg", "ca", "ce", "hr"),
    *("dar", "et", "gom", "bgc", "is", "id", "inh", "ga", "kbd", "kn", "ku", "lbe", "la", "lv", "lez", "lt"),
    *("mag", "mai", "ms", "mt", "mni", "mr", "mn", "mi", "ne", "new", "oc", "pi", "fa", "sck", "sa", "sr"),
    *("sr-latn", "zh-hans", "sk", "sl", "sw", "tab", "tl", "tg", "ta", "te", "th", "zh-hant", "ur", "ug", "uz"),
    *("vi", "cy"),
)

# Those that Django has no name for.
_NAMES = {
    "abq": gettext_noop("Abaza"),
    "ady": gettext_noop("Adyghe"),
    "anp": gettext_noop("Angika"),
    "as": gettext_noop("Assamese"),
    "av": gettext_noop("Avar"),
    "bho": gettext_noop("Bhojpuri"),
    "bh": gettext_noop("Bihari"),
    "ce": gettext_noop("Chechen"),
    "dar": gettext_noop("Dargwa"),
    "gom": gettext_noop("Goan Konkani"),
    "bgc": gettext_noop("Haryanvi"),
    "inh": gettext_noop("Ingush"),
    "kbd": gettext_noop("Kabardian"),
    "ku": gettext_noop("Kurdish"),
    "lbe": gettext_noop("Lak"),
    "la": gettext_noop("Latin"),
    "lez": gettext_noop("Lezgian"),
    "mag": gettext_noop("Magahi"),
    "mai": gettext_noop("Maithili"),
    "mt": gettext_noop("Maltese"),
    "mni": gettext_noop("Manipuri"),
    "mi": gettext_noop("Māori"),
    "new": gettext_noop("Newari"),
    "oc": gettext_noop("Occitan"),
    "pi": gettext_noop("Pali"),
    "sck": gettext_noop("Sadri"),
    "sa": gettext_noop("Sanskrit"),
    "tab": gettext_noop("Tabasaran"),
    "tl": gettext_noop("Tagalog"),
}


def language_name(code: str) -> str:
    """The name of a language in the reader's own; the code where nobody knows one."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return gettext(_NAMES[code]) if code in _NAMES else code


def language_choices(also: str = "") -> list[tuple[str, str]]:
    """(code, name) of each language, with ``also`` among them when a draft came in with one that is not on the list."""
    extra = (also,) if also and also not in LANGUAGES else ()
    return [(code, language_name(code)) for code in (*LANGUAGES, *extra)]

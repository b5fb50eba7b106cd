"""What a rule's description says a document is, what it says it is not, what it is called besides, and what it lists as
examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifyhub.engine.phrases import Phrase
from classifyhub.engine.words import STOP, stems, worth

_NEGATION = re.compile(
    r"\b(?:not|never|without|except(?:\s+for)?|excluding|other\s+than|rather\s+than|unlike"
    r"|nicht|keine?[nrsm]?|au(?:ss|ß)er|pas|sauf|excepto|salvo|tranne|niet|geen)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[.;:!?\n]|,?\s+\bbut\b|\s[–—-]\s")  # people type dashes of any length
_EXAMPLES = re.compile(
    r"\b(?:such as|like|for example|for instance|e\.g\.|includ(?:ing|es)|namely|called|headed|titled|entitled"
    r"|labell?ed|z\.\s?b\.|wie|par exemple|comme|por ejemplo|como)(?!\w)|:",
    re.IGNORECASE,
)
_SYNONYMS = re.compile(
    r"\b(?:also\s+(?:called|named|known\s+as)|a\.?k\.?a\.?|i\.\s?e\.|same\s+as"
    r"|auch\s+(?:genannt|bekannt\s+als)|d\.\s?h\.|das\s+hei(?:ß|ss)t|aussi\s+appelée?s?|c[’']est-à-dire"
    r"|también\s+llamad[oa]s?|es\s+decir|anche\s+dett[oaie]|cioè|também\s+chamad[oa]s?|ou\s+seja|ook\s+wel)(?!\w)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_BETWEEN = re.compile(r"[,;/]|\b(?:or|and|und|oder|ou|et|y|o|e)\b", re.IGNORECASE)
_LONGEST = 4
_TELLING = 0.5


def split_negation(description: str) -> tuple[str, str]:
    """The description in two: what is wanted, and what is not ("not a receipt", "except drafts"), which ends with its
    clause."""
    wanted, unwanted, position = [], [], 0
    for match in _NEGATION.finditer(description):
        if match.start() >= position:
            end = _CLAUSE_END.search(description, match.end())
            wanted.append(description[position : match.start()])
            position = end.start() if end else len(description)
            unwanted.append(description[match.end() : position])
    wanted.append(description[position:])
    return " ".join(wanted), ", ".join(unwanted)


def list_examples(wanted: str) -> Iterator[Phrase]:
    """What a description lists after "such as", "like", ":" and their kin: short phrases, each a name of the type."""
    for phrase in _list_after(_EXAMPLES, wanted):
        if sum(map(worth, phrase)) > _TELLING or any(word.isdigit() for word in phrase):  # "W-2" is a name
            yield phrase


def list_synonyms(wanted: str) -> Iterator[Phrase]:
    """What a description says the type is called as well: "also called purchase order", "i.e. a till slip"."""
    return _list_after(_SYNONYMS, wanted)


def _list_after(opening: re.Pattern[str], text: str) -> Iterator[Phrase]:
    """The items listed after each ``opening``, to the end of its sentence."""
    for match in opening.finditer(text):
        end = _SENTENCE_END.search(text, match.end())
        yield from list_items(text[match.end() : end.start() if end else len(text)])


def list_items(text: str) -> Iterator[Phrase]:
    """The items of an enumeration, stop words trimmed from both ends, long ones left out."""
    for item in _BETWEEN.split(text):
        phrase = trim(stems(item))
        if 0 < len(phrase) <= _LONGEST:
            yield phrase


def trim(phrase: Phrase) -> Phrase:
    """The phrase without stop words at its ends; those inside belong to it ("bill of lading")."""
    content = [place for place, word in enumerate(phrase) if word not in STOP]
    return phrase[content[0] : content[-1] + 1] if content else ()

"""Which lines can announce what a document is: those that are put to a reader, not to a machine or to a person asked.

Data, code, addresses, questions and articles about writing papers name types of documents too, and are no documents of
these types."""

from __future__ import annotations

import re

from classifyhub.engine.words import STOP, stems

_MACHINE = re.compile(
    r"""
      [{}]                                        # a block of code or of data
    | ["'`]\s*[:=]\s*["'`\w\[]                    # "type": "invoice"
    | ^[\w.\[\]]+\s?[:+]?==?\s?["'`\w\[(]        # kind=invoice
    | \w\s?[=-]>\s?\w                             # invoice -> receipt
    | </\w | /> | <!                              # markup
    | ://|\bwww\.|\w@\w                           # addresses
    | ^[~.]?/\w+/|^\w:\\|\\\w+\\                  # places of files
    | ^\W?\d{4}-\d\d-\d\d[T ]\d\d?:\d\d           # a log
    | \w\(\)|;\s*$                                # calls and statements
    | (?:\.\s?){3,}\d+\W*$                        # a line of a table of contents
    | ^[^\s,;]*[^\W\d][^\s,;]*[,;][^\s]+$         # a row of values: no space follows the comma
    """,
    re.VERBOSE,
)
_ABOUT = re.compile(
    r"""
      \b(?:how\ (?:to|do\ (?:you|i))\ (?:write|make|create|draft|prepare|fill|get|read|format)|what\ (?:is|are)\ an?
        |(?:tips|advice)\ (?:for|on)|guide\ to\ (?:writing|creating|making)|(?:meaning|definition)\ of)\b
    | \bwie\ (?:schreib|erstell|man)|\bwas\ (?:ist|sind|geh(?:ö|oe)rt)\b|\btipps\ (?:f(?:ü|ue)r|zu)
    | \bcomment\ (?:r(?:é|e)diger|faire|(?:é|e)crire)|\bqu.est.ce\b
    | \bc(?:ó|o)mo\ (?:hacer|redactar|escribir|fazer|escrever|elaborar)
    | \bqu(?:é|e)\ es\b | \bo\ que\ (?:é|e)\b | \bcome\ (?:scrivere|fare|redigere) | \b(?:che\ )?cos.(?:è|e)\b
    | \bhoe\ (?:schrijf|maak) | \bwat\ is\ een\b | \bjak\ (?:napisa|zrobi|wype) | \bco\ to\ jest\b
    | \bкак\ (?:составить|написать|оформить) | \bчто\ такое\b
    | 如何 | 怎么 | 怎麼 | 什么是 | 写法 | 寫法 | の書き方 | とは | 작성법 | 쓰는\ 법
    """,  # noqa: RUF001 - Cyrillic
    re.VERBOSE | re.IGNORECASE,
)  # said of papers of a type, not by one of them
_QUESTION = re.compile(r"[?\uff1f\u061f]\W*$")  # full width and Arabic, too
_QUOTED = re.compile(r"""^["'\u2018-\u201f«»「『].*["'\u2018-\u201f«»」』]\W*$""")
_LISTED = re.compile(r"^[-*•·‣◦]\s")
_SENTENCE_END = re.compile(r"[.!;,:\u3002\uff01]\W*$")
_SENTENCE = 3  # words of the shortest
_LONGEST = 300  # characters; more are no announcement, and would take the patterns long


def may_announce(line: str) -> bool:
    """Whether a name in ``line`` may be said of the document itself."""
    text = line.strip()
    return len(text) <= _LONGEST and not (
        _MACHINE.search(text)
        or _ABOUT.search(text)
        or _QUESTION.search(text)
        or _QUOTED.match(text)
        or _LISTED.match(text)
        or _is_sentence(text)
    )


def _is_sentence(text: str) -> bool:
    """It ends like one, and its words are not set like those of a title: "This invoice is due."."""
    words = text.split()
    if len(words) < _SENTENCE or not _SENTENCE_END.search(text):
        return False
    small = [word for word in words[1:] if word[:1].islower()]
    return any(stem not in STOP for stem in stems(" ".join(small)))

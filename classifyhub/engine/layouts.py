"""Layout marks: what the lines of a page look like, in whatever language they are written.

A till slip without the word "receipt" still has short lines that end in prices and a time of day, a CV without a title
still has years from and to beside each post."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from classifyhub.engine.amounts import adds_up, ends_in_price, ends_in_whole_price


class Look(NamedTuple):
    """A text, its lines, stripped and none empty, and those of them that end with an amount."""

    text: str
    lines: Sequence[str]
    priced: Sequence[str]


class Layout(NamedTuple):
    """What is said of a page that has it, how much it tells of its types (0 to 1), and whether a page has it."""

    words: str
    weight: float
    holds: Callable[[Look], bool]


_LONGEST = 6000  # characters that are looked at; further down the lines look the same
_LEDGER = re.compile(
    r"\d{1,2}[./-]\d{1,2}\b|\d{4}-\d\d-\d\d\b|\d{1,2}\.?[ -]?[^\W\d_]{3,9}\b|[^\W\d_]{3,9}\.? \d{1,2}\b"
)
_CLOCK = re.compile(r"\b(?:[01]?\d|2[0-3])[:h][0-5]\d\b")
_DAY = re.compile(r"\b\d{1,4}\s?[./-]\s?(?:\d{1,2}|[A-Za-z]{3})\s?[./-]\s?\d{2,4}\b")
_MASKED = re.compile(r"[*xX•#]{3,}[ -]?\d{3,4}\b")
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\s?(?:[-–—\u2212]+|to|bis|à|a|al|until|do|t/m)\s?"
    r"(?:(?:\d\d\s?[/.]\s?|[^\W\d_]{3,10}\.?,? )?(?:19|20)\d\d(?![\d,.]\d)|present|today|now|current|ongoing"
    r"|heute|jetzt|aujourd|présent|actualidad|presente|actual|oggi|atual|heden|obecnie|teraz|至今|現在|по н)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\w\s?@\s?[\w-]+\.\w")
_PHONE = re.compile(r"(?:\+|\b0|\()\d[\d ().\-/–]{6,}\d")
_HEADERS = re.compile(r"^(?:from|to|subject|sent|von|an|de|à|da|para)\s?:", re.IGNORECASE | re.MULTILINE)
_PROFILE = re.compile(r"(?:linkedin|github|xing)[./]", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ -][^\W\d_][^\W\d_.'’-]*\.?){1,3}")
_DOSE = re.compile(
    r"\d ?(?:mg|mcg|[µμ]g|mm ?Hg|bpm|mEq|mg/d[lL]|g/d[lL]|[mµμ]mol/[lL]|m?I?U/m?[lL]|IU|ng/m[lL]|f[lL]|pg|/min)"
    r"(?![A-Za-z])"
)
_UNITS = ("mg", "mcg", "µg", "μg", "mmHg", "mm Hg", "bpm", "mEq", "g/d", "mol/", "U/", "IU", "/min")
_BLANK = re.compile(r"_{4,}|[☐□❑▢◻]|\[ ?\]|\( {1,3}\)|\.{9,}(?!\s*\d)")
_BLANKS = ("____", "☐", "□", "❑", "▢", "◻", "[ ]", "[]", "( ", ".........")
_CLAUSE = re.compile(
    r"\d{1,2}\.\d{1,2}(?:\.\d{1,2})?\.?\s+[^\W\d_]|§ ?\d|\((?:[a-z]|i{1,3}|iv)\) \S|\d{1,2}\. {1,3}[A-Z]{3,}"
    r"|(?:article|section|clause|artikel|artículo|articolo|artigo|art\.?|第)\s?[\dIVX一二三四五六七八九十]+",
    re.IGNORECASE,
)
_CITED = re.compile(r"\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\]|\b(?:19|20)\d\d[a-z]?\)")
_STEP = re.compile(r"(?:step |schritt |étape |paso )?(\d{1,2})[.):]?\s+\S", re.IGNORECASE)
_TURN = re.compile(r"([A-ZÄÖÜÉ][\w.' -]{0,24}|[QAFR])[.:]\s")
_VERSION = re.compile(
    r"""\W{0,4}(?:
      (?:(?:version|release|changes\ (?:in|for|since))\ |v)\d+\.\d+[\w.+-]*\W*(?:$|[(\[–-])  # v2.1
    | \d+\.\d+\.\d+[\w.+-]*\W*$  # 1.4.2
    | (?:[\w.+-]{1,30}\ ){0,2}v?\d+\.\d+[\w.+-]*\W{1,4}(?:released\ (?:on\ )?)?\W?  # kettle 1.4 - May 2020
      (?:(?:19|20)\d\d\b|\d{1,2}[ ./-]\w{1,9}[ ./-]\d{2,4}\b|[^\W\d_]{3,9}\.?\ \d)
    | [a-z][\w.+-]*\ \(\d[\w.:~+-]*\)\ \w+;\   # kettle (1.4-2) unstable; urgency=low
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CHANGE = re.compile(
    r"""[-*•+·–]\s+(?:\[?[\w .,/\#-]{1,20}[\]:]\s+)?(?:
      (?:add|fix|remov|chang|updat|improv|deprecat|support|drop|allow|renam|refactor|upgrad|bump|correct|introduc|replac
        |implement|mov|enabl|disabl|handl|avoid|ajout|corrig)(?:e|s|es|d|ed|ped|p?ing|é|er)?\b
    | (?:new|bug|bugfix|neu|behoben|hinzugefügt|verbessert)\b
    | 修复|新增|优化|修正|追加
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_ACCOUNT = re.compile(
    r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){3,7}\b|\b(?:IBAN|BIC|SWIFT|BSB)\b|sort code|routing n|account n(?:o\b|umber)",
    re.IGNORECASE,
)
_NARROW = 42  # characters of a line of a till slip
_HEAD = 8  # lines
_FEW, _SEVERAL = 3, 5  # finds that are no accident


def find_layouts(text: str) -> frozenset[str]:
    """The layouts that a page has, by their keys in ``LAYOUTS``."""
    body = text[:_LONGEST]
    lines = [line for line in map(str.strip, body.splitlines()) if line]
    look = Look(body, lines, [line for line in lines if ends_in_price(line)])
    return frozenset(mark for mark, layout in LAYOUTS.items() if layout.holds(look))


def _is_priced(look: Look) -> bool:
    return len(look.priced) >= _SEVERAL and len(look.priced) * 5 >= len(look.lines)


def _is_till_slip(look: Look) -> bool:
    """Narrow, with some prices at the ends of its lines and what a till prints beside them."""
    if not _has_few_prices(look) or not _is_narrow(look):
        return False
    return bool(_CLOCK.search(look.text) and _DAY.search(look.text)) or bool(_MASKED.search(look.text))


def _is_narrow(look: Look) -> bool:
    return sum(len(line) <= _NARROW for line in look.lines) >= 0.8 * len(look.lines)


def _is_added_up(look: Look) -> bool:
    """Narrow, with a sum: all that is left of a faded slip."""
    return _is_narrow(look) and adds_up(look.lines)


def _is_bill(look: Look) -> bool:
    """Amounts that add up, and where to pay the sum."""
    return _has_few_prices(look) and bool(_ACCOUNT.search(look.text)) and adds_up(look.lines)


def _has_few_prices(look: Look) -> bool:
    return len(look.priced) >= _FEW or _count(map(ends_in_whole_price, look.lines)) >= _FEW


def _is_list_of_versions(look: Look) -> bool:
    """Lines that are a version's number, with or without its date, and between them what was changed."""
    versions = _count(bool(_VERSION.match(line)) for line in look.lines)
    changes = _count(bool(_CHANGE.match(line)) for line in look.lines)
    return (versions >= 1 and changes >= _SEVERAL) or (versions > 1 and changes >= _FEW)


def _count(found: Iterable[bool]) -> int:
    return sum(found)


def _is_ledger(look: Look) -> bool:
    return sum(bool(_LEDGER.match(line)) for line in look.priced) >= _SEVERAL


def _is_contact(look: Look) -> bool:
    """A name above an e-mail address and a telephone number, without the head of a mail or of a company's paper."""
    head = "\n".join(look.lines[:_HEAD])
    if "@" not in head or not any(_NAME.fullmatch(line) for line in look.lines[:_FEW]) or _HEADERS.search(head):
        return False
    return bool(_MAIL.search(head)) and bool(_PHONE.search(head) or _PROFILE.search(look.text))


def _is_in_steps(look: Look) -> bool:
    """Whether lines are numbered from 1 to 5 at least, with or without others between them."""
    expected = 1
    for line in look.lines:
        if (match := _STEP.match(line)) and int(match[1]) == expected:
            expected += 1
    return expected > _SEVERAL


def _is_in_turns(look: Look) -> bool:
    speakers = [match[1] for line in look.lines if (match := _TURN.match(line))]
    return len(speakers) > 2 * _SEVERAL and len(set(speakers)) * 3 <= len(speakers)


def _asks(look: Look) -> bool:
    return sum(line.endswith(("?", "\uff1f")) for line in look.lines) >= _SEVERAL


def _has_clauses(look: Look) -> bool:
    return sum(bool(_CLAUSE.match(line)) for line in look.lines) >= _SEVERAL


# What a pattern needs is looked for first: that takes a tenth of the time, and nearly all pages have too little of it.


def _cites(look: Look) -> bool:
    said = look.text.count("et al")
    if said + look.text.count("[") + look.text.count(")") < _SEVERAL:
        return False
    return said + sum(1 for _ in islice(_CITED.finditer(look.text), _SEVERAL)) >= _SEVERAL


def _has_blanks(look: Look) -> bool:
    return any(sign in look.text for sign in _BLANKS) and _finds(_BLANK, look.text, _SEVERAL)


def _is_dated(look: Look) -> bool:
    years = look.text.count("20") + look.text.count("19")
    return years >= _FEW and _finds(_PERIOD, look.text, _FEW)


def _has_doses(look: Look) -> bool:
    return any(unit in look.text for unit in _UNITS) and _finds(_DOSE, look.text, _FEW)


def _finds(pattern: re.Pattern[str], text: str, least: int) -> bool:
    return sum(1 for _ in islice(pattern.finditer(text), least)) >= least


LAYOUTS: Mapping[str, Layout] = {
    "@added": Layout("It has short lines with amounts that add up.", 0.8, _is_added_up),
    "@bill": Layout("Its amounts add up, and it names an account to pay to.", 1.0, _is_bill),
    "@blanks": Layout("It has blanks and boxes to fill in.", 0.5, _has_blanks),
    "@cited": Layout("It cites literature in its text.", 0.7, _cites),
    "@clauses": Layout("Its clauses are numbered.", 0.5, _has_clauses),
    "@contact": Layout("It begins with a name, an e-mail address and a telephone number.", 0.8, _is_contact),
    "@dated": Layout("It lists periods with the years in which they began and ended.", 1.0, _is_dated),
    "@doses": Layout("It gives doses or readings in medical units.", 0.7, _has_doses),
    "@ledger": Layout("Its lines begin with a date and end with an amount.", 1.0, _is_ledger),
    "@priced": Layout("Many of its lines end with an amount.", 0.4, _is_priced),
    "@questions": Layout("It asks many questions.", 0.6, _asks),
    "@steps": Layout("It goes on in numbered steps.", 0.4, _is_in_steps),
    "@till": Layout("It has short lines with prices, as a till prints them.", 1.0, _is_till_slip),
    "@turns": Layout("Several speakers take turns.", 0.8, _is_in_turns),
    "@versions": Layout("It lists versions with what was changed in each.", 1.0, _is_list_of_versions),
}
"""By the mark, which types of the pack name as their form."""

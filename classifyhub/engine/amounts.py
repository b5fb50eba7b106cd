"""Amounts of money at the ends of lines, and whether they add up: that tells a bill from a list of prices in whatever
language it is, and on a slip of which no word can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice

_AMOUNT = re.compile(r"[-–(+*xX]?[$€£¥₹₺₽]?-?\d{1,3}(?:[.,'’]?\d{3})*[.,]\d{2}[)€$£-]?")
_CURRENCY = re.compile(r"[$€£¥₹₺₽*-]|zł|kr|Kč|Ft|[A-Z]{1,3}")
_WHOLE = re.compile(
    r"(?:[¥₩\uffe5₫$]\s?)?\d{1,3}(?:[.,]\d{3})+\s?(?:[đ₫원円元]|VND|KRW)?|[¥₩\uffe5₫]\s?\d+|\d+\s?[원円元₫]",
    re.IGNORECASE,
)  # an amount of money that has no hundredths
_MOST = 60  # amounts of a page that are added up
_FEWEST = 2  # that a sum is of


def ends_in_price(line: str) -> bool:
    """Whether an amount is the last of a line, a currency or tax code aside; a bare amount is no line with a price."""
    words = _cut_currency(line)
    return len(words) > 1 and bool(_AMOUNT.fullmatch(words[-1]))


def ends_in_whole_price(line: str) -> bool:
    """The same of money that has no hundredths."""
    words = line.rsplit(None, 1)
    return len(words) > 1 and bool(_WHOLE.fullmatch(words[-1]))


def adds_up(lines: Iterable[str]) -> bool:
    """Whether one of the amounts at the ends of ``lines`` is the sum of all before it, of two at least."""
    amounts = list(islice(_read_amounts(lines), _MOST))
    sums = list(accumulate(amounts))
    return any(amount == before > 0 for amount, before in zip(amounts[_FEWEST:], sums[_FEWEST - 1 :], strict=False))


def _read_amounts(lines: Iterable[str]) -> Iterator[int]:
    """In hundredths, a line that is nothing but an amount included."""
    for line in lines:
        words = _cut_currency(line)
        if words and _AMOUNT.fullmatch(words[-1]):
            yield int("".join(filter(str.isdecimal, words[-1])))
        elif words and _WHOLE.fullmatch(words[-1]):
            yield 100 * int("".join(filter(str.isdecimal, words[-1])))


def _cut_currency(line: str) -> Sequence[str]:
    """The last words of a line without what follows an amount; none where no amount can be among them."""
    if line[-1].isalpha() and not any(map(str.isdigit, line[-6:])):
        return ()
    words = line.rsplit(None, 2)
    return words[:-1] if len(words) > 1 and _CURRENCY.fullmatch(words[-1]) else words

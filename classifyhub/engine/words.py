"""Words of a text as the matcher sees them: case, accents and endings aside, with their places."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import NamedTuple

# One letter of scripts written without spaces is a word of its own, so that phrases of them can be found.
_TOKEN = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)")
_SPREAD = 4
_SPREAD_RUN = re.compile(r"\b(?:[A-Za-z] ){3}[A-Za-z]\b")  # without it no letters are spread, so nobody looks closer
_SPREAD_INSIDE = re.compile(" [A-Za-z] [A-Za-z] ")  # what all of these hold, found in an eighth of the time
_MOST_STEMS = 65_536
_ACRONYMS = re.compile(r"[A-Z]{2,4}s")  # "CVs" are more than one CV
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

Columns = tuple[list[str], list[int], list[int]]


class Token(NamedTuple):
    """A word as compared (``stem``) and where it stands in the text."""

    stem: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """All words of ``text`` in order. Headings set with spread letters ("I N V O I C E") are one word."""
    return list(map(Token, *split_words(text)))


def split_words(text: str) -> Columns:
    """The same column by column, which takes a third of the time: stems, where the words start, and where they end."""
    pieces = _TOKEN.split(text)  # what stands between words, and words, in turn
    edges = list(accumulate(map(len, pieces)))
    columns = list(map(_STEMS.__getitem__, pieces[1::2])), edges[:-1:2], edges[1::2]
    if not (_SPREAD_INSIDE.search(text) and _SPREAD_RUN.search(text)):
        return columns
    tokens = _join_spread(text, list(map(Token, *columns)))
    return [token.stem for token in tokens], [token.start for token in tokens], [token.end for token in tokens]


def stems(text: str) -> tuple[str, ...]:
    """The stems alone; for rules and phrases. ``snake_case`` and ``camelCase`` come apart."""
    plain = _CAMEL.sub(" ", text).replace("_", " ")
    if _SPREAD_RUN.search(plain):
        return tuple(token.stem for token in tokenize(plain))
    return tuple(map(stem, _TOKEN.findall(plain)))


def stem(word: str) -> str:
    """The word in lower case, without accents, without the commonest English endings."""
    return _STEMS[word]


class _Stems(dict[str, str]):
    """The stems of words that were asked for: of hundreds on a page, nearly all were asked for before."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_STEMS:
            self.clear()
        found = self[word] = _make_stem(word)
        return found


_STEMS = _Stems()


def _make_stem(word: str) -> str:
    folded = (word[:-1] if _ACRONYMS.fullmatch(word) else word).casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return _strip_ending(folded) if len(folded) > 3 and folded.isalpha() else folded


def _strip_ending(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _join_spread(text: str, tokens: list[Token]) -> list[Token]:
    joined: list[Token] = []
    run: list[Token] = []
    for token in tokens:
        if run and not _continues(text, run[-1], token):
            joined += _close(text, run)
            run = []
        run.append(token)
    return joined + _close(text, run)


def _continues(text: str, last: Token, token: Token) -> bool:
    """Whether both are single letters with one blank between them."""
    is_letter = token.end - token.start == 1 and last.end - last.start == 1 and text[token.start].isascii()
    return is_letter and text[last.end : token.start] == " "


def _close(text: str, run: list[Token]) -> list[Token]:
    if len(run) < _SPREAD:
        return run
    word = "".join(text[token.start : token.end] for token in run)
    return [Token(stem(word), run[0].start, run[-1].end)]


_STOP = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each either etc few for from further get gets give given gives has had have having
he her here hers him his how i if in into is it its itself just kind let like made make makes many may me meant might
more most much must my no nor not now of off often on once one only onto or other others our out over own per put same
say says see seen shall she should show shown shows since so some somebody someone something sort such than that the
their them then there these they thing this those through to together too typically under until up us use used uses
usually using very via was we were what when where which while who whom whose why will with within without would yes
yet you your
der die das den dem des ein eine einer eines einem einen und oder aber nicht kein keine mit von vom zu zum zur im in
am an auf aus bei fur uber unter nach vor wie als ist sind war wird werden wurde hat haben auch nur noch es sie er wir
ihr le la les un une du de et ou mais ne pas avec pour par sur dans en au aux ce cette ces est sont il elle nous vous
qui que quoi dont se sa son ses leur leurs plus el los las una unos unas y o pero no con por para del al su sus lo
como mas gli i uno e ma non per di da della dei delle nel nella si sono het een of maar niet met voor van op te bij
uit naar is zijn wordt
"""
STOP = frozenset(stem(word) for word in _STOP.split())

# Words that stand on every other office paper: a rule may use them, but finding them says little.
_COMMON = """
account address amount business card code company contact country customer data date day description detail document
email fax file form full general group home id information item kind letter line list mail main member month name new
note notice number office official order organisation organization page paper part payment people person phone place
please point price print program programme project provide public quantity reason record reference report result
section send sender service set show sign signature signed small state statement status street subject system table tax
telephone term text time title total type unit user value website week work write written year
"""
COMMON = frozenset(stem(word) for word in _COMMON.split())


def worth(word: str) -> float:
    """How much finding ``word`` says, 0 to 1, by itself: nothing for stop words, little for office commonplaces."""
    if word in STOP or (len(word) == 1 and word.isascii()):
        return 0.0
    return 0.35 if word in COMMON else 1.0

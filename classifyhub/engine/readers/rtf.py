r"""RTF: the text of the document, one paragraph or table cell a line (Rich Text Format 1.9.1).

Groups are kept on a stack of our own, since nesting is the sender's to choose. Pictures, style sheets and whatever a
reader may ignore (``\*``) are passed over."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifyhub.engine.limits import MAX_TEXT_BYTES, MAX_XML_DEPTH
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, single_page

_TOKEN = re.compile(
    r"\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_UNSEEN = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "listtable", "listoverridetable", "rsidtbl", "generator"}
    | {"themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl", "filetbl", "revtbl", "objdata"}
    | {"fldinst", "annotation", "atnid", "atnauthor", "pntext", "xe", "tc", "bkmkstart", "bkmkend", "nonshppict"}
)
_BREAKS = frozenset({"par", "line", "cell", "nestcell", "row", "nestrow", "page", "sect", "column", "softpage"})
_SIGNS = {
    "tab": " ", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "\u2018", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n", "\t": " "}
# What a font says of its letters (\fcharset) as an encoding; all others are the document's.
_CHARSETS = {
    128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_HEADING = re.compile(r"\\s(\d+)\b[^{}]*?(?:heading 1|title)\s*;", re.IGNORECASE)


def inspect(path: Path) -> tuple[int | None, bool | None]:
    return None, has_letters(_write(path).text)


def read(path: Path, scope: Scope) -> Parts:
    return single_page(_write(path), scope)


def _write(path: Path) -> Writer:
    with path.open("rb") as file:
        return write_rtf(file.read(MAX_TEXT_BYTES))


def write_rtf(data: bytes) -> Writer:
    """The text of ``data``. Damage costs what follows and no more. Raises ``too_large`` for groups nested too deep."""
    text = data.decode("latin-1")
    parser = _Text(headings={int(number) for number in _HEADING.findall(text[:200_000]) if len(number) < 6})
    place = 0
    while not parser.writer.is_cut and (token := _TOKEN.match(text, place)):
        place = token.end() + parser.take(token)
    parser.end_line()
    return parser.writer


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside one pair of braces and is forgotten after it."""

    is_unseen: bool = False
    is_font_table: bool = False
    font: int = 0
    fallback: int = 1  # characters after \u that say the same for old readers


@dataclass(slots=True)
class _Text:
    headings: set[int]
    writer: Writer = field(default_factory=Writer)
    _group: _Group = field(default_factory=_Group)
    _outer: list[_Group] = field(default_factory=list)
    _encoding: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _line: list[str] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _skip: int = 0
    _is_heading: bool = False

    def take(self, token: re.Match[str]) -> int:
        """Do what the token says; gives the number of characters after it that are raw data."""
        word, number, code, symbol, brace, plain = token.groups()
        if word:
            return self._control(word, int(number) if number else None)
        if brace:
            self._brace(brace)
        elif code:
            self._byte(int(code, 16))
        elif symbol:
            self._symbol(symbol)
        elif plain:
            self._plain(plain)
        return 0

    def end_line(self) -> None:
        """Hand the words gathered so far to the page."""
        self._end_bytes()
        text = "".join(self._line).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self.writer.line(text, heading=self._is_heading)
        self._line.clear()

    def _brace(self, brace: str) -> None:
        self._end_bytes()
        self._skip = 0
        if brace == "{":
            if len(self._outer) >= MAX_XML_DEPTH:
                raise ReadError("too_large", f"Groups nested more than {MAX_XML_DEPTH} deep.")
            self._outer.append(self._group)
        elif self._outer:
            self._group = self._outer.pop()

    def _control(self, word: str, number: int | None) -> int:
        self._end_bytes()
        if word == "bin":
            return max(0, number or 0)
        if word == "u" and number is not None:
            self._unicode(number)
        elif word in _UNSEEN:
            self._group = replace(self._group, is_unseen=True, is_font_table=word == "fonttbl")
        elif self._group.is_unseen:
            self._define(word, number)
        elif word in _BREAKS:
            self.end_line()
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        else:
            self._set(word, number)
        return 0

    def _set(self, word: str, number: int | None) -> None:
        """Properties of the text that follows."""
        if word == "ansicpg" and number:
            self._encoding = _find_encoding(f"cp{number}")
        elif word == "uc":
            self._group = replace(self._group, fallback=min(max(0, number or 0), 16))
        elif word == "f":
            self._group = replace(self._group, font=number or 0)
        elif word == "pard":
            self._is_heading = False
        elif word == "s":
            self._is_heading = number in self.headings
        elif word == "mac":
            self._encoding = "mac-roman"

    def _define(self, word: str, number: int | None) -> None:
        """A font of the table and its letters."""
        if self._group.is_font_table and word == "f":
            self._group = replace(self._group, font=number or 0)
        elif self._group.is_font_table and word == "fcharset" and number in _CHARSETS:
            self._fonts[self._group.font] = _CHARSETS[number]

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._group = replace(self._group, is_unseen=True)
        elif _SYMBOLS.get(symbol) == "\n":
            self.end_line()
        else:
            self._add(_SYMBOLS.get(symbol, ""))

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
        elif not self._group.is_unseen:
            self._bytes.append(value)

    def _unicode(self, number: int) -> None:
        """Negative numbers are those above 32,767. Surrogates become one character when the line ends."""
        self._add(chr(number % 0x10000))
        self._skip = self._group.fallback

    def _plain(self, text: str) -> None:
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        if self._bytes and not self._group.is_unseen:
            self._bytes += text[skipped:].encode("latin-1")  # the second half of a letter may look like a plain one
        else:
            self._add(text[skipped:])

    def _add(self, text: str) -> None:
        self._end_bytes()
        if not self._group.is_unseen:
            self._line.append(text)

    def _end_bytes(self) -> None:
        if self._bytes:
            encoding = self._fonts.get(self._group.font, self._encoding)
            self._line.append(self._bytes.decode(encoding, "replace"))
            self._bytes.clear()


def _find_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name

"""HTML: the text people would see, line by line; scripts, styles and hidden parts are left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from classifyhub.engine.decoding import decode_text
from classifyhub.engine.limits import MAX_TEXT_BYTES
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, has_letters, single_page

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "math", "object"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "mark", "q", "s", "samp"}
    | {"small", "span", "strong", "sub", "sup", "u"}
)
_HEADINGS = frozenset({"title", "h1", "h2"})
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def inspect(path: Path) -> tuple[int | None, bool | None]:
    text = write_html(_load(path)).text
    return 1, has_letters(text)


def read(path: Path, scope: Scope) -> Parts:
    return single_page(write_html(_load(path)), scope)


def write_html(markup: str) -> Writer:
    """The visible text of ``markup``; never raises, as browsers do not."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    parser.end_line()
    return parser.writer


def _load(path: Path) -> str:
    with path.open("rb") as file:
        return decode_markup(file.read(MAX_TEXT_BYTES))


def decode_markup(data: bytes) -> str:
    """The markup as text: by its mark of byte order, by the charset it declares, else by its bytes. Never raises."""
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(declared[1].decode("ascii"), "replace")
        except (LookupError, ValueError):
            pass  # a charset nobody knows: judge by the bytes
    return decode_text(data)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.writer = Writer()
        self._line: list[str] = []
        self._unseen = 0
        self._heading = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag not in _INLINE:
            self.end_line()
        self._heading += tag in _HEADINGS

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.end_line()
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._heading = max(0, self._heading - (tag in _HEADINGS))

    def handle_data(self, data: str) -> None:
        if not self._unseen and not self.writer.is_cut:
            self._line.append(data)

    def end_line(self) -> None:
        """Hand the words gathered so far to the page."""
        self.writer.line("".join(self._line), heading=self._heading > 0)
        self._line.clear()

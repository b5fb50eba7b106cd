"""What of a document is shown to a model: all of it where that fits, else its head and its tail, page by page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from classifyhub.engine.model import Page, Reading

BYTES_PER_TOKEN = 3  # of UTF-8: cautious for every script; English has more, Chinese about as many
_HEAD_SHARE = 0.75  # a document says what it is at its beginning, and now and then at its end
_LARGEST_PAGE_SHARE = 0.5  # so that one endless page leaves room for the others
_GAP = "\n[…]\n"
_JOINERS = "\u200c\u200d"  # Persian, Hindi and others are not spelled without them
# Words that servers put around a conversation. Some take them for their own wherever they stand, so they are taken
# apart in a document.
_TEMPLATE_WORD = re.compile(
    r"<(?=[|\uff5c])|(?<=[|\uff5c])>|<(?=/?(?:s|think|bos|eos|start_of_turn|end_of_turn|system|user|assistant|tool_call)\b)"
    r"|<(?=<SYS>>|</?SYS>>)|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of one page as a model sees it. ``is_attached``: it belongs to what is attached to a mail."""

    number: int
    text: str
    is_attached: bool = False
    is_shortened: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The pages shown, in order, and the numbers of those that had to be left out."""

    pages: tuple[Shown, ...]
    left_out: tuple[int, ...] = ()

    @property
    def shortened(self) -> tuple[int, ...]:
        """The pages of which some text is missing."""
        return tuple(page.number for page in self.pages if page.is_shortened)


def choose(reading: Reading, *, size: int) -> Excerpt:
    """What of ``reading`` fits into ``size`` bytes. Pages from the front fill three quarters, pages from the back the
    rest; pages without text cost nothing and are shown as empty."""
    largest = int(size * _LARGEST_PAGE_SHARE) if len(reading.pages) > 1 else size
    pages = [_show(page, reading, largest=largest) for page in reading.pages]
    if sum(map(_cost, pages)) <= size:
        return Excerpt(tuple(pages))
    head = _take(pages, size=int(size * _HEAD_SHARE))
    rest = pages[len(head) :]
    tail = _take(rest[::-1], size=size - sum(map(_cost, head)))
    chosen = {page.number for page in (*head, *tail)}
    return Excerpt(
        tuple(page for page in pages if page.number in chosen),
        tuple(page.number for page in pages if page.number not in chosen),
    )


def _show(page: Page, reading: Reading, *, largest: int) -> Shown:
    text = defuse(page.text)
    short = shorten(text, size=largest)
    return Shown(page.number, short, is_attached=page.number > reading.own_pages, is_shortened=short != text)


def _cost(page: Shown) -> int:
    return len(page.text.encode())


def _take(pages: Sequence[Shown], *, size: int) -> list[Shown]:
    """Pages in the order given until one does not fit."""
    taken: list[Shown] = []
    for page in pages:
        size -= _cost(page)
        if size < 0:
            break
        taken.append(page)
    return taken


def defuse(text: str) -> str:
    """The text without what people do not see and a model does: invisible and direction-changing characters, and with
    the words of chat templates taken apart."""
    return _TEMPLATE_WORD.sub(lambda match: f"{match[0]} ", keep_visible(text))


def keep_visible(text: str) -> str:
    """The text without characters that nobody sees."""
    return "".join(character for character in text if is_visible(character) or character in _JOINERS)


def is_visible(character: str) -> bool:
    """Whether it is more than a format mark: zero-width, direction, tag, or a choice among shapes, all of which can
    carry words that nobody sees."""
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not is_selector and unicodedata.category(character) not in {"Cf", "Cs", "Co", "Cn"}


def shorten(text: str, *, size: int) -> str:
    """At most ``size`` bytes: the beginning and the end, with a gap that shows."""
    data = text.encode("utf-8", "replace")
    if len(data) <= size:
        return text
    head = int(max(size - len(_GAP.encode()), 0) * _HEAD_SHARE)
    tail = max(size - len(_GAP.encode()), 0) - head
    return f"{_decode(data[:head])}{_GAP}{_decode(data[len(data) - tail :])}"


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "ignore")

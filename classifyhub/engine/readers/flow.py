"""Pages made of running text: what all formats without a page image have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_DOCUMENT_CHARACTERS, MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Page
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Facts, Parts
from classifyhub.engine.readers.titles import MOST_TITLES, TOP_LINES, may_be_title

Span = tuple[int, int]
_CELL_BORDER = " | "
TEXT_CUT: Facts = (("text_cut", "yes"),)


@dataclass(slots=True)
class Writer:
    """Gathers the lines of one page and remembers which of them are headings. Stops taking text at the page limit."""

    parts: list[str] = field(default_factory=list)
    headings: list[Span] = field(default_factory=list)
    length: int = 0
    is_cut: bool = False

    def line(self, text: str, *, heading: bool = False) -> None:
        """Add one line; empty ones are dropped."""
        text = clean(" ".join(text.split()))
        if not text or self.is_cut:
            return
        if self.length + len(text) > MAX_PAGE_CHARACTERS:
            self.is_cut = True
            text = text[: MAX_PAGE_CHARACTERS - self.length]
        if heading and text:
            self.headings.append((self.length, self.length + len(text)))
        self.parts.append(text)
        self.length += len(text) + 1

    def row(self, cells: Iterable[str]) -> None:
        """Add the cells of a table's row that hold something, as one line."""
        self.line(_CELL_BORDER.join(filter(None, cells)))

    @property
    def text(self) -> str:
        return "\n".join(self.parts)


def has_letters(text: str) -> bool:
    """Whether there is anything to read in ``text``: a letter or a digit."""
    return any(character.isalnum() for character in text)


def make_page(
    number: int, text: str, *, headings: Iterable[Span] = (), width: float = 0.0, height: float = 0.0
) -> Page:
    """A page without an image, its titles being the headings given and the short lines it starts with."""
    spans = dict.fromkeys([*find_top_lines(text), *(span for span in headings if may_be_title(text[slice(*span)]))])
    source = "layer" if has_letters(text) else "none"
    titles = tuple(sorted(list(spans)[:MOST_TITLES]))
    return Page(number, text, source, title_spans=titles, width=width, height=height)


def find_top_lines(text: str) -> Iterator[Span]:
    """The first lines of ``text`` that are short enough to be titles."""
    start = found = 0
    for line in text[:2000].splitlines(keepends=True):
        body = line.strip()
        if body:
            found += 1
            at = start + line.index(body[0])
            if may_be_title(body):
                yield at, at + len(body)
        if found == TOP_LINES:
            return
        start += len(line)


def single_page(writer: Writer, scope: Scope, *, facts: Facts = ()) -> Parts:
    """The whole document as its only page; no page at all when ``scope`` leaves page 1 out."""
    plan = scope.plan(1)
    pages = tuple(make_page(number, writer.text, headings=writer.headings) for number in plan.numbers)
    return Parts(pages, 1, plan, facts=(*facts, *TEXT_CUT) if writer.is_cut else facts)


def many_pages(texts: Sequence[str], scope: Scope) -> Parts:
    """One page per text, within the limits of page, document and time."""
    parts = build_pages(len(texts), scope, lambda number: make_page(number, texts[number - 1][:MAX_PAGE_CHARACTERS]))
    is_cut = any(len(texts[page.number - 1]) > MAX_PAGE_CHARACTERS for page in parts.pages)
    return replace(parts, facts=TEXT_CUT) if is_cut else parts


def written_pages(
    count: int, write: Callable[[int], Writer], scope: Scope, *, size: tuple[float, float] = (0.0, 0.0)
) -> Parts:
    """``count`` pages of ``size`` (width and height in points), each written when its turn comes."""
    is_cut = False

    def make(number: int) -> Page:
        nonlocal is_cut
        writer = write(number)
        is_cut = is_cut or writer.is_cut
        return make_page(number, writer.text, headings=writer.headings, width=size[0], height=size[1])

    parts = build_pages(count, scope, make)
    return replace(parts, facts=TEXT_CUT) if is_cut else parts


def build_pages(count: int, scope: Scope, make: Callable[[int], Page]) -> Parts:
    """The wanted ones of ``count`` pages, first pages first, within the limits of document and time."""
    plan = scope.plan(count)
    pages: list[Page] = []
    used = 0
    for number in plan.numbers:
        if scope.is_over() or used > MAX_DOCUMENT_CHARACTERS:
            plan = plan.stop_before(number, cut="time" if scope.is_over() else "size")
            break
        pages.append(make(number))
        used += len(pages[-1].text)
    return Parts(tuple(pages), count, plan)

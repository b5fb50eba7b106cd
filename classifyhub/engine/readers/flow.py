"""Pages made of running text: what text, HTML, Markdown, DOCX and mail have in common. They have no page image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from classifyhub.engine.decoding import clean
from classifyhub.engine.limits import MAX_DOCUMENT_CHARACTERS, MAX_PAGE_CHARACTERS
from classifyhub.engine.model import Page
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Facts, Parts
from classifyhub.engine.readers.titles import MOST_TITLES, TOP_LINES, may_be_title

Span = tuple[int, int]


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
        if not text:
            return
        if self.length + len(text) > MAX_PAGE_CHARACTERS:
            self.is_cut = True
            text = text[: MAX_PAGE_CHARACTERS - self.length]
        if heading and text:
            self.headings.append((self.length, self.length + len(text)))
        self.parts.append(text)
        self.length += len(text) + 1

    @property
    def text(self) -> str:
        return "\n".join(self.parts)


def make_page(number: int, text: str, *, headings: Iterable[Span] = ()) -> Page:
    """A page without an image, its titles being the headings given and the short lines it starts with."""
    spans = dict.fromkeys([*find_top_lines(text), *(span for span in headings if may_be_title(text[slice(*span)]))])
    source = "layer" if any(character.isalnum() for character in text) else "none"
    return Page(number, text, source, title_spans=tuple(sorted(list(spans)[:MOST_TITLES])))


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
    return Parts(pages, 1, plan, facts=(*facts, ("text_cut", "yes")) if writer.is_cut else facts)


def many_pages(texts: list[str], scope: Scope) -> Parts:
    """One page per text, within the limits of page, document and time."""
    plan = scope.plan(len(texts))
    pages: list[Page] = []
    used = 0
    for number in plan.numbers:
        text = texts[number - 1]
        if scope.is_over() or used > MAX_DOCUMENT_CHARACTERS:
            plan = plan.stop_before(number, cut="time" if scope.is_over() else "size")
            break
        pages.append(make_page(number, text[:MAX_PAGE_CHARACTERS]))
        used += len(text)
    is_cut = any(len(texts[number - 1]) > MAX_PAGE_CHARACTERS for number in plan.numbers)
    return Parts(tuple(pages), len(texts), plan, facts=(("text_cut", "yes"),) if is_cut else ())

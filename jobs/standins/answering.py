"""Where the answers of a stand-in come from: the engine of this machine, a quick rule, or whoever asked for others.

The engine reads and classifies what was uploaded, so that trying a vendor here shows how it will feel. The quick rule
counts words and is for measuring everything around it. A callable of one's own answers what a test wants to see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from classifyhub import engine
from classifyhub.engine import RuleSet
from classifyhub.engine.model import Answer, Page, ReadError, Reading, Rule
from classifyhub.engine.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes a stand-in was given. ``number`` grows with each; ``path`` holds the bytes."""

    id: str
    number: int
    project: str
    name: str
    path: Path
    sha256: str
    size: int
    created_at: datetime
    purpose: str | None = None
    external_file_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about a document. Pages are 1-based. ``by_page``: an answer for each page is wanted too;
    ``must_choose``: "none of these" is no answer."""

    rules: tuple[Rule, ...]
    mode: str = "FAST"
    lang: str = "en"
    max_pages: int | None = None
    target_pages: str = ""
    by_page: bool = False
    must_choose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVerdict:
    """What one page was taken for. ``suggestion`` is a name for a page that fits no rule; ``error`` says why the page
    could not be read."""

    page: int
    type: str | None
    confidence: float | None = None
    reasoning: str = ""
    suggestion: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a document was taken for, or in ``error`` why it was not. ``code`` is the engine's word for the error."""

    type: str | None = None
    confidence: float | None = 0.0
    reasoning: str = ""
    pages: tuple[PageVerdict, ...] = ()
    page_count: int = 1
    pages_read: int = 1
    quotes: tuple[tuple[int, str], ...] = ()
    error: str = ""
    code: str = ""

    def each_page(self) -> tuple[PageVerdict, ...]:
        """The answers for the pages; where there are none, the document's own for each page that was read."""
        return self.pages or tuple(
            PageVerdict(
                page=page, type=self.type, confidence=self.confidence, reasoning=self.reasoning, error=self.error
            )
            for page in range(1, self.pages_read + 1)
        )


Answerer = Callable[[Document, Question], Verdict]
Answers = Literal["engine", "quick"] | Answerer


class Answering:
    """Answers one question at a time or many: safe to use from many threads."""

    def __init__(self, answers: Answers) -> None:
        self._sandbox = Sandbox()
        known: dict[object, Answerer] = {"engine": self._ask_engine, "quick": answer_quickly}
        self._answer = answers if callable(answers) else known[answers]

    def close(self) -> None:
        """End the reader process."""
        self._sandbox.close()

    def answer(self, document: Document, question: Question) -> Verdict:
        """The verdict on ``document``; a document that cannot be read has one too."""
        return self._answer(document, question)

    def _ask_engine(self, document: Document, question: Question) -> Verdict:
        try:
            reading = self._sandbox.read(
                document.path,
                media_type=engine.sniff(document.path, document.name),
                lang=question.lang,
                mode=question.mode,
                max_pages=question.max_pages,
                target_pages=question.target_pages,
            )
        except ReadError as error:
            return Verdict(error=str(error), code=error.code)
        except (FileNotFoundError, ValueError) as error:
            return Verdict(error=str(error), code="unreadable")
        return judge_reading(reading, question)


def judge_reading(reading: Reading, question: Question) -> Verdict:
    """The engine's verdict on what was read. A document without text is not scored; the vendors know no such thing, so
    its confidence is 0."""
    ruleset = compile_once_each(question.rules)
    answer = engine.classify(reading, ruleset)
    chosen, confidence = _choose(answer, question)
    return Verdict(
        type=chosen,
        confidence=confidence or 0.0,
        reasoning=answer.reasoning,
        pages=_judge_pages(reading, ruleset, question) if question.by_page else (),
        page_count=reading.page_count,
        pages_read=len(reading.pages),
        quotes=tuple((evidence.page, evidence.quote) for evidence in answer.evidence),
    )


def compile_once_each(rules: Sequence[Rule]) -> RuleSet:
    """The rules for the engine, which wants every type once; the vendors do not mind."""
    return engine.compile_rules({rule.type.casefold().strip(): rule for rule in reversed(rules)}.values())


def _choose(answer: Answer, question: Question) -> tuple[str | None, float | None]:
    if answer.type is None and question.must_choose and answer.candidates:
        best = max(answer.candidates, key=lambda candidate: candidate.score)
        return best.type, best.score
    return answer.type, answer.confidence


def _judge_pages(reading: Reading, ruleset: RuleSet, question: Question) -> tuple[PageVerdict, ...]:
    return tuple(_judge_page(page, reading, ruleset, question) for page in reading.pages)


def _judge_page(page: Page, reading: Reading, ruleset: RuleSet, question: Question) -> PageVerdict:
    if page.source == "none":
        return PageVerdict(page=page.number, type=None, error="The page holds no text that could be read.")
    answer = engine.classify(replace(reading, pages=(page,)), ruleset)
    chosen, confidence = _choose(answer, question)
    suggestion = _suggest(page) if chosen is None else None
    return PageVerdict(
        page=page.number, type=chosen, confidence=confidence, reasoning=answer.reasoning, suggestion=suggestion
    )


def _suggest(page: Page) -> str | None:
    """A name for a page that fits no rule: its title."""
    titles = (" ".join(page.text[start:end].split()) for start, end in page.title_spans)
    return next((title[:60] for title in titles if title), None)


def answer_quickly(document: Document, question: Question) -> Verdict:
    """The rule whose type and description share most words with the document's bytes; null when none shares any. Text
    is found only where it is not compressed."""
    content = document.path.read_bytes()
    if not content.strip() or (content.startswith(b"%PDF") and b"%%EOF" not in content):
        return Verdict(error="The file is damaged.", code="unreadable")
    words = _words(content.decode("latin-1"))
    shares = [(_share(rule.type, words), _share(rule.description, words), rule.type) for rule in question.rules]
    best = max(shares, key=lambda share: share[:2])
    is_match = best[0] > 0 or question.must_choose
    found, confidence = (best[2], 0.5 + best[0] / 2) if is_match else (None, 0.6)
    said = f"{best[0]:.0%} of the words of the type stand in the document."
    count = max(1, len(re.findall(rb"/Type\s*/Page\b", content)))
    read = min(count, question.max_pages or count)
    pages = tuple(
        PageVerdict(page=page, type=found, confidence=confidence, reasoning=said) for page in range(1, read + 1)
    )
    return Verdict(type=found, confidence=confidence, reasoning=said, pages=pages, page_count=count, pages_read=read)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", text.casefold()))


def _share(text: str, words: frozenset[str]) -> float:
    own = _words(text)
    return len(own & words) / len(own) if own else 0.0

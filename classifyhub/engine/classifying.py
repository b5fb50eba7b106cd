"""Which rule a document fits, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from classifyhub.engine.evidence import Quote, find_quotes
from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import Found, merge_pages, scan_page
from classifyhub.engine.memory import Recall
from classifyhub.engine.model import Answer, Candidate, Page, PageAnswer, Reading
from classifyhub.engine.reasoning import explain_match, explain_no_match, explain_no_text
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import Verdict, judge, judge_no_match, lean_on
from classifyhub.engine.version import VERSION

THRESHOLD = 0.5
_MOST_PAGE_ANSWERS = 200


def classify(reading: Reading, ruleset: RuleSet, *, memory: Recall | None = None) -> Answer:
    """The rule that fits ``reading``, or no match when none is more likely than not.

    ``type`` is one of the rules' or null; ``confidence`` is the probability that this answer is right, null included;
    a document without any text is not scored (both null). ``contributions`` sum to the log-odds of ``confidence``;
    every quote in ``evidence`` is verbatim and stands in ``reasoning`` between “ and ”. ``memory`` holds what people
    decided about documents like this one."""
    pages = [page for page in reading.pages if page.source != "none"]
    if not pages:
        return _answer_no_text(reading)
    scans = _scan(reading, pages, ruleset)
    found = merge_pages(_choose_own(reading, pages, scans))
    verdicts = judge(found, ruleset)
    if verdicts[0].probability < THRESHOLD and reading.own_pages < reading.page_count:
        found = merge_pages(scans)
        verdicts = judge(found, ruleset)
    unaided, neighbours = _candidates(verdicts), None
    if memory is not None:
        neighbours = memory.judge(unaided)
        verdicts = lean_on(verdicts, neighbours)
    answer_with = _answer_match if verdicts[0].probability >= THRESHOLD else _answer_no_match
    answer = answer_with(reading, verdicts, found, _answer_pages(reading.pages, pages, scans, ruleset))
    return replace(answer, unaided=unaided, leaning=neighbours.lean(answer.type)) if neighbours else answer


def find_all(reading: Reading, ruleset: RuleSet) -> Found:
    """Everything found on the document's own pages together, as ``judge`` takes it. Raises ``ValueError`` for a
    document without text."""
    pages = [page for page in reading.pages if page.source != "none"]
    if not pages:
        raise ValueError("The document has no text.")
    return merge_pages(_choose_own(reading, pages, _scan(reading, pages, ruleset)))


def _scan(reading: Reading, pages: Sequence[Page], ruleset: RuleSet) -> list[Found]:
    return [scan_page(page, ruleset, marks=find_marks(reading, page)) for page in pages[:_MOST_PAGE_ANSWERS]]


def _choose_own(reading: Reading, pages: Sequence[Page], scans: Sequence[Found]) -> list[Found]:
    """What was found on the document's own pages: a mail with an invoice attached is a mail. What is attached decides
    for a mail without words, as it does where no rule fits the mail."""
    own = [found for page, found in zip(pages, scans, strict=False) if page.number <= reading.own_pages]
    return own or list(scans)


def _answer_no_text(reading: Reading) -> Answer:
    return Answer(
        None,
        None,
        explain_no_text(reading),
        pages=tuple(PageAnswer(page.number, None, None) for page in reading.pages[:_MOST_PAGE_ANSWERS]),
        pages_not_read=reading.pages_not_read,
        has_text=False,
        engine=VERSION,
    )


def _answer_match(reading: Reading, verdicts: Sequence[Verdict], found: Found, pages: tuple[PageAnswer, ...]) -> Answer:
    best = verdicts[0]
    quotes = find_quotes(best.own, found, reading.pages)
    return Answer(
        best.label,
        best.probability,
        explain_match(quotes, verdicts, reading, marks=found.marks),
        candidates=_candidates(verdicts),
        evidence=tuple(quote.evidence for quote in quotes),
        contributions=best.contributions,
        pages=pages,
        pages_not_read=reading.pages_not_read,
        engine=VERSION,
    )


def _answer_no_match(
    reading: Reading, verdicts: Sequence[Verdict], found: Found, pages: tuple[PageAnswer, ...]
) -> Answer:
    best = verdicts[0]
    confidence, contributions = judge_no_match(best)
    quotes, decoy = _find_decoy(best, found, reading)
    quotes = quotes or find_quotes(best.own, found, reading.pages)
    return Answer(
        None,
        confidence,
        explain_no_match(quotes, verdicts, reading, decoy=decoy),
        candidates=_candidates(verdicts),
        evidence=tuple(quote.evidence for quote in quotes),
        contributions=contributions,
        pages=pages,
        pages_not_read=reading.pages_not_read,
        engine=VERSION,
    )


def _find_decoy(best: Verdict, found: Found, reading: Reading) -> tuple[list[Quote], str]:
    """The known type that no rule asks for and that the document is more like, with its quotes; else nothing."""
    if not best.foreign_lead:
        return [], ""
    quotes = find_quotes(best.rival, found, reading.pages)
    return (quotes, best.rival.label) if quotes else ([], "")


def _candidates(verdicts: Sequence[Verdict]) -> tuple[Candidate, ...]:
    return tuple(Candidate(verdict.label, verdict.probability) for verdict in verdicts)


def _answer_pages(
    pages: Sequence[Page], with_text: Sequence[Page], scans: Sequence[Found], ruleset: RuleSet
) -> tuple[PageAnswer, ...]:
    """Each page by itself, by the same scorer. A page without text is not scored."""
    answers = {page.number: _answer_page(page, found, ruleset) for page, found in zip(with_text, scans, strict=False)}
    return tuple(answers.get(page.number, PageAnswer(page.number, None, None)) for page in pages[:_MOST_PAGE_ANSWERS])


def _answer_page(page: Page, found: Found, ruleset: RuleSet) -> PageAnswer:
    best = judge(found, ruleset)[0]
    if best.probability >= THRESHOLD:
        return PageAnswer(page.number, best.label, best.probability)
    return PageAnswer(page.number, None, judge_no_match(best)[0])

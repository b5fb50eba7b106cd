"""Which rule a document fits, how sure that is, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from classifyhub.engine.evidence import Quote, find_quotes
from classifyhub.engine.gist import Gist, Question, View
from classifyhub.engine.loose import judge_text
from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import Found, match, merge_pages
from classifyhub.engine.meaning import find_passage
from classifyhub.engine.memory import PROFILED_PAGES, Lesson, Neighbours, Profile, Recall, make_profile
from classifyhub.engine.model import Answer, Candidate, Page, PageAnswer, Reading
from classifyhub.engine.packets import Part, Split, split
from classifyhub.engine.reasoning import explain_match, explain_no_match, explain_no_text
from classifyhub.engine.rules import RuleSet
from classifyhub.engine.scoring import THRESHOLD, Verdict, fits, judge, judge_no_match, lean_on
from classifyhub.engine.sheets import Sheet
from classifyhub.engine.version import VERSION

_MOST_PAGE_ANSWERS = 200

Each = TypeVar("Each", Found, Sheet)


def classify(
    reading: Reading, ruleset: RuleSet, *, memory: Recall | None = None, sheets: Sequence[Sheet] | None = None
) -> Answer:
    """The rule that fits ``reading``, or no match where that is likelier.

    ``type`` is one of the rules' or null; ``confidence`` is the probability that this answer is right, null included;
    a document without any text is not scored (both null). ``contributions`` sum to the log-odds of ``confidence``;
    every quote in ``evidence`` is verbatim and stands in ``reasoning`` between “ and ”. ``memory`` holds what people
    decided about documents like this one; ``sheets`` are its pages as ``lay_out`` gives them, where that is done."""
    pages = _list_pages(reading)
    if not pages:
        return _answer_no_text(reading)
    scans = [match(sheet, ruleset) for sheet in (lay_out(reading) if sheets is None else sheets)]
    views = (merge_pages(view) for view in _list_views(reading, pages, scans))
    decision = _decide(views, ruleset, memory, passage=find_passage(pages))
    answer_with = _answer_match if decision.is_match else _answer_no_match
    parts = split(reading, list(zip(pages, scans, strict=False)))
    answer_pages = _answer_pages(reading, parts, ruleset, decision.verdicts, memory)
    return decision.complete(answer_with(reading, decision.verdicts, decision.found, answer_pages))


def find_all(reading: Reading, ruleset: RuleSet) -> Found:
    """Everything found on the document's own pages together, as ``judge`` takes it. Raises ``ValueError`` for a
    document without text."""
    pages = _list_pages(reading)
    if not pages:
        raise ValueError("The document has no text.")
    return merge_pages(_choose_own(reading, pages, [match(sheet, ruleset) for sheet in lay_out(reading)]))


def lay_out(reading: Reading) -> list[Sheet]:
    """The pages with text, each ready to be matched with any rules; the first two hundred of them."""
    pages = _list_pages(reading)[:_MOST_PAGE_ANSWERS]
    return [Sheet(page, marks=find_marks(reading, page)) for page in pages]


def make_gist(reading: Reading, sheets: Sequence[Sheet]) -> Gist:
    """What is kept of a document for ``judge_gist``."""
    pages = _list_pages(reading)
    views = _list_views(reading, pages, sheets) if sheets else []
    profile = _profile(sheet.counts for sheet in sheets)
    return Gist(profile, find_passage(pages), *(map(View.of, views) if views else [None]))


def _profile(pages: Iterable[Mapping[str, float]]) -> Profile:
    """Of a document, given how often each word stands on each of its pages."""
    counts: Counter[str] = Counter()
    for page in islice(pages, PROFILED_PAGES):
        counts.update(page)
    return make_profile(counts)


def list_lessons(
    reading: Reading, ruleset: RuleSet, sheets: Sequence[Sheet], *, memory: Recall | None = None
) -> list[Lesson]:
    """What may be remembered of each document with text in a file that holds several, in order; nothing for a file
    that holds one: that is remembered whole."""
    scans = [match(sheet, ruleset) for sheet in sheets]
    parts = split(reading, list(zip(_list_pages(reading), scans, strict=False))).parts
    judged = [(part, part.merge(reading)) for part in parts] if len(parts) > 1 else []
    return [_make_lesson(part, found, ruleset, memory) for part, found in judged if found]


def _make_lesson(part: Part, found: Found, ruleset: RuleSet, memory: Recall | None) -> Lesson:
    profile, verdicts = _profile_part(part), judge(found, ruleset)
    return Lesson(profile, _candidates(verdicts), _name(_lean_part(verdicts, profile, memory))[0])


def judge_gist(gist: Gist, question: Question, *, memory: Recall | None = None) -> Answer:
    """The answer of ``classify`` without its reasons: type, confidence and candidates, before and after the memory
    spoke. Takes about a millisecond."""
    if gist.own is None:
        return Answer(None, None, "", has_text=False, engine=VERSION)
    decision = _decide(gist.views(question), question.ruleset, memory, passage=gist.passage)
    best = decision.verdicts[0]
    name, confidence = (best.label, best.probability) if decision.is_match else (None, judge_no_match(best)[0])
    return decision.complete(Answer(name, confidence, "", _candidates(decision.verdicts), engine=VERSION))


@dataclass(frozen=True, slots=True)
class _Decision:
    """``verdicts`` on ``found`` with what the ``neighbours`` say, ``unaided`` without."""

    found: Found
    verdicts: Sequence[Verdict]
    unaided: tuple[Candidate, ...]
    neighbours: Neighbours | None

    @property
    def is_match(self) -> bool:
        return fits(self.verdicts[0])

    def complete(self, answer: Answer) -> Answer:
        """With what decided documents had to do with it, where there are any."""
        if self.neighbours is None:
            return answer
        return replace(answer, unaided=self.unaided, leaning=self.neighbours.lean(answer.type))


def _decide(views: Iterable[Found], ruleset: RuleSet, memory: Recall | None, *, passage: str) -> _Decision:
    """By the first of ``views`` that a rule fits more likely than not, else by the last."""
    for found in views:
        verdicts = judge_text(found, ruleset, passage)
        if verdicts[0].probability >= THRESHOLD:
            break
    unaided = _candidates(verdicts)
    if memory is None:
        return _Decision(found, verdicts, unaided, None)
    neighbours = memory.judge(unaided)
    return _Decision(found, lean_on(verdicts, neighbours), unaided, neighbours)


def _list_pages(reading: Reading) -> list[Page]:
    return [page for page in reading.pages if page.source != "none"]


def _list_views(reading: Reading, pages: Sequence[Page], found: Sequence[Each]) -> list[list[Each]]:
    """The document's own pages, and all of them where more is attached."""
    own = _choose_own(reading, pages, found)
    return [own, list(found)] if reading.own_pages < reading.page_count else [own]


def _choose_own(reading: Reading, pages: Sequence[Page], scans: Sequence[Each]) -> list[Each]:
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
        explain_match(quotes, verdicts, reading, marks=found.marks, pages=pages),
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
        explain_no_match(quotes, verdicts, reading, decoy=decoy, pages=pages),
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
    reading: Reading, parts: Split, ruleset: RuleSet, whole: Sequence[Verdict], memory: Recall | None
) -> tuple[PageAnswer, ...]:
    """What each page belongs to: a page that goes on is of the type of what it goes on with, whatever it reads like by
    itself. ``whole`` are the verdicts on a file that holds one document; the documents of a file that holds several
    lean on what people decided each by itself."""
    is_split = len(parts.parts) > 1
    verdicts = [_judge_part(part, reading, ruleset, memory) for part in parts.parts] if is_split else [whole]
    named = [_name(found) if found else (None, None) for found in verdicts]
    unread = _list_unread(reading)
    with_text = {page.number for part in parts.parts for page, _ in part.pages}
    answers = []
    for page in reading.pages[:_MOST_PAGE_ANSWERS]:
        place = parts.find_part(page.number)
        label, confidence = named[place] if page.number not in unread else (None, None)
        answers.append(
            PageAnswer(
                page.number,
                label,
                confidence if page.number in with_text else None,
                document=place + 1 if is_split else None,
                border=parts.borders.get(page.number),
            )
        )
    return tuple(answers)


def _judge_part(part: Part, reading: Reading, ruleset: RuleSet, memory: Recall | None) -> list[Verdict]:
    """The verdicts on one of several documents, best first; none without text."""
    found = part.merge(reading)
    if found is None:
        return []
    verdicts = judge(found, ruleset)
    return _lean_part(verdicts, _profile_part(part), memory) if memory else verdicts


def _lean_part(verdicts: list[Verdict], profile: Profile, memory: Recall | None) -> list[Verdict]:
    if memory is None:
        return verdicts
    return lean_on(verdicts, replace(memory, profile=profile).judge(_candidates(verdicts)))


def _profile_part(part: Part) -> Profile:
    return _profile(found.counts for _, found in part.pages)


def _name(verdicts: Sequence[Verdict]) -> tuple[str | None, float]:
    """The type, null for no match, and how probable it is that this is right."""
    best = verdicts[0]
    return (best.label, best.probability) if fits(best) else (None, judge_no_match(best)[0])


def _list_unread(reading: Reading) -> set[int]:
    """Pages whose picture nobody read: what they belong to cannot be said."""
    is_missing = dict(reading.facts).get("ocr") == "missing"
    pictures = {page.number for page in reading.pages if page.source == "none"} if is_missing else set()
    return pictures | {page.number for page in reading.pages if page.source == "none"} & set(reading.pages_not_read)

"""Reading the pages of a document that have no text of their own, side by side and within its budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from PIL import Image

from classifyhub.engine.limits import OCR_GRACE_SECONDS, OCR_PAGE_SECONDS, OCR_PAGES
from classifyhub.engine.model import Page
from classifyhub.engine.ocr.assembling import fill_page
from classifyhub.engine.ocr.engines import find_engine
from classifyhub.engine.ocr.looks import count_rules, is_blank, measure_ink
from classifyhub.engine.ocr.recognising import Recognised, recognise
from classifyhub.engine.ocr.shapes import Engine, OcrFailure
from classifyhub.engine.ocr.turns import count_cores, take_turn
from classifyhub.engine.pageranges import Plan, Scope
from classifyhub.engine.readers import Facts, Parts


@dataclass(frozen=True, slots=True)
class Scan:
    """A page to be read from its picture. What is read takes the place of the page's own text when it has at least
    ``gain`` times as many characters."""

    number: int
    gain: float = 1.0


Draw = Callable[[int], Image.Image | None]
"""Page number to its picture, ready for reading; none where there is nothing to see. Called one at a time, from the
thread that reads."""


def read_scans(parts: Parts, scope: Scope, *, scans: Sequence[Scan], draw: Draw) -> Parts:
    """``parts`` with ``scans`` read, first pages first, as many at once as there are processors.

    Without an engine nothing is read and the facts say so. Pages left out, by the budget or because a document has
    more of them than are read unasked, stand in the plan."""
    if not scans or not scope.with_ocr:
        return parts
    engine = find_engine(scope.lang)
    if engine is None:
        return replace(parts, facts=(*parts.facts, ("ocr", "missing")))
    wanted = scans if scope.names_pages else scans[:OCR_PAGES]
    results = dict(_read_all(engine, [scan.number for scan in wanted], draw, scope))
    left_out = [scan.number for scan in scans if scan.number not in results]
    plan = _leave_out(parts.plan, left_out, cut="time" if len(results) < len(wanted) else "ocr_pages")
    pages = _place(parts.pages, {scan.number: scan for scan in wanted}, results, left_out=frozenset(left_out))
    return replace(parts, pages=pages, plan=plan, facts=(*parts.facts, *_tell(engine, pages, results)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one page: what was read, null when nothing was, and what its picture shows besides letters."""

    recognised: Recognised | None = None
    has_failed: bool = False
    ink: float | None = None
    rules: int = 0


def _read_all(engine: Engine, numbers: Sequence[int], draw: Draw, scope: Scope) -> Iterator[tuple[int, Outcome]]:
    """The outcome of each page, in order, until the time is used up. One more page than there are processors is drawn
    ahead, so that none of them waits for a picture."""
    under_way: deque[tuple[int, Future[Outcome]]] = deque()
    cores = count_cores()
    with ThreadPoolExecutor(cores) as pool:
        for number in numbers:
            if len(under_way) > cores:
                done, outcome = under_way.popleft()
                yield done, outcome.result()
            if scope.is_over():
                break
            under_way.append((number, pool.submit(_read_one, engine, draw(number), scope)))
        for number, outcome in under_way:
            yield number, outcome.result()


def _read_one(engine: Engine, image: Image.Image | None, scope: Scope) -> Outcome:
    if image is None:
        return Outcome()
    outcome = Outcome(ink=round(measure_ink(image), 4), rules=count_rules(image))
    if is_blank(image):
        return outcome
    try:
        with take_turn(seconds=scope.seconds_left):
            seconds = min(OCR_PAGE_SECONDS, scope.seconds_left + OCR_GRACE_SECONDS)
            return replace(outcome, recognised=recognise(engine, image, seconds=seconds))
    except OcrFailure:
        return replace(outcome, has_failed=True)


def _leave_out(plan: Plan, numbers: Sequence[int], *, cut: str) -> Plan:
    return replace(plan, left_out=tuple(sorted({*plan.left_out, *numbers})), cut=cut) if numbers else plan


def _place(
    pages: Sequence[Page], scans: dict[int, Scan], results: dict[int, Outcome], *, left_out: frozenset[int]
) -> tuple[Page, ...]:
    """The pages with what was read. A page that was left out stays only when it has text of its own."""
    kept = (page for page in pages if page.source != "none" or page.number not in left_out)
    return tuple(
        _fill(page, results[page.number], scans[page.number]) if page.number in results else page for page in kept
    )


def _fill(page: Page, outcome: Outcome, scan: Scan) -> Page:
    if outcome.ink is not None and page.look:
        page = replace(page, look=replace(page.look, ink=outcome.ink, rules=max(page.look.rules, outcome.rules)))
    if outcome.recognised is None:
        return page
    filled = fill_page(page, outcome.recognised)
    is_enough = count_characters(filled.text) >= scan.gain * count_characters(page.text)
    return filled if filled.source == "ocr" and is_enough else page


def count_characters(text: str) -> int:
    """White space aside."""
    return sum(map(len, text.split()))


def _tell(engine: Engine, pages: Sequence[Page], results: dict[int, Outcome]) -> Facts:
    """What is worth knowing of how it went, as facts."""
    sure = [page.confidence for page in pages if page.source == "ocr" and page.confidence is not None]
    failed = [str(number) for number, outcome in results.items() if outcome.has_failed]
    facts = {
        "ocr": engine.name,
        "ocr_pages": str(len(sure)),
        "ocr_confidence": f"{sum(sure) / len(sure):.2f}" if sure else "",
        "ocr_failed": ",".join(failed),
        "ocr_language_missing": engine.missing,
    }
    return tuple((name, value) for name, value in facts.items() if value)

"""The answer in plain sentences, made of the quotes and numbers that decided it and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from classifyhub.engine.evidence import Quote
from classifyhub.engine.kinds import load_index
from classifyhub.engine.limits import OCR_PAGES
from classifyhub.engine.marks import MARK_WORDS
from classifyhub.engine.model import PageAnswer, Reading
from classifyhub.engine.scoring import Verdict, is_unknown

_FAR = 0.03
_MOST_TOLD = 6  # documents of a packet; the pages tell the rest

_CUTS = {
    "time": "the time for one document was used up",
    "size": "the document holds more text than is read",
    "max_pages": "the preset reads no more pages",
    "target_pages": "the preset asks for other pages",
    "ocr_pages": f"of a document's pictures of pages, the first {OCR_PAGES} are read unless the preset names pages",
}


def explain_match(
    quotes: Sequence[Quote],
    verdicts: Sequence[Verdict],
    reading: Reading,
    *,
    marks: frozenset[str],
    pages: Sequence[PageAnswer] = (),
) -> str:
    """Why the best rule fits, what comes closest, which pages are another document's, what was not read."""
    best = verdicts[0]
    return " ".join(
        [
            *_tell_quotes(quotes),
            *(MARK_WORDS[mark] for mark in sorted(marks & _list_marks(best))),
            *_tell_basis(best),
            *_tell_closest(verdicts),
            *tell_documents(pages, reading),
            *tell_limits(reading),
        ]
    )


def _tell_basis(verdict: Verdict) -> Iterator[str]:
    """What a rule is judged by that no known type covers, or a text that has no layout."""
    if verdict.own.scale == "loose":
        yield "It is a short text, judged by how near it is in meaning."
    elif is_unknown(verdict.own):
        basis = "its words and how near it is in meaning" if verdict.own.scale == "near" else "its words alone"
        yield f"No known type covers this rule: it is judged by {basis}."


def _list_marks(verdict: Verdict) -> set[str]:
    """The marks of the known type that spoke loudest for the rule."""
    return set(load_index().kinds[verdict.own.kind].marks) if verdict.own.kind is not None else set()


def explain_no_match(
    quotes: Sequence[Quote],
    verdicts: Sequence[Verdict],
    reading: Reading,
    *,
    decoy: str = "",
    pages: Sequence[PageAnswer] = (),
) -> str:
    """Why no rule fits: what the document is more like (``decoy``, whose quotes these then are), or the closest rule
    and what little it stands on."""
    best = verdicts[0]
    closest = f"The closest is {best.label}, {percent(best.probability)}"
    if decoy:
        said = [
            f"No rule fits. It reads more like “{decoy}”, which no rule asks for.",
            *_tell_quotes(quotes),
            f"{closest}.",
        ]
    elif quotes:
        said = ["No rule fits well enough.", f"{closest}, because it says {_list(quotes)}."]
    else:
        said = ["No rule fits: nothing the rules describe was found.", f"{closest}."]
    return " ".join([*said, *tell_documents(pages, reading), *tell_limits(reading)])


def explain_no_text(reading: Reading) -> str:
    """Why a document without text gets no answer."""
    if not reading.pages and reading.cut == "target_pages":
        asked = f"none of the pages asked for is among its {reading.page_count}"
        return f"No text: {asked}."
    return " ".join(["No text to go by: decide from the image.", *tell_limits(reading)])


def tell_documents(pages: Sequence[PageAnswer], reading: Reading) -> Iterator[str]:
    """That the document's own pages may be several, and what each of those reads as."""
    parts: dict[int, list[PageAnswer]] = {}
    for page in pages:
        if page.document is not None and page.page <= reading.own_pages:
            parts.setdefault(page.document, []).append(page)
    if len(parts) > 1:
        said = [_tell_part(part) for part in islice(parts.values(), _MOST_TOLD)]
        more = "; more follow" if len(parts) > _MOST_TOLD else ""
        yield f"{_capitalise(', '.join(said))}{more}: this may be {len(parts)} documents."


def _tell_part(pages: Sequence[PageAnswer]) -> str:
    """As in "pages 1–2 read as invoice"."""
    is_one = len(pages) == 1
    where = f"{'page' if is_one else 'pages'} {list_pages(page.page for page in pages)}"
    name = next((page.type for page in pages if page.type), None)
    if name is None:
        return f"{where} {'fits' if is_one else 'fit'} no rule"
    return f"{where} {'reads' if is_one else 'read'} as {name}"


def _capitalise(text: str) -> str:
    """With its first letter a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def tell_limits(reading: Reading) -> Iterator[str]:
    """What was left out of the document, and why."""
    if reading.pages_not_read:
        noun, verb = ("Page", "was") if len(reading.pages_not_read) == 1 else ("Pages", "were")
        yield f"{noun} {list_pages(reading.pages_not_read)} {verb} not read: {_CUTS.get(reading.cut, reading.cut)}."
    if ("text_cut", "yes") in reading.facts:
        yield "Only the beginning of its text was read."
    yield from _tell_ocr(dict(reading.facts))


def _tell_ocr(facts: Mapping[str, str]) -> Iterator[str]:
    """What stood in the way of reading pages from their pictures."""
    if facts.get("ocr") == "missing":
        yield "Pages without text were not read: OCR is not installed here (install tesseract-ocr and try again)."
    if "ocr_failed" in facts:
        pages = [int(number) for number in facts["ocr_failed"].split(",")]
        yield f"OCR failed on {'page' if len(pages) == 1 else 'pages'} {list_pages(pages)}."
    if "ocr_language_missing" in facts:
        yield f"OCR has no data for its language here (tesseract's “{facts['ocr_language_missing']}”)."


def list_pages(numbers: Iterable[int]) -> str:
    """Page numbers as people write them: ``4–9, 12``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def percent(probability: float) -> str:
    """A probability in whole percent; never 0 or 100, which no engine can promise."""
    return f"{min(99, max(1, round(probability * 100)))}%"


def _tell_quotes(quotes: Sequence[Quote]) -> Iterator[str]:
    titles = [quote for quote in quotes if quote.is_title]
    rest = [quote for quote in quotes if not quote.is_title]
    if titles:
        yield f"Titled {_list(titles)}{';' if rest else '.'}"
    if rest:
        yield f"{'says' if titles else 'Says'} {_list(rest)}."


def _list(quotes: Sequence[Quote]) -> str:
    """Quotes in typographic marks, with the page where it is not the first."""
    said = [f"“{quote.evidence.quote}”{_tell_page(quote.evidence.page)}" for quote in quotes]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _tell_page(number: int) -> str:
    return "" if number == 1 else f" (page {number})"


def _tell_closest(verdicts: Sequence[Verdict]) -> Iterator[str]:
    if len(verdicts) > 1 and verdicts[1].probability < _FAR:
        yield "No other rule comes near."
    elif len(verdicts) > 1:
        yield f"Closest other: {verdicts[1].label}, {percent(verdicts[1].probability)}."

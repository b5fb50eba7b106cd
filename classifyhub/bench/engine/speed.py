"""How fast the engine is, each figure beside the least anybody would need: bare extraction for PDFs, bare tesseract for
scans.

Times are by the clock, the best of some repeats, so that what else the machine does counts least. "Two at once" are
two processes that were started and had the knowledge pack loaded before."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from functools import partial
from itertools import cycle
from pathlib import Path

import psutil
import pypdfium2 as pdfium

from classifyhub.bench.engine import scans
from classifyhub.bench.engine.corpus import Corpus
from classifyhub.engine import Gist, Question, Reading, Rule, classify, compile_rules, judge_gist, lay_out, make_gist
from classifyhub.engine.embedding import Place, current_encoder, use_encoder
from classifyhub.engine.kinds import load_index
from classifyhub.engine.sandbox import Sandbox
from classifyhub.engine.sniffing import PDF

ROOT = Path(__file__).parents[3]
KEPT = 1000
KEPT_FIGURE = f"verdicts on {KEPT} kept documents under new rules, two at once, s"
PROCESSES = 2
MEGABYTE = 1_000_000
MANY_WORDS = 60  # more than the encoder takes in

Figures = dict[str, float | None]
Readings = Mapping[Path, Reading]


def measure(corpus: Corpus, readings: Readings, *, place: Place, repeats: int = 3) -> Figures:
    """All figures by name, null for what this machine or the corpus cannot show; ``place`` is where the sentence
    encoder is. Some minutes for a real corpus."""
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(PROCESSES, mp_context=spawn, initializer=load_index) as pool,
        tempfile.TemporaryDirectory() as folder,
    ):
        wait([pool.submit(time.sleep, 1) for _ in range(PROCESSES)])  # each takes one, so both are there and ready
        return {
            **measure_classifying(readings, corpus.rules, repeats=repeats),
            **measure_text_pdfs(readings, corpus.rules, pool, repeats=repeats),
            **scans.measure(readings, Path(folder), best_of=partial(best_of, repeats)),
            **measure_kept(list(readings.values()), corpus.rules, pool, Path(folder), repeats=repeats),
            **measure_start(corpus, readings, Path(folder), place=place, repeats=repeats),
        }


def measure_classifying(readings: Readings, rules: Sequence[Rule], *, repeats: int) -> Figures:
    """What is done with a document once it is read, in one process."""
    ruleset, found = compile_rules(rules), list(readings.values())
    pages = sum(len(reading.pages) for reading in found)
    sheets = [lay_out(reading) for reading in found]
    laying = best_of(repeats, lambda: [lay_out(reading) for reading in found])
    pairs = list(zip(found, sheets, strict=True))
    judging = best_of(repeats, lambda: [classify(reading, ruleset, sheets=own) for reading, own in pairs])
    keeping = best_of(repeats, lambda: [make_gist(reading, own).to_bytes() for reading, own in pairs])
    return {
        "documents/s": _rate(len(found), laying + judging),
        "pages/s": _rate(pages, laying + judging),
        "pages/s, finding what the pack knows": _rate(pages, laying),
        "pages/s, judging and quoting": _rate(pages, judging),
        "pages/s, making the gist that is kept": _rate(pages, keeping),
    }


def measure_text_pdfs(readings: Readings, rules: Sequence[Rule], pool: ProcessPoolExecutor, *, repeats: int) -> Figures:
    """Documents with a text layer on all their pages, none of which was tried by OCR: the whole engine from file to
    answer, beside PDFium alone in one process, and beside one ``pdftotext`` process a file."""
    paths = [path for path, reading in readings.items() if is_text_pdf(reading)]
    if not paths:
        return dict.fromkeys(("text PDFs: engine / PDFium alone", "text PDFs: pages/s, two at once"))
    pages = sum(len(readings[path].pages) for path in paths)
    bare = best_of(repeats, lambda: [extract(path) for path in paths])
    reading, whole = min(_time_engine(paths, rules) for _ in range(repeats))
    halves = [paths[start::PROCESSES] or paths for start in range(PROCESSES)]
    both = min(
        max(seconds for _, seconds in pool.map(_time_engine, halves, [rules] * PROCESSES)) for _ in range(repeats)
    )
    program = shutil.which("pdftotext")
    popular = best_of(repeats, lambda: _run_each(program, paths)) if program else None
    return {
        "text PDFs: documents": len(paths),
        "text PDFs: pages": pages,
        "text PDFs: pages/s, PDFium alone": _rate(pages, bare),
        "text PDFs: pages/s, one pdftotext process a file": _rate(pages, popular),
        "text PDFs: pages/s, reading": _rate(pages, reading),
        "text PDFs: pages/s, file to answer": _rate(pages, whole),
        "text PDFs: pages/s, two at once": _rate(pages, both),
        "text PDFs: reading / PDFium alone": round(reading / bare, 2),
        "text PDFs: engine / PDFium alone": round(whole / bare, 2),
        "text PDFs: engine / pdftotext processes": round(whole / popular, 2) if popular else None,
    }


def measure_kept(
    readings: Sequence[Reading], rules: Sequence[Rule], pool: ProcessPoolExecutor, folder: Path, *, repeats: int
) -> Figures:
    """A thousand documents that were classified before, under rules that are new: their verdicts (type, confidence,
    candidates) from the gists that are kept, one file each, with the compiling of the rules; and, for as many as there
    are, whole answers with reasons and quotes from what was read and is kept."""
    gists = [make_gist(reading, lay_out(reading)).to_bytes() for reading in readings]
    paths = [folder / f"{number}.gist" for number in range(KEPT)]
    for path, content in zip(paths, cycle(gists), strict=False):
        path.write_bytes(content)
    texts = [folder / f"{number}.json" for number in range(len(readings))]
    for path, reading in zip(texts, readings, strict=True):
        keep_reading(path, reading)
    seconds = best_of(repeats, lambda: _halve(pool, judge_kept, paths, rules))
    whole = best_of(repeats, lambda: _halve(pool, answer_kept, texts, rules))
    return {
        KEPT_FIGURE: round(seconds, 2),
        "whole answers to kept documents under new rules, two at once, documents/s": _rate(len(texts), whole),
        "kept gist, KB": round(sum(map(len, gists)) / len(gists) / 1000, 1),
    }


def measure_start(corpus: Corpus, readings: Readings, folder: Path, *, place: Place, repeats: int) -> Figures:
    """From the command line to the first answer, and what a process holds that has classified the corpus."""
    rules = folder / "rules.json"
    rules.write_text(json.dumps([rule.to_json() for rule in corpus.rules]), encoding="utf-8")
    path = next((path for path, reading in readings.items() if is_text_pdf(reading)), next(iter(readings)))
    command = (sys.executable, ROOT / "manage.py", "classify", "--rules", rules, path)
    bytecode = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    _run(*command, env=bytecode)  # whoever installs it compiles it
    seconds = best_of(repeats, lambda: _run(*command, env=bytecode))
    kept = sorted(folder.glob("*.json"))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        texts = [path for path in kept if path != rules]
        held, all_held = pool.submit(_weigh_process, texts, corpus.rules, place).result()
    return {
        "cold start of manage.py classify, s": round(seconds, 2),
        "memory of a process that has classified the corpus, MB": round(held / MEGABYTE),
        "memory with the sentence encoder loaded, MB": all_held and round(all_held / MEGABYTE),
    }


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """The shortest time of some, in seconds."""
    return min(_time(work) for _ in range(repeats))


def extract(path: Path) -> int:
    """The text of a PDF as PDFium gives it; the number of its characters."""
    document = pdfium.PdfDocument(path)
    try:
        return sum(len(text) for text in _extract_pages(document))
    finally:
        document.close()


def _extract_pages(document: pdfium.PdfDocument) -> Iterator[str]:
    for page in document:
        textpage = page.get_textpage()
        yield textpage.get_text_range()
        textpage.close()
        page.close()


def _time_engine(paths: Sequence[Path], rules: Sequence[Rule]) -> tuple[float, float]:
    """Seconds for reading in the sandbox, and for all from file to answer."""
    ruleset, reading_time, started = compile_rules(rules), 0.0, 0.0
    with Sandbox() as sandbox:
        sandbox.read(paths[0], media_type=PDF)
        started = time.perf_counter()
        for path in paths:
            asked = time.perf_counter()
            reading = sandbox.read(path, media_type=PDF)
            reading_time += time.perf_counter() - asked
            classify(reading, ruleset)
        return reading_time, time.perf_counter() - started


def keep_reading(path: Path, reading: Reading) -> None:
    """What was read of one document, for ``answer_kept``."""
    path.write_text(json.dumps(reading.to_json()), encoding="utf-8")


def judge_kept(paths: Sequence[Path], rules: Sequence[Rule]) -> list[str | None]:
    """The type of each document of which a gist is kept."""
    question = Question.of(compile_rules(rules))
    return [judge_gist(Gist.from_bytes(path.read_bytes()), question).type for path in paths]


def answer_kept(paths: Sequence[Path], rules: Sequence[Rule]) -> list[str | None]:
    """The type of each document of which the text is kept, found with reasons and quotes."""
    ruleset = compile_rules(rules)
    return [classify(Reading.from_json(json.loads(path.read_bytes())), ruleset).type for path in paths]


def _weigh_process(paths: Sequence[Path], rules: Sequence[Rule], place: Place) -> tuple[int, int | None]:
    """Bytes held after classifying, and with the sentence encoder besides, which these rules may not have needed."""
    answer_kept(paths, rules)
    without = int(psutil.Process().memory_info().rss)
    use_encoder(lambda: place)
    if not (encoder := current_encoder()):
        return without, None
    encoder.encode(["a passage of many words " * MANY_WORDS] * 8)
    return without, int(psutil.Process().memory_info().rss)


def _halve(
    pool: ProcessPoolExecutor,
    judge: Callable[[Sequence[Path], Sequence[Rule]], list[str | None]],
    paths: Sequence[Path],
    rules: Sequence[Rule],
) -> None:
    for _ in pool.map(judge, [paths[start::PROCESSES] for start in range(PROCESSES)], [rules] * PROCESSES):
        pass


def is_text_pdf(reading: Reading) -> bool:
    """Whether all its pages have text, and none so little that OCR was tried, which takes a hundred times as long."""
    is_all_text = bool(reading.pages) and all(page.source == "layer" for page in reading.pages)
    return reading.media_type == PDF and is_all_text and "ocr" not in dict(reading.facts)


def _run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)


def _run_each(program: str, paths: Sequence[Path]) -> None:
    for path in paths:
        _run(program, path, "-")


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _rate(count: int, seconds: float | None) -> float | None:
    return round(count / seconds, 1) if seconds else None

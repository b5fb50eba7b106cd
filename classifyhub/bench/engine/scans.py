"""How fast scans are read, beside bare tesseract: one process a page, two at once, one thread each.

Bare tesseract gets each page once, as a plain picture in shades of grey that somebody has already unpacked: pages of a
PDF drawn at 150 dpi, pictures as large as they are, up to 3000 pixels. The engine gets the documents as they come and
does everything from the first byte to the words in their places, pages it reads again included."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from PIL import Image

from classifyhub.engine import Reading
from classifyhub.engine.limits import OCR_DPI, OCR_LARGEST_SIDE
from classifyhub.engine.readers.image import count_frames, open_image, select_frame
from classifyhub.engine.readers.pdf import open_pdf
from classifyhub.engine.sandbox import Sandbox
from classifyhub.engine.sniffing import IMAGES, PDF

MOST_PAGES = 100
AT_ONCE = 2
_POINTS = 72  # of a PDF, to the inch

Figures = dict[str, float | None]
Readings = Mapping[Path, Reading]


def measure(readings: Readings, folder: Path, *, best_of: Callable[[Callable[[], object]], float]) -> Figures:
    """Pages a second of both; ``folder`` is for the pictures, ``best_of`` gives the seconds something takes."""
    documents, program = choose(readings), shutil.which("tesseract")
    if not documents or program is None:
        return {"scans: pages/s / bare tesseract": None}
    pictures = [picture for path, reading in documents.items() for picture in draw_pages(path, reading, folder)]
    bare = best_of(lambda: read_bare(program, pictures))
    with Sandbox() as one, Sandbox() as other:
        engine = best_of(lambda: _read_all(documents, (one, other)))
    return {
        "scans: documents": len(documents),
        "scans: pages": len(pictures),
        "scans: pages/s": round(len(pictures) / engine, 2),
        "scans: pages/s, bare tesseract": round(len(pictures) / bare, 2),
        "scans: pages/s / bare tesseract": round(bare / engine, 2),
    }


def choose(readings: Readings) -> dict[Path, Reading]:
    """Documents all of whose pages are read from their pictures, in order, until there are enough pages."""
    chosen: dict[Path, Reading] = {}
    for path, reading in readings.items():
        pages = sum(len(found.pages) for found in chosen.values())
        if _is_scan(reading) and pages + len(reading.pages) <= MOST_PAGES:
            chosen[path] = reading
    return chosen


def _is_scan(reading: Reading) -> bool:
    """Whether tesseract was asked for all pages, also where it found nothing on one."""
    is_whole = bool(reading.pages) and not reading.pages_not_read
    was_read = dict(reading.facts).get("ocr", "").startswith("tesseract")
    has_layer = any(page.source == "layer" for page in reading.pages)
    return is_whole and was_read and not has_layer and reading.media_type in {*IMAGES, PDF}


def draw_pages(path: Path, reading: Reading, folder: Path) -> Iterator[Path]:
    """The pages as bare tesseract gets them, written to ``folder``."""
    draw = _draw_pdf if reading.media_type == PDF else _draw_frames
    for number, picture in enumerate(draw(path), start=1):
        picture.thumbnail((OCR_LARGEST_SIDE, OCR_LARGEST_SIDE))
        target = folder / f"{path.parent.name}-{path.stem}-{number}.pgm"
        picture.save(target)
        yield target


def _draw_pdf(path: Path) -> Iterator[Image.Image]:
    with open_pdf(path) as document:
        for page in document:
            yield page.render(scale=OCR_DPI / _POINTS, grayscale=True).to_pil().convert("L")
            page.close()


def _draw_frames(path: Path) -> Iterator[Image.Image]:
    with open_image(path) as image:
        for number in range(1, count_frames(image) + 1):
            select_frame(image, number)
            yield image.convert("L")


def read_bare(program: str, pictures: Sequence[Path]) -> None:
    """Each picture by a process of its own, two at once."""
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(picture: Path) -> None:
        command = (program, picture, "stdout", "--dpi", str(OCR_DPI), "-l", "eng", "tsv")
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(read, pictures))


def _read_all(documents: Readings, sandboxes: Sequence[Sandbox]) -> None:
    """Each document by whichever sandbox is free."""
    free: SimpleQueue[Sandbox] = SimpleQueue()
    for sandbox in sandboxes:
        free.put(sandbox)

    def read(path: Path) -> None:
        sandbox = free.get()
        try:
            sandbox.read(path, media_type=documents[path].media_type)
        finally:
            free.put(sandbox)

    with ThreadPoolExecutor(len(sandboxes)) as threads:
        list(threads.map(read, documents))

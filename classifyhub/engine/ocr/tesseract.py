"""Tesseract: one picture in, one table of words out. By its library, in processes that stay (``library``); where that
is not the program's own, by the program, one process a picture.

One thread a process: tesseract's own threads cost half again as much processor time for hardly any less waiting, and
pages are read side by side anyway. https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from classifyhub.engine.limits import OCR_DPI
from classifyhub.engine.ocr.languages import choose_data
from classifyhub.engine.ocr.library import Library, LibraryMissing
from classifyhub.engine.ocr.library_child import INVERTING
from classifyhub.engine.ocr.shapes import Line, OcrFailure, Token

TESSERACT = "tesseract"
_ASK_SECONDS = 10.0
_VERSION = re.compile(r"^tesseract v?(\S+)", re.MULTILINE)
_COLUMNS = 12
_WORD_ROW = "5"
_LOCAL_THRESHOLD = ("-c", "thresholding_method=2")  # Sauvola's: what is dark is judged by what is around it


def find_tesseract(lang: str) -> Tesseract | None:
    """Tesseract as set up for ``lang``; none where it is not on the path, or does not work, or has no language."""
    program = shutil.which(TESSERACT)
    installed = _look_up(program) if program else None
    if program is None or installed is None:
        return None
    data, missing = choose_data(lang, installed=installed.languages)
    return Tesseract(program, installed, data, missing) if data else None


@dataclass(frozen=True, slots=True)
class Installed:
    """What a tesseract says about itself."""

    version: str
    languages: frozenset[str]


@functools.cache
def _look_up(program: str) -> Installed | None:
    """Asked once a process: a language installed later is seen after a restart."""
    try:
        version = _VERSION.search(_ask(program, "--version"))
        languages = _ask(program, "--list-langs").splitlines()[1:]  # below a heading
    except OcrFailure:
        return None
    return Installed(version[1], frozenset(filter(None, map(str.strip, languages)))) if version else None


def _ask(program: str, question: str) -> str:
    return _run([program, question], seconds=_ASK_SECONDS)


@dataclass(frozen=True, slots=True)
class Tesseract:
    """``data`` are the languages it reads with, ``missing`` the one that was asked for and is not there."""

    program: str
    installed: Installed
    data: str
    missing: str

    @property
    def name(self) -> str:
        return f"tesseract {self.installed.version} {self.data}"

    def read(
        self, image: Image.Image, *, seconds: float, uneven: bool = False, refuses_small: bool = False
    ) -> list[Line]:
        """One call for text, boxes and confidence. The program does not look for small print."""
        library = Library(self.program, self.installed.version, self.data)
        try:
            table = library.read(image, seconds=seconds, uneven=uneven, refuses_small=refuses_small)
        except LibraryMissing:
            options = ["-l", self.data, "-c", "tessedit_create_tsv=1", *(_LOCAL_THRESHOLD if uneven else ())]
            table = self._look_at(image, *options, seconds=seconds)
        return parse_table(table)

    def _look_at(self, image: Image.Image, *options: str, seconds: float) -> str:
        command = [self.program, "stdin", "stdout", "--dpi", str(OCR_DPI), "-c", "=".join(INVERTING), *options]
        return _run(command, data=_portable_graymap(image), seconds=seconds)


def _portable_graymap(image: Image.Image) -> bytes:
    """The picture in the format that costs nothing to write and to read (netpbm, PGM)."""
    return b"P5 %d %d 255\n" % image.size + image.tobytes()


def _run(command: list[str], *, data: bytes = b"", seconds: float) -> str:
    """What the program prints. A program that takes too long is killed. Raises ``OcrFailure``."""
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(0.1, seconds),
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise OcrFailure(f"It took longer than {seconds:.0f} seconds.") from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise OcrFailure(str(error)) from error
    return done.stdout.decode("utf-8", "replace")


def parse_table(table: str) -> list[Line]:
    """The lines in tesseract's table of twelve columns: level, page, block, paragraph, line, word, left, top, width,
    height, confidence (0 to 100, -1 for what is no word), text. Rows that are none of this raise ``OcrFailure``."""
    lines: dict[tuple[str, ...], list[Token]] = {}
    for place, token in _read_rows(table.split("\n")):
        lines.setdefault(place, []).append(token)
    return list(lines.values())


def _read_rows(lines: list[str]) -> Iterator[tuple[tuple[str, ...], Token]]:
    """The place of each word, down to its line, and the word. The first row is a heading, the last one empty."""
    for line in lines[:-1] or lines:
        row = line.rstrip("\r").split("\t")
        if len(row) != _COLUMNS:
            raise OcrFailure("It printed something else than its table.")
        if row[0] == _WORD_ROW and row[11].strip():
            yield tuple(row[1:5]), _make_token(row)


def _make_token(row: list[str]) -> Token:
    try:
        left, top, width, height = map(int, row[6:10])
        confidence = float(row[10])
    except ValueError as error:
        raise OcrFailure("A row of its table holds no numbers.") from error
    return Token(row[11].strip(), (left, top, left + width, top + height), min(1.0, max(0.0, confidence / 100)))

"""The engine on this machine, behind the same Protocol as everybody else. Needs no key and sends nothing out.

What was read from a document is kept by content hash, engine version, reading options and the OCR engine of this
machine, so that classifying it again under other rules reads nothing twice, and everything once OCR is installed.
Beside it lies its gist, by which a thousand documents are judged under other rules in a second.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from classifyhub import engine
from classifyhub.engine.gist import Gist
from classifyhub.engine.memory import Lesson, Memory
from classifyhub.engine.model import ReadError, Reading
from classifyhub.engine.ocr import tell_engine
from classifyhub.engine.sandbox import Sandbox
from classifyhub.engine.sheets import Sheet
from jobs.providers.base import Accepted, Outcome, Pending, RejectedError, Reply, Request

# How the engine's codes read as a job's reason.
REASONS = {
    "empty": "empty",
    "encrypted": "encrypted",
    "unreadable": "unreadable",
    "too_large": "too_large",
    "no_local_reader": "no_local_reader",
    "timed_out": "timed_out",
    "out_of_memory": "too_large",
}


class Reads(Protocol):
    """What a reading depends on beside the bytes. A ``Request`` says all that."""

    @property
    def media_type(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def max_pages(self) -> int | None: ...
    @property
    def target_pages(self) -> str: ...


class LocalProvider:
    """``readings`` is the folder where what was read from this document is kept; ``memory`` holds what people decided
    about others, and ``document`` is the uid of this one."""

    def __init__(self, *, sandbox: Sandbox, readings: Path, memory: Memory | None = None, document: str = "") -> None:
        self.sandbox = sandbox
        self.readings = readings
        self.memory = memory or Memory()
        self.document = document

    def submit(self, request: Request) -> Accepted | Reply:
        reading = self.read(request)
        sheets = engine.lay_out(reading)
        profile = self._find_gist(request, reading, sheets).profile
        recall = self.memory.about(profile, document=self.document) if self.memory.entries else None
        ruleset = engine.compile_rules(request.rules)
        answer = engine.classify(reading, ruleset, memory=recall, sheets=sheets)
        lesson = Lesson(profile, answer.unaided or answer.candidates, answer.type)
        parts = engine.list_lessons(reading, ruleset, sheets, memory=recall) if answer.holds_several else []
        return Reply(
            answer=answer,
            pages_read=len(reading.pages),
            raw={"answer": answer.to_json(), "cut": reading.cut},
            lesson={"parts": [part.to_json() for part in parts]} if parts else lesson.to_json(),
        )

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        return {}

    def find(self, idempotency_key: str) -> Accepted | None:
        return None

    def cancel(self, remote_id: str) -> None:
        return None

    def read(self, request: Request) -> Reading:
        """What stands in the document, kept for the next time. Raises ``RejectedError``."""
        kept = self.readings / f"{_reading_key(request)}.json.gz"
        reading = load_reading(kept)
        if reading is None:
            reading = self._read_file(request)
            store_reading(kept, reading)
            _drop_if_erased(kept, request)
        return reading

    def _find_gist(self, request: Request, reading: Reading, sheets: Sequence[Sheet]) -> Gist:
        """What is kept of the document for judging it by other rules, beside what was read of it."""
        kept = find_gist(self.readings, request)
        gist = load_gist(kept)
        if gist is None:
            gist = engine.make_gist(reading, sheets)
            store_gist(kept, gist)
            _drop_if_erased(kept, request)
        return gist

    def _read_file(self, request: Request) -> Reading:
        try:
            return self.sandbox.read(
                request.path,
                media_type=request.media_type,
                lang=request.lang,
                mode=request.mode,
                max_pages=request.max_pages,
                target_pages=request.target_pages,
            )
        except ReadError as error:
            raise RejectedError(str(error), reason=REASONS.get(error.code, "unreadable")) from error


def find_gist(readings: Path, wanted: Reads) -> Path:
    """Where the gist of a document is kept that was read as ``wanted``; ``readings`` is the document's folder."""
    return readings / f"{_reading_key(wanted)}.gist"


def load_reading(path: Path) -> Reading | None:
    """What was kept at ``path``; none when nothing was, or when it is damaged and must be read anew."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return Reading.from_json(json.load(file))
    except (OSError, ValueError, TypeError, KeyError, EOFError):
        return None


def store_reading(path: Path, reading: Reading) -> None:
    """Keep ``reading`` at ``path``; another process sees all of it or nothing."""
    _write(path, gzip.compress(json.dumps(reading.to_json()).encode(), compresslevel=3))


def load_gist(path: Path) -> Gist | None:
    """The gist kept at ``path``; none when there is none, or one of another version of the engine."""
    try:
        return Gist.from_bytes(path.read_bytes())
    except (OSError, ValueError):
        return None


def store_gist(path: Path, gist: Gist) -> None:
    """Keep ``gist`` at ``path``; another process sees all of it or nothing."""
    _write(path, gist.to_bytes())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)  # a full disk costs the cache, not the answer


def _drop_if_erased(kept: Path, request: Request) -> None:
    """The document may have been erased while it was read, after this folder was emptied."""
    if not request.path.exists():
        kept.unlink(missing_ok=True)


def _reading_key(request: Reads) -> str:
    options = [
        engine.VERSION,
        request.media_type,
        request.mode,
        request.lang,
        request.max_pages,
        request.target_pages,
        tell_engine(request.lang),
    ]
    return sha256(json.dumps(options).encode()).hexdigest()[:24]

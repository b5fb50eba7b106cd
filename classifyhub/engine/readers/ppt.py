"""PPT, PowerPoint 97 to 2003 ([MS-PPT]): a slide is a page: its outline, then its other boxes. Speakers' notes are left
out, as are slides that were changed later: the file keeps both."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from classifyhub.engine.limits import MAX_PAGES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.compound import CompoundFile
from classifyhub.engine.readers.flow import Writer, has_letters, written_pages

_SHOW, _USER = "PowerPoint Document", "Current User"
# Record types (2.13.24) and kinds of text (2.13.33).
_DOCUMENT_ATOM, _SLIDE_PLACE, _TEXT_KIND, _TEXT_16, _TEXT_8 = 1001, 1011, 3999, 4000, 4008
_SLIDE_LIST, _EDIT, _PLACES = 4080, 4085, 6002
_TITLES = frozenset({0, 6})
_PROTECTED = 0xF3D1C4DF
_POINTS_PER_UNIT = 72 / 576
_MOST_EDITS = 10_000
_LOOK = 3  # slides looked at to tell whether there is text


def inspect(path: Path) -> tuple[int | None, bool | None]:
    show = _open(path)
    return len(show.slides), any(has_letters(show.write(slide).text) for slide in show.slides[:_LOOK])


def read(path: Path, scope: Scope) -> Parts:
    show = _open(path)
    return written_pages(len(show.slides), lambda number: show.write(show.slides[number - 1]), scope, size=show.size)


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    start: int
    end: int


@dataclass(slots=True)
class _Slide:
    """The number under which the slide's drawing is kept, and its outline: texts, and whether they are titles."""

    place: int
    outline: list[tuple[str, bool]] = field(default_factory=list)


def _open(path: Path) -> _Show:
    file = CompoundFile(path)
    user = file.read(_USER)
    if "EncryptedSummary" in file or (len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _PROTECTED):
        raise ReadError("encrypted", "The presentation is protected with a password.")
    try:
        return _Show(file.read(_SHOW), user)
    except struct.error as error:
        raise ReadError("unreadable", "The presentation is cut short or damaged.") from error


class _Show:
    def __init__(self, data: bytes, user: bytes) -> None:
        self._data = data
        self._places = self._find_places(user)
        self.size = self._find_size()
        self.slides = self._list_slides()
        if not self.slides:
            raise ReadError("unreadable", "The file holds no slides.")

    def write(self, slide: _Slide) -> Writer:
        """The outline of ``slide``, then the texts of its drawing."""
        writer = Writer()
        for text, is_title in (*slide.outline, *self._read_drawing(slide.place)):
            for line in text.replace("\x0b", "\r").split("\r"):
                writer.line(line, heading=is_title)
        return writer

    def _records(self, start: int, end: int) -> Iterator[_Record]:
        """All records from ``start`` to ``end``, those in containers as well, in order and without recursion."""
        while start + 8 <= min(end, len(self._data)):
            first, kind, length = struct.unpack_from("<HHI", self._data, start)
            record = _Record(kind, first >> 4, start + 8, min(start + 8 + length, end))
            yield record
            start = record.start if first & 0xF == 0xF else record.end

    def _find_places(self, user: bytes) -> dict[int, int]:
        """Where each numbered object stands now: the latest of the file's edits that moved it says so (2.1.2)."""
        places: dict[int, int] = {}
        offset = struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
        for _ in range(_MOST_EDITS):
            record = next(self._records(offset, len(self._data)), None) if offset else None
            if record is None or record.kind != _EDIT or record.end - record.start < 16:
                break
            offset, directory = struct.unpack_from("<II", self._data, record.start + 8)
            places = {**self._read_places(directory), **places}
        return places

    def _read_places(self, offset: int) -> dict[int, int]:
        """Runs of objects: the number of the first and how many they are (20 and 12 bits), then the places (2.3.5)."""
        record = next(self._records(offset, len(self._data)), None)
        if record is None or record.kind != _PLACES:
            return {}
        count = (record.end - record.start) // 4
        values = iter(struct.unpack_from(f"<{count}I", self._data, record.start))
        return {
            (head & 0xFFFFF) + number: place
            for head in values
            for number, place in zip(range(head >> 20), values, strict=False)
        }

    def _find_size(self) -> tuple[float, float]:
        """Width and height of a slide in points."""
        for record in self._records(0, len(self._data)):
            if record.kind == _DOCUMENT_ATOM and record.end - record.start >= 8:
                width, height = struct.unpack_from("<ii", self._data, record.start)
                return max(0, width) * _POINTS_PER_UNIT, max(0, height) * _POINTS_PER_UNIT
        return 0.0, 0.0

    def _list_slides(self) -> list[_Slide]:
        """The slides of the latest list; a file keeps older ones before it."""
        lists = [record for record in self._records(0, len(self._data)) if record.kind == _SLIDE_LIST]
        current = [record for record in lists if record.instance == 0]
        return self._read_list(current[-1]) if current else []

    def _read_list(self, listing: _Record) -> list[_Slide]:
        slides: list[_Slide] = []
        kind = -1
        for record in self._records(listing.start, listing.end):
            if record.kind == _SLIDE_PLACE and record.end - record.start >= 4:
                slides.append(_Slide(*struct.unpack_from("<I", self._data, record.start)))
            elif record.kind == _TEXT_KIND and record.end - record.start >= 4:
                (kind,) = struct.unpack_from("<I", self._data, record.start)
            elif slides and (text := self._read_text(record)):
                slides[-1].outline.append((text, kind in _TITLES))
        if len(slides) > MAX_PAGES:
            raise ReadError("too_large", f"{len(slides):,} pages; at most {MAX_PAGES:,} are taken.")
        return slides

    def _read_drawing(self, place: int) -> Iterator[tuple[str, bool]]:
        offset = self._places.get(place, len(self._data))
        slide = next(self._records(offset, len(self._data)), None)
        for record in self._records(slide.start, slide.end) if slide else ():
            if text := self._read_text(record):
                yield text, False

    def _read_text(self, record: _Record) -> str:
        data = self._data[record.start : record.end]
        if record.kind == _TEXT_16:
            return data.decode("utf-16-le", "replace")
        return data.decode("latin-1") if record.kind == _TEXT_8 else ""

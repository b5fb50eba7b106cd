"""Tesseract's library in a process that stays: one language loaded, a picture in, its table of words out, again and
again. The program of the same name does the same for one picture and spends an eighth of a second on getting ready,
which is more than most pages take.

Started by ``library`` as a script, without site packages: it needs nothing but the standard library and starts in no
time. https://tesseract-ocr.github.io/tessdoc/APIExample.html, https://github.com/tesseract-ocr/tesseract (capi.h)"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

REQUEST = struct.Struct(">II??I")
"""Before the pixels: width, height, whether the light is uneven, whether small print is to be refused, and the seconds
of processor time it may take."""
REPLY = struct.Struct(">i")
"""Before the table: its length. The first reply comes unasked and is empty: ready."""
REFUSED = -1
"""In the place of the length, with no table: small print."""
INVERTING = ("invert_threshold", "0.4")
"""The mean trust in a line below which it is read once more as white on black. What is so printed has less; at
tesseract's own 0.7 most lines of a photograph are read twice."""

_AUTOMATIC = 3  # PSM_AUTO: find blocks and lines, no orientation
_SYMBOL = 4  # RIL_SYMBOL: before anything is read, a piece of connected ink
# Pixels high; pieces that are wider than that many times their height hold several letters.
_LOW, _WIDE = 9, 2.0
_OTSU, _SAUVOLA = "0", "2"  # one threshold for all; what is dark is judged by what is around it
_POINTER, _NUMBER = ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)
# Names in capi.h, with what they give and take.
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "TessVersion": (ctypes.c_char_p, ()),
    "TessBaseAPICreate": (_POINTER, ()),
    "TessBaseAPIInit3": (ctypes.c_int, (_POINTER, ctypes.c_char_p, ctypes.c_char_p)),
    "TessBaseAPISetVariable": (ctypes.c_int, (_POINTER, ctypes.c_char_p, ctypes.c_char_p)),
    "TessBaseAPISetPageSegMode": (None, (_POINTER, ctypes.c_int)),
    "TessBaseAPISetImage": (None, (_POINTER, ctypes.c_char_p, *[ctypes.c_int] * 4)),
    "TessBaseAPIAnalyseLayout": (_POINTER, (_POINTER,)),
    "TessPageIteratorNext": (ctypes.c_int, (_POINTER, ctypes.c_int)),
    "TessPageIteratorBoundingBox": (ctypes.c_int, (_POINTER, ctypes.c_int, *[_NUMBER] * 4)),
    "TessPageIteratorDelete": (None, (_POINTER,)),
    "TessBaseAPIRecognize": (ctypes.c_int, (_POINTER, _POINTER)),
    "TessBaseAPIGetTsvText": (_POINTER, (_POINTER, ctypes.c_int)),
    "TessDeleteText": (None, (_POINTER,)),
    "TessBaseAPIClear": (None, (_POINTER,)),
}


def main(arguments: Sequence[str]) -> None:
    """``arguments`` are the version of the library, the language data, the dots to the inch, and where the library
    may be. Ends with a status other than 0 when none of these is it."""
    version, data, dpi, *places = arguments
    replies = _take_stdout()
    library = next((found for place in places if (found := load(place, version))), None)
    if library is None:
        sys.exit(1)
    reader = _Reader(library, data, dpi)
    _reply(replies, b"")
    _serve(sys.stdin.buffer, replies, reader)


class _Reader:
    """The library with one language loaded."""

    def __init__(self, library: Any, data: str, dpi: str) -> None:
        self._library, self._handle = library, library.TessBaseAPICreate()
        if library.TessBaseAPIInit3(self._handle, None, data.encode()):
            sys.exit(2)
        self._set("user_defined_dpi", dpi)
        self._set(*INVERTING)
        library.TessBaseAPISetPageSegMode(self._handle, _AUTOMATIC)

    def _set(self, name: str, value: str) -> None:
        self._library.TessBaseAPISetVariable(self._handle, name.encode(), value.encode())

    def show(self, pixels: bytes, size: tuple[int, int], *, is_uneven: bool) -> None:
        """What is read next. The pixels are copied."""
        self._set("thresholding_method", _SAUVOLA if is_uneven else _OTSU)
        width, height = size
        self._library.TessBaseAPISetImage(self._handle, pixels, width, height, 1, width)

    def read(self) -> bytes:
        """The table of words; empty when the library gives up on the picture."""
        if self._library.TessBaseAPIRecognize(self._handle, None):
            return b""
        table = self._library.TessBaseAPIGetTsvText(self._handle, 0)
        try:
            return ctypes.string_at(table)
        finally:
            self._library.TessDeleteText(table)

    def clear(self) -> None:
        """Forget the picture."""
        self._library.TessBaseAPIClear(self._handle)

    def is_small_print(self) -> bool:
        """Whether the letters are low and many run into each other, or into the lines of a form. Finding them takes a
        fifth of the time of reading them, and reading does not do it again."""
        sizes = list(self._measure_symbols())
        height = sorted(height for _, height in sizes)[len(sizes) // 2] if sizes else 0
        return 0 < height <= _LOW and sum(width for width, _ in sizes) > _WIDE * height * len(sizes)

    def _measure_symbols(self) -> Iterator[tuple[int, int]]:
        """Width and height of each, in pixels."""
        place = self._library.TessBaseAPIAnalyseLayout(self._handle)
        left, top, right, bottom = edges = [ctypes.c_int() for _ in range(4)]
        has_more = bool(place)
        while has_more:
            if self._library.TessPageIteratorBoundingBox(place, _SYMBOL, *map(ctypes.byref, edges)):
                yield right.value - left.value, bottom.value - top.value
            has_more = self._library.TessPageIteratorNext(place, _SYMBOL)
        if place:
            self._library.TessPageIteratorDelete(place)


def load(place: str, version: str) -> Any:
    """The library at ``place``, a path or a name that the system knows; none when it is not there or another one."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(place)
        for name, (gives, takes) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = gives, takes
        if library.TessVersion() == version.encode():
            return library
    return None


def _take_stdout() -> BinaryIO:
    """The pipe for replies alone: what the library prints goes nowhere. The sandbox's child does the same; this script
    runs where the package cannot be imported."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return replies


def _serve(requests: BinaryIO, replies: BinaryIO, reader: _Reader) -> None:
    while len(header := requests.read(REQUEST.size)) == REQUEST.size:
        width, height, is_uneven, refuses_small, seconds = REQUEST.unpack(header)
        _allow_processor_time(seconds)
        pixels = requests.read(width * height)
        if len(pixels) < width * height:
            break  # whoever asked is gone
        reader.show(pixels, (width, height), is_uneven=is_uneven)
        _reply(replies, None if refuses_small and reader.is_small_print() else reader.read())
        reader.clear()


def _allow_processor_time(seconds: int) -> None:
    """Another ``seconds`` from now on, whatever was used before: the limit counts over a process's whole life."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


def _reply(replies: BinaryIO, message: bytes | None) -> None:
    """Null refuses."""
    replies.write(REPLY.pack(REFUSED) if message is None else REPLY.pack(len(message)) + message)
    replies.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

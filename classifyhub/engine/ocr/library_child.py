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
from collections.abc import Sequence
from typing import Any, BinaryIO

REQUEST = struct.Struct(">IIBI")
"""Before the pixels: width, height, whether the light is uneven, and the seconds of processor time it may take."""
REPLY = struct.Struct(">I")
"""Before the table: its length. The first reply comes unasked and is empty: ready."""

_AUTOMATIC = 3  # PSM_AUTO: find blocks and lines, no orientation
_OTSU, _SAUVOLA = "0", "2"  # one threshold for all; what is dark is judged by what is around it
_POINTER = ctypes.c_void_p
# Names in capi.h, with what they give and take.
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "TessVersion": (ctypes.c_char_p, ()),
    "TessBaseAPICreate": (_POINTER, ()),
    "TessBaseAPIInit3": (ctypes.c_int, (_POINTER, ctypes.c_char_p, ctypes.c_char_p)),
    "TessBaseAPISetVariable": (ctypes.c_int, (_POINTER, ctypes.c_char_p, ctypes.c_char_p)),
    "TessBaseAPISetPageSegMode": (None, (_POINTER, ctypes.c_int)),
    "TessBaseAPISetImage": (None, (_POINTER, ctypes.c_char_p, *[ctypes.c_int] * 4)),
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
        library.TessBaseAPISetPageSegMode(self._handle, _AUTOMATIC)

    def _set(self, name: str, value: str) -> None:
        self._library.TessBaseAPISetVariable(self._handle, name.encode(), value.encode())

    def read(self, pixels: bytes, size: tuple[int, int], *, is_uneven: bool) -> bytes:
        """The table of words; empty when the library gives up on the picture."""
        self._set("thresholding_method", _SAUVOLA if is_uneven else _OTSU)
        width, height = size
        self._library.TessBaseAPISetImage(self._handle, pixels, width, height, 1, width)
        if self._library.TessBaseAPIRecognize(self._handle, None):
            return b""
        table = self._library.TessBaseAPIGetTsvText(self._handle, 0)
        try:
            return ctypes.string_at(table)
        finally:
            self._library.TessDeleteText(table)
            self._library.TessBaseAPIClear(self._handle)


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
    """The pipe for replies alone: what the library prints goes nowhere."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return replies


def _serve(requests: BinaryIO, replies: BinaryIO, reader: _Reader) -> None:
    while len(header := requests.read(REQUEST.size)) == REQUEST.size:
        width, height, is_uneven, seconds = REQUEST.unpack(header)
        _allow_processor_time(seconds)
        pixels = requests.read(width * height)
        if len(pixels) < width * height:
            break  # whoever asked is gone
        _reply(replies, reader.read(pixels, (width, height), is_uneven=bool(is_uneven)))


def _allow_processor_time(seconds: int) -> None:
    """Another ``seconds`` from now on, whatever was used before: the limit counts over a process's whole life."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


def _reply(replies: BinaryIO, message: bytes) -> None:
    replies.write(REPLY.pack(len(message)) + message)
    replies.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

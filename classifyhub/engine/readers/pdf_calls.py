"""Questions that PDFium is asked hundreds of times a page, asked without checking their arguments.

Three quarters of the time of such a call goes into the check that pypdfium2 has made of every argument. So whoever asks
has to pass what the function takes: the handle as ``point_at`` gives it, whole numbers, and pointers by ``byref``. The
interpreter is not let go meanwhile: that would take longer than the answer does."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

Question = Callable[..., Any]


def _unchecked(function: Any) -> Question:
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.PYFUNCTYPE(function.restype)(address)


def point_at(handle: Any) -> Any:
    """A handle of pypdfium2 as it is passed without being made anew for every call."""
    return ctypes.byref(handle.contents)


count_rects = _unchecked(raw.FPDFText_CountRects)
get_rect = _unchecked(raw.FPDFText_GetRect)
get_loose_box = _unchecked(raw.FPDFText_GetLooseCharBox)
get_object = _unchecked(raw.FPDFPage_GetObject)
get_object_of_form = _unchecked(raw.FPDFFormObj_GetObject)
get_kind = _unchecked(raw.FPDFPageObj_GetType)
get_bounds = _unchecked(raw.FPDFPageObj_GetBounds)

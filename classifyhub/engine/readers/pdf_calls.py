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
_ADDRESS = ctypes.c_void_p


def _unchecked(function: Any, *, returns: Any = ctypes.c_int, takes: tuple[Any, ...] = ()) -> Question:
    """``takes`` must say what is passed where a number may be an address: else it is cut to an int."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    question = ctypes.PYFUNCTYPE(returns)(address)
    if takes:
        question.argtypes = takes
    return question


def point_at(handle: Any) -> Any:
    """A handle of pypdfium2 as it is passed without being made anew for every call."""
    return ctypes.byref(handle.contents)


count_rects = _unchecked(raw.FPDFText_CountRects)
get_rect = _unchecked(raw.FPDFText_GetRect)
get_loose_box = _unchecked(raw.FPDFText_GetLooseCharBox)
get_object = _unchecked(raw.FPDFPage_GetObject, returns=_ADDRESS)
get_object_of_form = _unchecked(raw.FPDFFormObj_GetObject, returns=_ADDRESS, takes=(_ADDRESS, ctypes.c_ulong))
get_kind = _unchecked(raw.FPDFPageObj_GetType, takes=(_ADDRESS,))
get_bounds = _unchecked(raw.FPDFPageObj_GetBounds, takes=(_ADDRESS,) * 5)
count_objects_of_form = _unchecked(raw.FPDFFormObj_CountObjects, takes=(_ADDRESS,))

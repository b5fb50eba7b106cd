"""From the coordinates of a PDF page to places on it as people see it: crop box and rotation applied, and the
origin in the upper left corner."""

from __future__ import annotations

import pypdfium2 as pdfium

from classifyhub.engine.places import WHOLE, View


def find_view(page: pdfium.PdfPage) -> View:
    """What a page shows, and which way round."""
    left, bottom, right, top = page.get_bbox()
    across, down = WHOLE / max(right - left, 1e-6), WHOLE / max(top - bottom, 1e-6)
    return View(across, -left * across, -down, top * down, page.get_rotation())

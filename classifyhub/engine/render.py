"""Page images: PDF pages by PDFium, pictures by Pillow, always on white, always of bounded size."""

from __future__ import annotations

import math
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from classifyhub.engine.limits import MAX_RENDER_PIXELS, MAX_RENDER_SIDE
from classifyhub.engine.model import ReadError
from classifyhub.engine.readers.image import count_frames, open_image, select_frame
from classifyhub.engine.readers.pdf import open_pdf
from classifyhub.engine.sniffing import IMAGES, PDF

_WHITE = (255, 255, 255, 255)
_QUALITY = 82
_EFFORT: dict[str, dict[str, int]] = {
    "WEBP": {"method": 2},  # above it, twice the time for a few percent of the size
    "JPEG": {},
}


def render(
    path: str | Path, out_path: str | Path, *, media_type: str, page: int = 1, width: int = 1400, kind: str = "WEBP"
) -> tuple[int, int]:
    """Write page ``page`` (1-based) to ``out_path`` as ``kind``, ``WEBP`` or ``JPEG``; gives its width and height in
    pixels. The sandbox moves the file to its final name once it is whole.

    ``width`` is a wish: tall pages and pictures smaller than it come out narrower. Raises ``ReadError``:
    ``no_local_reader`` for a format without page images, ``unreadable`` for a page that is damaged or not there."""
    if media_type == PDF:
        image = _render_pdf(Path(path), page, width)
    elif media_type in IMAGES:
        image = _render_image(Path(path), page, width)
    else:
        raise ReadError("no_local_reader", f"{media_type} has no page images.")
    image.save(out_path, kind, quality=_QUALITY, **_EFFORT[kind])
    return image.size


def fit(width: float, height: float, *, wanted: int) -> float:
    """The scale at which a page of ``width`` × ``height`` is ``wanted`` pixels wide and stays within the limits."""
    width, height = max(width, 1e-3), max(height, 1e-3)
    scale = min(wanted / width, MAX_RENDER_SIDE / width, MAX_RENDER_SIDE / height, _area_scale(width, height))
    return scale * (1 - 1e-6)  # PDFium rounds up, also what is a hair above the whole number


def _area_scale(width: float, height: float) -> float:
    return math.sqrt(MAX_RENDER_PIXELS) / math.sqrt(width) / math.sqrt(height)


def _render_pdf(path: Path, number: int, width: int) -> Image.Image:
    with open_pdf(path) as document:
        if not 1 <= number <= len(document):
            raise ReadError("unreadable", f"There is no page {number}.")
        try:
            document.init_forms()  # what people typed into a form is drawn only then
            page = document[number - 1]
            scale = fit(page.get_width(), page.get_height(), wanted=width)
            drawn: Image.Image = page.render(scale=scale, fill_color=_WHITE, rev_byteorder=True).to_pil()
            return drawn.convert("RGB")
        except (pdfium.PdfiumError, ValueError) as error:
            raise ReadError("unreadable", f"Page {number} cannot be drawn: {error}") from error


def _render_image(path: Path, number: int, width: int) -> Image.Image:
    with open_image(path) as image:
        if not 1 <= number <= count_frames(image):
            raise ReadError("unreadable", f"There is no page {number}.")
        full = select_frame(image, number)
        is_turned = full != image.size
        scale = min(1.0, fit(*full, wanted=width))
        shown = math.ceil(full[0] * scale), math.ceil(full[1] * scale)
        stored = shown[::-1] if is_turned else shown  # the camera's rotation is applied last, to the small picture
        image.draft("RGB", stored)
        image.thumbnail(stored)
        return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    """Eight bits a channel, no transparency, no palette."""
    if image.mode in {"RGB", "L", "1", "CMYK", "YCbCr"} and "transparency" not in image.info:
        return image.convert("RGB")
    if image.mode.startswith(("I", "F")):
        return ImageOps.autocontrast(image.convert("F").point(lambda value: value / 257).convert("L")).convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")

"""Pictures: their pages, proportions and, by OCR, their text. A TIFF has one page per frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from classifyhub.engine.limits import MAX_PAGES, MAX_PIXELS, OCR_LARGEST_SIDE
from classifyhub.engine.model import Look, Page, ReadError
from classifyhub.engine.ocr import Scan, read_scans
from classifyhub.engine.ocr.pictures import prepare
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})  # EXIF values whose picture stands on its side
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    ZeroDivisionError,
    OverflowError,
)


def inspect(path: Path) -> tuple[int | None, bool | None]:
    with open_image(path) as image:
        return count_frames(image), False


def read(path: Path, scope: Scope) -> Parts:
    with open_image(path) as image:
        count = count_frames(image)
        plan = scope.plan(count)
        check_pixels(image)
        pages: list[Page] = []
        for number in plan.numbers:
            if scope.is_over():
                plan = plan.stop_before(number, cut="time")
                break
            width, height = select_frame(image, number)
            pages.append(Page(number, "", "none", width=width, height=height, look=Look(images=1.0)))
        parts = Parts(tuple(pages), count, plan, facts=(("format", "image"),))
        return read_scans(parts, scope, scans=[Scan(page.number) for page in pages], draw=partial(_draw_frame, image))


def _draw_frame(image: Image.Image, number: int) -> Image.Image | None:
    """The frame in shades of grey, as displayed; none for one that is damaged, which costs the others nothing."""
    try:
        select_frame(image, number)
        return prepare(image)
    except (*_DAMAGED, MemoryError):
        return None


@contextmanager
def open_image(path: Path) -> Iterator[Image.Image]:
    """The image with its header read and its size checked; no pixel is decoded yet.

    Whatever Pillow raises inside the block ends as ``unreadable``, a size over the limit as ``too_large``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata; size is judged below by our own limit
        try:
            # By its stream: opened by its name, a turned TIFF without compression is mapped with its sides swapped.
            with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
                check_size(image)
                yield image
        except Image.DecompressionBombError as error:
            raise ReadError("too_large", str(error)) from error
        except UnidentifiedImageError as error:
            raise ReadError("unreadable", "Not an image that can be opened.") from error
        except _DAMAGED as error:
            raise ReadError("unreadable", f"Damaged image: {error}") from error


def check_size(image: Image.Image) -> None:
    """Raise ``too_large`` when decoding would take more pixels than one document may cost."""
    if image.width * image.height > MAX_PIXELS:
        raise ReadError("too_large", f"{image.width:,} × {image.height:,} pixels; at most {MAX_PIXELS:,} are opened.")


def check_pixels(image: Image.Image) -> None:
    """Decode the first frame, no larger than reading needs where the format allows, so that a picture cut short is
    named now."""
    image.draft("L", (OCR_LARGEST_SIDE, OCR_LARGEST_SIDE))
    image.load()


def count_frames(image: Image.Image) -> int:
    """Pages of a TIFF; every other format is one page, its frames being an animation."""
    count = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    if count > MAX_PAGES:
        raise ReadError("too_large", f"{count:,} pages; at most {MAX_PAGES:,} are opened.")
    return count


def select_frame(image: Image.Image, number: int) -> tuple[float, float]:
    """Go to page ``number`` (1-based); its width and height in pixels as displayed, with the camera's rotation."""
    image.seek(number - 1)
    check_size(image)
    turned = image.format != "TIFF" and image.getexif().get(_ORIENTATION) in _TURNED  # a TIFF's size is as displayed
    return (float(image.height), float(image.width)) if turned else (float(image.width), float(image.height))

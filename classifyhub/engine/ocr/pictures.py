"""Pictures of pages made ready for reading: shades of grey on white, letters neither tiny nor huge."""

from __future__ import annotations

from PIL import Image, ImageOps

from classifyhub.engine.limits import OCR_DPI, OCR_LARGEST_SIDE, OCR_SMALLEST_SIDE, OCR_STRONGEST_ENLARGING

_POINTS = 72  # of a PDF, to the inch
_ORIENTATION = 0x0112
# What to do with a picture that the camera says it took in this position (EXIF 2.32, table 6).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TINY = 40  # pixels on the longer side; less holds no line of letters


def scale_for_pdf(width: float, height: float) -> float:
    """Pixels for each point of a PDF page: 150 dpi, more on a small page, less on a poster."""
    longest = max(width, height, 1e-3)
    usual = OCR_DPI / _POINTS
    smallest = min(OCR_SMALLEST_SIDE / longest, usual * OCR_STRONGEST_ENLARGING)
    # PDFium rounds up, also what is a hair above the whole number.
    return min(max(usual, smallest), OCR_LARGEST_SIDE / longest) * (1 - 1e-6)


def prepare(image: Image.Image) -> Image.Image | None:
    """An opened picture as displayed, its camera's rotation applied; none when it is too small to hold text."""
    if max(image.size) < _TINY:
        return None
    image.draft("L", (OCR_LARGEST_SIDE, OCR_LARGEST_SIDE))
    image.load()  # a TIFF is turned upright by this, and then no longer says how it was turned
    orientation = image.getexif().get(_ORIENTATION, 1)
    grey = _resize(_flatten(_shrink(_resolve_palette(image))))
    return grey.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else grey


def _resolve_palette(image: Image.Image) -> Image.Image:
    """Between two palette entries, or black and white, there is nothing to mix when it is resized."""
    if image.mode in {"P", "PA"}:
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    return image.convert("L") if image.mode == "1" else image


def _shrink(image: Image.Image) -> Image.Image:
    """By a whole number, which is quick and, for the rest of the way, leaves little to hold in memory."""
    factor = max(image.size) // OCR_LARGEST_SIDE
    return image.reduce(factor) if factor > 1 and not image.mode.startswith("I;") else image


def _flatten(image: Image.Image) -> Image.Image:
    """Eight bits of grey, transparent parts white."""
    if image.mode.startswith(("I", "F")):
        return ImageOps.autocontrast(image.convert("F").point(lambda value: value / 257).convert("L"))
    if image.mode in {"RGBA", "LA", "La", "RGBa"} or "transparency" in image.info:
        layered = image.convert("RGBA").convert("LA")
        white = Image.new("L", layered.size, 255)
        white.paste(layered.getchannel("L"), mask=layered.getchannel("A"))
        return white
    return image.convert("L")


def _resize(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    enlarged = min(longest * OCR_STRONGEST_ENLARGING, OCR_SMALLEST_SIDE)
    wanted = min(max(longest, enlarged), OCR_LARGEST_SIDE)
    if wanted == longest:
        return image
    width, height = (max(1, round(side * wanted / longest)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)

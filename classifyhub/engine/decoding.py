"""Bytes to text for files that do not say, or do not know, how they are encoded."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
_HEAD = 65_536
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x08"))
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HYPHENS = "\x02\ufffe"


def decode_text(data: bytes) -> str:
    """Text of ``data`` by byte order mark, else UTF-16 by its pattern of zero bytes, else UTF-8, else Windows-1252.
    Never raises: what cannot be decoded becomes U+FFFD."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return clean(data.decode(encoding, "replace"))
    return clean(data.decode(_guess_utf16(data) or _guess_8_bit(data), "replace"))


def clean(text: str) -> str:
    """The same text, character by character (offsets stay true), fit for databases and logs: control characters and
    lone surrogates become U+FFFD, PDF's marks for a hyphen at the end of a line become a hyphen."""
    return _UNWANTED.sub(lambda match: "-" if match[0] in _HYPHENS else "\ufffd", text)


def looks_like_text(data: bytes) -> bool:
    """Whether bytes are text in some encoding: hardly any control characters once decoded."""
    sample = data[:_SAMPLE]
    if any(sample.startswith(bom) for bom, _ in _BOMS) or _guess_utf16(sample):
        return True
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls * 50 <= len(sample)


def _guess_utf16(data: bytes) -> str:
    """UTF-16 without a mark: in Western text every second byte is zero."""
    sample = data[: _SAMPLE // 2 * 2]
    if len(sample) < 4:
        return ""
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def _guess_8_bit(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data" and len(data) >= _HEAD  # the reader's doing, no mistake
        return "utf-8" if is_cut else "cp1252"
    return "utf-8"

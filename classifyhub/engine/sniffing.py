"""What a file really is. Its bytes decide; its name only breaks ties between formats that share their bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath

from classifyhub.engine.decoding import decode_text, looks_like_text

PDF = "application/pdf"
PNG, JPEG, GIF = "image/png", "image/jpeg", "image/gif"
WEBP, BMP, TIFF = "image/webp", "image/bmp", "image/tiff"
HTML, TEXT, MARKDOWN, MAIL = "text/html", "text/plain", "text/markdown", "message/rfc822"
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"
ZIP, OLE, UNKNOWN = "application/zip", "application/x-ole-storage", "application/octet-stream"

IMAGES = frozenset({PNG, JPEG, GIF, WEBP, BMP, TIFF})
RENDERABLE = IMAGES | {PDF}
READABLE = RENDERABLE | {DOCX, HTML, TEXT, MARKDOWN, MAIL}

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_HEAD = 65_536

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_ZIP_PARTS = ((b"word/", DOCX), (b"ppt/", PPTX), (b"xl/", XLSX))
_ZIP_NAMES = {".docx": DOCX, ".pptx": PPTX, ".xlsx": XLSX}
_OLE_STREAMS = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
)
_TEXT_NAMES = {".md": MARKDOWN, ".markdown": MARKDOWN, ".htm": HTML, ".html": HTML, ".xhtml": HTML}
_MAIL_HEADER = re.compile(
    r"(from|to|cc|subject|date|received|return-path|reply-to|sender|message-id|delivered-to|mime-version"
    r"|content-type|content-transfer-encoding|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)
_ANY_HEADER = re.compile(r"[!-9;-~]+[ \t]*:|[ \t]")
_MARKUP = re.compile(
    r"(?:<\?xml[^>]*>\s*+|<!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MARKUP_TAG = re.compile(r"</?(?:p|div|table|tr|td|span|br|h[1-6]|ul|li|a)[\s/>]", re.IGNORECASE)
_PDF_PARTS = (b"endobj", b"startxref", b"%%EOF")


def sniff(path: str | Path, name: str = "") -> str:
    """The media type of the file at ``path``; ``application/octet-stream`` when nothing is recognised.

    ``name`` is the name a person gave (by default the path's own). Never raises for what the bytes hold; raises
    ``OSError`` when the file cannot be opened."""
    path = Path(path)
    suffix = PurePath(name or path.name).suffix.lower()
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return _sniff_magic(head) or _sniff_container(path, head, suffix) or _sniff_text(head, suffix)


def _sniff_magic(head: bytes) -> str:
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0" and head[14:18] in _BITMAP_HEADERS:
        return BMP
    return PDF if b"%PDF-" in head[:1024] else ""


_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}


def _sniff_container(path: Path, head: bytes, suffix: str) -> str:
    if head.startswith(ZIP_MAGIC):
        return _sniff_zip(path, suffix)
    if head.startswith(OLE_MAGIC):
        return _sniff_ole(path, head, suffix)
    return ""


def _sniff_zip(path: Path, suffix: str) -> str:
    """By the names of its parts, wherever they stand: at the parts themselves or in the directory at the end. The
    directory is not taken apart here, for it may be forged to hold millions of entries."""
    with path.open("rb") as file:
        names = file.read(_HEAD)
        file.seek(-min(_HEAD, file.seek(0, os.SEEK_END)), os.SEEK_END)
        names += file.read()
    if b"[Content_Types].xml" not in names:
        return ZIP
    return next((media_type for part, media_type in _ZIP_PARTS if part in names), _ZIP_NAMES.get(suffix, ZIP))


def _sniff_ole(path: Path, head: bytes, suffix: str) -> str:
    streams = _read_ole_directory(path, head)
    if _in_utf16("EncryptedPackage") in streams:
        return _ZIP_NAMES.get(suffix, OLE)  # a protected DOCX, PPTX or XLSX: its kind is inside the cipher
    for stream, media_type in _OLE_STREAMS:
        if _in_utf16(stream) in streams:
            return media_type
    return OLE


def is_protected_office(path: Path) -> bool:
    """Whether an OLE container is the wrapper of a password-protected Office file."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.startswith(OLE_MAGIC) and _in_utf16("EncryptedPackage") in _read_ole_directory(path, head)


def _read_ole_directory(path: Path, head: bytes) -> bytes:
    """The first directory sectors of a compound file ([MS-CFB] 2.2: sector size at 30, first sector of it at 48)."""
    shift = int.from_bytes(head[30:32], "little")
    if shift not in {9, 12}:
        return b""
    with path.open("rb") as file:
        file.seek((int.from_bytes(head[48:52], "little") + 1) << shift)
        return file.read(8192)


def _in_utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _sniff_text(head: bytes, suffix: str) -> str:
    if suffix == ".pdf" and any(part in head for part in _PDF_PARTS):
        return PDF  # its header is damaged, the rest may still be repaired
    if not looks_like_text(head):
        return UNKNOWN
    text = decode_text(head)
    if _is_mail(text, suffix):
        return MAIL
    start = text.lstrip("\ufeff \t\r\n")
    if _MARKUP.match(start) or (suffix in _TEXT_NAMES and _TEXT_NAMES[suffix] == HTML and _MARKUP_TAG.search(text)):
        return HTML
    if start.startswith(("<?xml", "<svg")):
        return "image/svg+xml" if "<svg" in text else "application/xml"
    return MARKDOWN if _TEXT_NAMES.get(suffix) == MARKDOWN else TEXT


def _is_mail(text: str, suffix: str) -> bool:
    """Mail starts with header lines. A name that ends in .eml needs one known header, any other text three kinds."""
    kinds = set()
    for line in text.lstrip("\ufeff\r\n\t ").splitlines():
        if not _ANY_HEADER.match(line) and not line.startswith("From "):
            break
        if header := _MAIL_HEADER.match(line):
            kinds.add(header[1].lower())
    return len(kinds) >= (1 if suffix == ".eml" else 3) or (suffix == ".eml" and not text.strip())

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
_OPEN = "application/vnd.oasis.opendocument."
ODT, ODP, ODS = _OPEN + "text", _OPEN + "presentation", _OPEN + "spreadsheet"
EPUB, RTF = "application/epub+zip", "application/rtf"
DOC, PPT, XLS = "application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"
MSG = "application/vnd.ms-outlook"
ZIP, OLE, UNKNOWN = "application/zip", "application/x-ole-storage", "application/octet-stream"

IMAGES = frozenset({PNG, JPEG, GIF, WEBP, BMP, TIFF})
MAILS = frozenset({MAIL, MSG})
SLIDES = frozenset({PPTX, PPT, ODP})
RENDERABLE = IMAGES | {PDF}
READABLE = RENDERABLE | {HTML, TEXT, MARKDOWN, MAIL, DOCX, PPTX, XLSX, ODT, ODP, ODS, EPUB, RTF, DOC, PPT, MSG}

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
    (b"{\\rtf", RTF),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)
_ZIP_PARTS = ((b"word/", DOCX), (b"ppt/", PPTX), (b"xl/", XLSX))
_OFFICE_NAMES = {
    **dict.fromkeys((".docx", ".docm", ".dotx"), DOCX),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx"), PPTX),
    **dict.fromkeys((".xlsx", ".xlsm"), XLSX),
}
_OPEN_NAMES = {".odt": ODT, ".odp": ODP, ".ods": ODS}
# What a container says it holds in its first entry (OpenDocument 1.3 part 2, 3.3; EPUB 3.3, 4.2.2).
_STATED = (*((media_type.encode(), media_type) for media_type in (ODT, ODP, ODS, EPUB)),)
_DIRECTORY_END, _DIRECTORY_ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_LARGEST_DIRECTORY = 2**20
_OLE_STREAMS = {
    "WordDocument": DOC,
    "Workbook": XLS,
    "Book": XLS,
    "PowerPoint Document": PPT,
}
_OLE_NAMES = {".doc": DOC, ".dot": DOC, ".ppt": PPT, ".xls": XLS, ".msg": MSG}
_MSG_STREAMS = ("__properties_version", "__nameid_version", "__substg1.0_")
_NO_ENTRY = 0xFFFFFFFF
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
    # A PDF may begin late, but one that is packed into an archive as it is begins there just as late.
    return PDF if b"%PDF-" in head[:1024] and not head.startswith((ZIP_MAGIC, OLE_MAGIC)) else ""


_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}


def _sniff_container(path: Path, head: bytes, suffix: str) -> str:
    if head.startswith(ZIP_MAGIC):
        return _sniff_zip(path, head, suffix)
    if head.startswith(OLE_MAGIC):
        return _sniff_ole(path, head, suffix)
    return ""


def _sniff_zip(path: Path, head: bytes, suffix: str) -> str:
    """By what its first entry states, else by the names of its own parts, not those of a document inside it."""
    if stated := _read_statement(head):
        return stated
    names = _list_zip_names(path) or head
    if b"[Content_Types].xml" in names:
        found = (media_type for part, media_type in _ZIP_PARTS if any(name.startswith(part) for name in _split(names)))
        return next(found, _OFFICE_NAMES.get(suffix, ZIP))
    if b"META-INF/container.xml" in names:
        return EPUB
    return _OPEN_NAMES.get(suffix, ZIP) if b"META-INF/manifest.xml" in names else ZIP


def _read_statement(head: bytes) -> str:
    """The media type in the entry ``mimetype``, which stands first, uncompressed. A template counts as a document."""
    names_length, extra_length = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    if head[30 : 30 + names_length] != b"mimetype":
        return ""
    content = head[30 + names_length + extra_length :][:100]
    return next((media_type for start, media_type in _STATED if content.startswith(start)), "")


def _list_zip_names(path: Path) -> bytes:
    """The directory at the end, as it stands: it may be forged, so it is searched for names and not taken apart. Empty
    for a file cut short."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(-min(_HEAD, size), os.SEEK_END)
        tail = file.read()
        end = tail.rfind(_DIRECTORY_END)
        if end < 0:
            return b""
        length = int.from_bytes(tail[end + 12 : end + 16], "little")
        file.seek(max(0, size - len(tail) + end - length))
        return file.read(min(length, _LARGEST_DIRECTORY))


def _split(directory: bytes) -> list[bytes]:
    """The names in a directory (46 bytes after the start of each entry), or in a piece of a file (30 bytes)."""
    entries = directory.split(_DIRECTORY_ENTRY)[1:]
    return [entry[42:] for entry in entries] or [part[26:] for part in directory.split(ZIP_MAGIC)[1:]]


def _sniff_ole(path: Path, head: bytes, suffix: str) -> str:
    streams = _list_ole_streams(path, head)
    if "EncryptedPackage" in streams:
        return _OFFICE_NAMES.get(suffix, OLE)  # a protected DOCX, PPTX or XLSX: its kind is inside the cipher
    if any(stream.startswith(_MSG_STREAMS) for stream in streams):
        return MSG
    found = (media_type for stream, media_type in _OLE_STREAMS.items() if stream in streams)
    return next(found, OLE if streams else _OLE_NAMES.get(suffix, OLE))  # without a directory it is cut short


def is_protected_office(path: Path) -> bool:
    """Whether an OLE container is the wrapper of a password-protected Office file."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.startswith(OLE_MAGIC) and "EncryptedPackage" in _list_ole_streams(path, head)


def _list_ole_streams(path: Path, head: bytes) -> set[str]:
    """The names at the top of a compound file ([MS-CFB] 2.6: entries of 128 bytes, siblings at 68 and 72, the root's
    first child at 76), not those of documents inside it; all that were read where the tree leads out of them."""
    directory = _read_ole_directory(path, head)
    entries = [directory[start : start + 128] for start in range(0, len(directory) - 127, 128)]
    found: set[int] = set()
    waiting = [int.from_bytes(entries[0][76:80], "little")] if entries else []
    while waiting:
        place = waiting.pop()
        if len(entries) <= place < _NO_ENTRY:
            found.clear()
            break
        if 0 < place < len(entries) and place not in found:
            found.add(place)
            waiting += (int.from_bytes(entries[place][at : at + 4], "little") for at in (68, 72))
    return {_read_ole_name(entries[place]) for place in found or range(len(entries))}


def _read_ole_name(entry: bytes) -> str:
    return entry[:64].decode("utf-16-le", "replace").partition("\0")[0]


def _read_ole_directory(path: Path, head: bytes) -> bytes:
    """The first directory sectors of a compound file ([MS-CFB] 2.2: sector size at 30, first sector of it at 48)."""
    shift = int.from_bytes(head[30:32], "little")
    if shift not in {9, 12}:
        return b""
    with path.open("rb") as file:
        file.seek((int.from_bytes(head[48:52], "little") + 1) << shift)
        return file.read(8192)


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

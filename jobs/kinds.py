"""What people call a format, and which one the ending of a name promises."""

from __future__ import annotations

from pathlib import PurePosixPath

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

# The endings of a format, the one that gives it its name first.
ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp", ".dib"),
    "image/tiff": (".tiff", ".tif"),
    _OFFICE + "wordprocessingml.document": (".docx", ".docm", ".dotx"),
    _OFFICE + "presentationml.presentation": (".pptx", ".pptm", ".ppsx"),
    _OFFICE + "spreadsheetml.sheet": (".xlsx", ".xlsm"),
    "application/msword": (".doc", ".dot"),
    "application/vnd.ms-powerpoint": (".ppt",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.ms-outlook": (".msg",),
    _OPEN + "text": (".odt",),
    _OPEN + "presentation": (".odp",),
    _OPEN + "spreadsheet": (".ods",),
    "application/rtf": (".rtf",),
    "application/epub+zip": (".epub",),
    "text/html": (".html", ".htm", ".xhtml"),
    "message/rfc822": (".eml",),
    "text/markdown": (".md", ".markdown"),
    "image/svg+xml": (".svg",),
    "application/xml": (".xml",),
    "application/zip": (".zip",),
    "application/gzip": (".gz",),
    "application/vnd.rar": (".rar",),
    "application/x-7z-compressed": (".7z",),
}
PROMISES = {ending: media_type for media_type, endings in ENDINGS.items() for ending in endings}
PLAIN = "text/plain"
ENDING_MAX = 5


def name_kind(media_type: str) -> str:
    """The format as people write it, "TIFF"; empty for one that has no name."""
    if media_type == PLAIN:
        return "TXT"
    return ENDINGS[media_type][0][1:].upper() if media_type in ENDINGS else ""


def claim_kind(name: str) -> str:
    """What the ending of ``name`` says it is, "MSG", known or not; empty without a short ending."""
    ending = PurePosixPath(name).suffix[1:]
    return ending.upper() if ending.isalnum() and len(ending) <= ENDING_MAX else ""


def find_false_ending(name: str, media_type: str) -> str:
    """The ending of ``name``, lower case with its dot, where it promises another format than the bytes hold. Empty
    where it tells the truth, says nothing, or where nobody can tell what the bytes are."""
    ending = PurePosixPath(name).suffix.lower()
    promised = PROMISES.get(ending)
    if promised in {None, media_type} or not name_kind(media_type):
        return ""
    return ending

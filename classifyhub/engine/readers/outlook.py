"""MSG, a mail kept by Outlook ([MS-OXMSG]): written like any other mail, then the pages of what is attached."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from classifyhub.engine.decoding import decode_text
from classifyhub.engine.limits import MAX_TEXT_BYTES
from classifyhub.engine.model import ReadError
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.attached import Attachment, add_attached, count_attached
from classifyhub.engine.readers.compound import CompoundFile
from classifyhub.engine.readers.flow import Writer, has_letters, single_page
from classifyhub.engine.readers.html import decode_markup, write_html
from classifyhub.engine.readers.rtf import write_rtf

_PROPERTIES = "__properties_version1.0"
_HEADER = 32  # bytes before the first of the fixed properties
_ATTACHED = "__attach_version1.0_#"
# Properties by number ([MS-OXPROPS]) and the type of bytes.
_SUBJECT, _SENDER, _ADDRESS, _MAIL_ADDRESS, _TO, _CC = "0037", "0C1A", "0C1F", "5D01", "0E04", "0E03"
_BODY, _MARKUP, _RICH, _LONG_NAME, _NAME, _DISPLAY, _DATA = "1000", "1013", "1009", "3707", "3704", "3001", "3701"
_BYTES = "0102"
_SENT, _CODE_PAGE = 0x00390040, 0x3FFD0003
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# What the compression of rich text takes for known ([MS-OXRTFCP] 2.1.2.1).
_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def inspect(path: Path) -> tuple[int | None, bool | None]:
    message = _Message(path)
    return 1 + count_attached(message.attachments()), has_letters(message.write().text)


def read(path: Path, scope: Scope) -> Parts:
    message = _Message(path)
    names = message.names
    facts = (("format", "mail"), *((("attachments", ", ".join(names)),) if names else ()))
    own = single_page(message.write(), scope, facts=facts)
    return add_attached(own, message.attachments(), scope) if scope.with_attachments else own


class _Message:
    def __init__(self, path: Path) -> None:
        self._file = CompoundFile(path)
        if _PROPERTIES not in self._file:
            raise ReadError("unreadable", "The file holds no message.")
        self._fixed = _read_fixed(self._file.read(_PROPERTIES)[_HEADER:])
        self._folders = sorted(
            {name.partition("/")[0] for name in self._file.names if name.startswith(_ATTACHED) and "/" in name}
        )

    @property
    def names(self) -> list[str]:
        """What attachments are called."""
        return [name for folder in self._folders if (name := self._name(folder))]

    def write(self) -> Writer:
        """Headers, the names of attachments, the body."""
        writer = Writer()
        for name, value in self._headers():
            if value:
                writer.line(f"{name}: {value}", heading=name == "Subject")
        if self.names:
            writer.line(f"Attachments: {', '.join(self.names)}")
        for line in self._body().splitlines():
            writer.line(line)
        return writer

    def attachments(self) -> Iterator[Attachment]:
        """Attached files; attached messages are only named."""
        for folder in self._folders:
            if data := self._bytes(_DATA, folder):
                yield Attachment(self._name(folder), data)

    def _headers(self) -> Iterator[tuple[str, str]]:
        address = self._text(_MAIL_ADDRESS) or self._text(_ADDRESS)
        sender = self._text(_SENDER)
        yield "From", f"{sender} <{address}>" if "@" in address and address != sender else sender or address
        yield "To", self._text(_TO)
        yield "Cc", self._text(_CC)
        yield "Date", _tell_time(self._fixed.get(_SENT, 0))
        yield "Subject", self._text(_SUBJECT)

    def _body(self) -> str:
        """Plain text where the mail has it, else its HTML or its rich text as text."""
        plain = self._text(_BODY)
        if plain.strip():
            return plain
        if markup := self._bytes(_MARKUP)[:MAX_TEXT_BYTES]:
            return write_html(decode_markup(markup)).text
        return write_html(self._text(_MARKUP)).text or write_rtf(_decompress(self._bytes(_RICH))).text

    def _name(self, folder: str) -> str:
        return self._text(_LONG_NAME, folder) or self._text(_NAME, folder) or self._text(_DISPLAY, folder)

    def _text(self, number: str, folder: str = "") -> str:
        """A property of text, in Unicode or in the message's own encoding."""
        wide = self._file.read(_locate(number, "001F", folder))
        if wide:
            return wide[:MAX_TEXT_BYTES].decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._file.read(_locate(number, "001E", folder))[:MAX_TEXT_BYTES]
        try:
            return narrow.decode(f"cp{self._fixed[_CODE_PAGE] & 0xFFFF}").rstrip("\0")
        except (KeyError, LookupError, ValueError):
            return decode_text(narrow).rstrip("\0\ufffd")

    def _bytes(self, number: str, folder: str = "") -> bytes:
        return self._file.read(_locate(number, _BYTES, folder))


def _locate(number: str, kind: str, folder: str) -> str:
    return f"{folder}/__substg1.0_{number}{kind}".lstrip("/")


def _read_fixed(data: bytes) -> dict[int, int]:
    """Properties of fixed length: type and number, flags, value, sixteen bytes together (2.4.2)."""
    return {tag: value for tag, _, value in struct.iter_unpack("<IIQ", data[: len(data) // 16 * 16])}


def _tell_time(ticks: int) -> str:
    """A time counted in tenths of microseconds; empty for none, or for one that no calendar has."""
    try:
        return f"{_EPOCH + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M}" if ticks else ""
    except OverflowError:
        return ""


def _decompress(data: bytes) -> bytes:
    """Rich text as written ([MS-OXRTFCP] 3.1.3): runs of eight items, each a byte or a place in what came before."""
    if len(data) < 16 or data[8:12] != b"LZFu":
        return data[16:] if data[8:12] == b"MELA" else b""
    most = min(struct.unpack_from("<I", data, 4)[0], MAX_TEXT_BYTES) + len(_KNOWN)
    out = bytearray(_KNOWN)
    at = 16
    while at < len(data) and len(out) < most:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            pair = int.from_bytes(data[at : at + 2], "big")
            at += 2
            if pair >> 4 == len(out) % 4096:
                return bytes(out[len(_KNOWN) :])
            _repeat(out, pair >> 4, (pair & 0xF) + 2)
    return bytes(out[len(_KNOWN) : most])


def _repeat(out: bytearray, place: int, length: int) -> None:
    """Append ``length`` bytes from ``place`` in the last 4,096; they may run into what is being written."""
    start = len(out) - (len(out) - place) % 4096
    for offset in range(length):
        out.append(out[start + offset] if 0 <= start + offset < len(out) else 0x20)

"""Mail (.eml): the headers people see, the body as text, the names of attachments."""

from __future__ import annotations

import email
import email.errors
import email.header
import email.message
from collections.abc import Iterator
from pathlib import Path

from classifyhub.engine.decoding import decode_text
from classifyhub.engine.limits import MAX_TEXT_BYTES
from classifyhub.engine.pageranges import Scope
from classifyhub.engine.readers import Parts
from classifyhub.engine.readers.flow import Writer, single_page
from classifyhub.engine.readers.html import write_html

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 200
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Message = email.message.Message


def inspect(path: Path) -> tuple[int | None, bool | None]:
    text = _write(_load(path)).text
    return 1, any(character.isalnum() for character in text)


def read(path: Path, scope: Scope) -> Parts:
    message = _load(path)
    names = ", ".join(_attachment_names(message))
    facts = (("attachments", names),) if names else ()
    return single_page(_write(message), scope, facts=(("format", "mail"), *facts))


def _load(path: Path) -> Message:
    with path.open("rb") as file:
        data = file.read(MAX_TEXT_BYTES)
    if data.startswith(_UTF16_MARKS) or b"\0" in data[:64]:
        data = decode_text(data).encode()  # mail is bytes of ASCII; somebody saved this one as UTF-16
    return email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf\r\n\t "))


def _write(message: Message) -> Writer:
    writer = Writer()
    for name in _HEADERS:
        if value := _decode_header(message.get(name)):
            writer.line(f"{name}: {value}", heading=name == "Subject")
    if names := ", ".join(_attachment_names(message)):
        writer.line(f"Attachments: {names}")
    for line in _body(message).splitlines():
        writer.line(line)
    return writer


def _decode_header(value: object) -> str:
    """Encoded words decoded; a header in a charset nobody knows, or cut short, is shown as it stands."""
    if value is None:
        return ""
    text = str(value)
    try:
        pieces = email.header.decode_header(text)
    except (email.errors.HeaderParseError, ValueError):
        return text
    return "".join(piece if isinstance(piece, str) else _decode(piece, charset) for piece, charset in pieces)


def _decode(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, ValueError):
        return decode_text(data)


def _body(message: Message) -> str:
    """Plain text where the mail has it, else its HTML as text."""
    plain, markup = [], []
    for part in _leaves(message):
        if part.get_filename():
            continue
        if part.get_content_type() == "text/plain":
            plain.append(_payload(part))
        elif part.get_content_type() == "text/html":
            markup.append(write_html(_payload(part)).text)
    return "\n".join(plain if any(text.strip() for text in plain) else markup)


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that are not containers, depth first, without recursion: nesting is the sender's to choose."""
    waiting = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list):
            waiting.extend(child for child in reversed(children) if isinstance(child, email.message.Message))
        else:
            yield part


def _payload(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    return _decode(payload, part.get_content_charset())


def _attachment_names(message: Message) -> list[str]:
    return [name for part in _leaves(message) if (name := _decode_header(part.get_filename()))]

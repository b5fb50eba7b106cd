"""Mail (.eml): a page of the headers people see, the names of attachments and the body, then the attachments' pages."""

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
from classifyhub.engine.readers.attached import Attachment, add_attached, count_attached
from classifyhub.engine.readers.flow import Writer, has_letters, single_page
from classifyhub.engine.readers.html import write_html
from classifyhub.engine.sniffing import MAIL

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_SEALS = ("application/pgp-", "application/pkcs7-", "application/x-pkcs7-")
_MOST_PARTS = 200
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Message = email.message.Message


def inspect(path: Path) -> tuple[int | None, bool | None]:
    message = _load(path)
    return 1 + count_attached(_attachments(message)), has_letters(_write(message).text)


def read(path: Path, scope: Scope) -> Parts:
    message = _load(path)
    names = ", ".join(_attachment_names(message))
    facts = (("attachments", names),) if names else ()
    own = single_page(_write(message), scope, facts=(("format", "mail"), *facts))
    return add_attached(own, _attachments(message), scope) if scope.with_attachments else own


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
    """Parts that are not containers, depth first, without recursion: nesting is the sender's to choose. A mail inside a
    mail is a part like any attached file."""
    waiting = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list) and (part is message or part.get_content_type() != MAIL):
            waiting.extend(child for child in reversed(children) if isinstance(child, email.message.Message))
        else:
            yield part


def _payload(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    return _decode(payload, part.get_content_charset())


def _attachment_names(message: Message) -> list[str]:
    return [name for part in _leaves(message) if (name := _name_part(part))]


def _name_part(part: Message) -> str:
    """The name of an attached file, or the subject of an attached mail."""
    name = _decode_header(part.get_filename())
    if name or part.get_content_type() != MAIL:
        return name
    return _decode_header(_inner(part).get("Subject"))


def _attachments(message: Message) -> Iterator[Attachment]:
    """What is attached, as bytes. Electronic signatures are no documents."""
    for part in _leaves(message):
        if (name := _name_part(part)) and not part.get_content_type().startswith(_SEALS):
            yield Attachment(name, _bytes_of(part))


def _bytes_of(part: Message) -> bytes:
    if part.get_content_type() != MAIL:
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    try:
        return _inner(part).as_bytes()
    except (ValueError, LookupError, TypeError, RecursionError):  # it cannot be written as it was read
        return b""


def _inner(part: Message) -> Message:
    payload = part.get_payload()
    first = payload[0] if isinstance(payload, list) and payload else None
    return first if isinstance(first, email.message.Message) else part

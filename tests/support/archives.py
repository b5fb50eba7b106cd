"""ZIP files as honest and less honest programs write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENCRYPTED = 0x1


@dataclass(frozen=True)
class AnEntry:
    """What ``a_zip`` writes. ``raw_name`` takes the place of the name, as these very bytes."""

    name: str
    content: bytes
    raw_name: bytes = b""
    mode: int = 0
    is_encrypted: bool = False


def an_entry(name: str, content: bytes = b"Dear Sir", **fields) -> AnEntry:
    return AnEntry(name, content, **fields)


def a_zip(entries: Mapping[str, bytes] | Sequence[AnEntry], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The bytes of an archive."""
    wanted = [AnEntry(*item) for item in entries.items()] if isinstance(entries, Mapping) else list(entries)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for number, entry in enumerate(wanted):
            archive.writestr(_info(entry, number, method), b"" if entry.name.endswith("/") else entry.content)
    content = packed.getvalue()
    for number, entry in enumerate(wanted):
        if entry.raw_name:
            content = content.replace(_stand_in(entry, number), entry.raw_name)
        if entry.is_encrypted:
            content = _set_flags(content, entry.name.encode())
    return content


def _info(entry: AnEntry, number: int, method: int) -> zipfile.ZipInfo:
    # Two entries of one name are written under other names first: zipfile warns of them, as it should.
    info = zipfile.ZipInfo(_stand_in(entry, number).decode() if entry.raw_name else entry.name)
    info.compress_type, info.create_system = method, 3
    info.external_attr = (entry.mode or 0o100644) << 16
    return info


def _stand_in(entry: AnEntry, number: int) -> bytes:
    return f"{number:05}".encode().ljust(len(entry.raw_name), b"_")[-max(len(entry.raw_name), 5) :]


def _set_flags(content: bytes, name: bytes) -> bytes:
    """Say of an entry that it is encrypted, in its own header and in the directory."""
    changed = bytearray(content)
    for magic, flags, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        place = content.find(magic)
        while place >= 0:
            if content[place + name_at :].startswith(name):
                changed[place + flags] |= ENCRYPTED
            place = content.find(magic, place + 1)
    return bytes(changed)

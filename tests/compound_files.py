"""Compound files and what old Office programs put into them, made record by record ([MS-CFB], [MS-DOC], [MS-PPT],
[MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise

SECTOR = 512
FREE, LAST, TABLE, LIST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
IN_HEADER, PER_LIST = 109, 127
NO_MINI_STREAM = 0  # every stream is kept in whole sectors

Tree = Mapping[str, "bytes | Tree"]


class _Writer:
    def __init__(self) -> None:
        self.table: list[int] = []
        self.sectors = b""
        self.entries: list[bytes] = []

    def store(self, data: bytes) -> int:
        """Append ``data``; gives its first sector."""
        if not data:
            return LAST
        count = -(-len(data) // SECTOR)
        first = len(self.table)
        self.table += [*range(first + 1, first + count), LAST]
        self.sectors += data.ljust(count * SECTOR, b"\0")
        return first

    def enter(self, tree: Tree) -> int:
        """Write the entries of a storage, one the right neighbour of the other; gives the place of the first."""
        places = []
        for name, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
            place = len(self.entries)
            self.entries.append(b"")
            if isinstance(content, bytes):
                self.entries[place] = entry(name, 2, start=self.store(content), size=len(content))
            else:
                self.entries[place] = entry(name, 1, child=self.enter(content))
            places.append(place)
        for place, neighbour in pairwise(places):
            self.entries[place] = self.entries[place][:72] + struct.pack("<I", neighbour) + self.entries[place][76:]
        return places[0] if places else FREE


def entry(name: str, kind: int, *, child: int = FREE, start: int = LAST, size: int = 0) -> bytes:
    head = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
    return head + struct.pack("<III", FREE, FREE, child) + bytes(36) + struct.pack("<IQ", start, size)


def compound(tree: Tree) -> bytes:
    """A compound file of these streams and storages."""
    writer = _Writer()
    writer.entries.append(b"")
    child = writer.enter(tree)
    writer.entries[0] = entry("Root Entry", 5, child=child)
    directory = writer.store(b"".join(writer.entries))
    return assemble(writer, directory)


def assemble(writer: _Writer, directory: int) -> bytes:
    """Header, sectors, the table of sectors, and lists of where that stands when the header has no room for all."""
    used, count, lists = len(writer.table), 1, 0
    while (used + count + lists) * 4 > count * SECTOR:
        count += 1
        lists = -(-max(0, count - IN_HEADER) // PER_LIST)
    table = writer.table + [TABLE] * count + [LIST] * lists
    places = list(range(used, used + count))
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    first_list = used + count if lists else LAST
    header += struct.pack("<9I", 0, count, directory, 0, NO_MINI_STREAM, LAST, 0, first_list, lists)
    header += pack_numbers(places[:IN_HEADER], 436)
    tail = b""
    for number in range(lists):
        start = IN_HEADER + number * PER_LIST
        following = first_list + number + 1 if number + 1 < lists else LAST
        tail += pack_numbers(places[start : start + PER_LIST], SECTOR - 4) + struct.pack("<I", following)
    return header + writer.sectors + pack_numbers(table, count * SECTOR) + tail


def pack_numbers(numbers: Sequence[int], length: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers).ljust(length, b"\xff")


# DOC


def doc(*pieces: str, version: int = 0xC1, flags: int = 0, clx: bytes | None = None) -> bytes:
    """A document of these pieces of text; those of letters that Windows-1252 has take one byte a letter."""
    fib, body, places, positions = bytearray(1024), b"", b"", [0]
    for piece in pieces:
        place = len(fib) + len(body)
        try:
            data, place = piece.encode("cp1252"), place * 2 | 1 << 30
        except UnicodeEncodeError:
            data = piece.encode("utf-16-le")
        body += data
        places += struct.pack("<HIH", 0, place, 0)
        positions.append(positions[-1] + len(piece))
    table = struct.pack(f"<{len(positions)}I", *positions) + places
    listing = b"\x01\x02\x00zz\x02" + struct.pack("<I", len(table)) + table if clx is None else clx
    struct.pack_into("<HH6xH", fib, 0, 0xA5EC, version, 0x0200 | flags)
    struct.pack_into("<II", fib, 24, len(fib), len(fib) + len(body))
    struct.pack_into("<II", fib, 0x1A2, 0, len(listing))
    return compound({"WordDocument": bytes(fib) + body, "1Table": listing})


# PPT


def record(kind: int, *content: bytes, instance: int = 0, container: bool = False) -> bytes:
    data = b"".join(content)
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(data)) + data


def text_record(text: str) -> bytes:
    return record(4008, text.encode("latin-1")) if text.isascii() else record(4000, text.encode("utf-16-le"))


def ppt(*slides: Sequence[str], token: int = 0xE391C05F, loop: bool = False) -> bytes:
    """A show whose slides have a title, a body and a box beside them."""
    listing, drawings = [], []
    for number, (title, body, _) in enumerate(slides, start=2):
        listing += [record(1011, struct.pack("<5I", number, 0, 0, number, 0)), record(3999, struct.pack("<I", 0))]
        listing += [text_record(title), record(3999, struct.pack("<I", 1)), text_record(body)]
    atom = record(1001, struct.pack("<ii", 5760, 4320), bytes(32))
    notes = record(4080, record(1011, bytes(20)), text_record("said"), instance=2, container=True)
    data = record(1000, atom, record(4080, *listing, container=True), notes, container=True)
    for _, _, box in slides:
        drawings.append(len(data))
        data += record(1006, record(1036, text_record(box), container=True), container=True)
    places = record(6002, struct.pack(f"<{len(drawings) + 1}I", len(drawings) << 20 | 2, *drawings))
    edit = len(data) + len(places)
    data += places + record(4085, struct.pack("<7I", 0, 0, edit if loop else 0, edit - len(places), 1, 0, 0))
    return compound({"PowerPoint Document": data, "Current User": struct.pack("<8xIII", 20, token, edit)})


# MSG


def wide(**values: str) -> dict[str, bytes]:
    """Properties of text by number: ``p0037="Subject"``."""
    return {f"__substg1.0_{number[1:]}001F": text.encode("utf-16-le") for number, text in values.items()}


def fixed(*, sent: int = 0, code_page: int = 0) -> bytes:
    values = ((0x00390040, sent), (0x3FFD0003, code_page))
    return bytes(32) + b"".join(struct.pack("<IIQ", tag, 0, value) for tag, value in values if value)


def msg(properties: Tree, *attachments: Tree, **more: int) -> bytes:
    """A message with these properties and attachments."""
    folders = {f"__attach_version1.0_#{number:08X}": content for number, content in enumerate(attachments)}
    return compound({"__properties_version1.0": fixed(**more), **properties, **folders})


def pack_rich_text(text: bytes) -> bytes:
    """Rich text that starts with "{\\rtf1\\ansi", compressed: so much is known, the rest is spelled."""
    start = b"{\\rtf1\\ansi"
    items = [struct.pack(">H", len(start) - 2), *(bytes([byte]) for byte in text.removeprefix(start))]
    items.append(struct.pack(">H", (207 + len(text)) % 4096 << 4))
    out = b""
    for at in range(0, len(items), 8):
        run = items[at : at + 8]
        out += bytes([sum(1 << bit for bit, item in enumerate(run) if len(item) == 2)]) + b"".join(run)
    return struct.pack("<II4sI", len(out) + 12, len(text), b"LZFu", 0) + out

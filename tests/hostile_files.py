"""Files that want to break whoever opens them, made here byte by byte. Nothing third-party, everything repeatable."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

READ = "read"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MEGABYTE = 2**20

Maker = Callable[[], bytes]


@dataclass(frozen=True)
class HostileFile:
    """A file by name, how its bytes are made, and what may become of it: ``read`` or codes of ``ReadError``."""

    name: str
    make: Maker
    outcomes: frozenset[str]


_FILES: list[HostileFile] = []


def hostile(name: str, *outcomes: str) -> Callable[[Maker], Maker]:
    """Put the file that the decorated function makes on the list."""

    def add(make: Maker) -> Maker:
        _FILES.append(HostileFile(name, make, frozenset(outcomes)))
        return make

    return add


def all_hostile_files() -> tuple[HostileFile, ...]:
    from tests import hostile_office  # noqa: F401, PLC0415 - puts its own on the list

    return tuple(_FILES)


def write_hostile_files(folder: Path) -> list[Path]:
    """All of them, in ``folder``."""
    files = all_hostile_files()
    for file in files:
        (folder / file.name).write_bytes(file.make())
    return [folder / file.name for file in files]


# PDF


def plain_pdf(pages: int = 1, *, encrypt: StandardEncryption | None = None) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=encrypt, invariant=True)
    for number in range(1, pages + 1):
        canvas.drawString(72, 700, f"A harmless page, number {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def assemble_pdf(objects: Iterable[bytes]) -> bytes:
    """A PDF of the objects given, number 1 being the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(offsets) + 1, start))


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def compress_zeros(megabytes: int) -> bytes:
    """A zlib stream that inflates to ``megabytes`` of zeros: one block, said again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b"\0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (megabytes * MEGABYTE % 65521 << 16) | 1  # Adler-32 of zeros
    return b"\x78\x9c" + block * megabytes + b"\x03\x00" + struct.pack(">I", checksum)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>"


@hostile("empty.pdf", "empty")
def make_empty() -> bytes:
    return b""


@hostile("header_only.pdf", "unreadable")
def make_header_only() -> bytes:
    return b"%PDF-1.7\nand then nothing of the kind\n"


@hostile("password_rc4.pdf", "encrypted")
def make_password_rc4() -> bytes:
    return plain_pdf(encrypt=StandardEncryption("secret", strength=40))


@hostile("password_rc4_128.pdf", "encrypted")
def make_password_rc4_128() -> bytes:
    return plain_pdf(encrypt=StandardEncryption("secret", strength=128))


@hostile("owner_password.pdf", READ)
def make_owner_password() -> bytes:
    return plain_pdf(encrypt=StandardEncryption("", ownerPassword="owner", strength=128, canCopy=0))


@hostile("unknown_cipher.pdf", "encrypted")
def make_unknown_cipher() -> bytes:
    body = assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, b"<</Filter/Homemade/V 9>>"])
    return body.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]")


@hostile("truncated.pdf", READ, "unreadable")
def make_truncated_pdf() -> bytes:
    whole = plain_pdf(3)
    return whole[: len(whole) // 2]


@hostile("fuzzed.pdf", READ, "unreadable", "encrypted")
def make_fuzzed_pdf() -> bytes:
    dice, data = random.Random(4711), bytearray(plain_pdf(3))
    for _ in range(len(data) // 40):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


@hostile("junk_before_header.pdf", READ)
def make_junk_before_header() -> bytes:
    return b"junk from a mail gateway\r\n\r\n" + plain_pdf()


@hostile("really_a_picture.pdf", READ)
def make_really_a_picture() -> bytes:
    return picture("PNG")


@hostile("really_a_pdf.png", READ)
def make_really_a_pdf() -> bytes:
    return plain_pdf()


@hostile("ciphertext.pdf", "no_local_reader")
def make_ciphertext() -> bytes:
    return random.Random(1).randbytes(4096)


@hostile("page_tree_loop.pdf", READ, "unreadable")
def make_page_tree_loop() -> bytes:
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>", PAGE])


@hostile("page_count_lie.pdf", READ, "unreadable", "too_large")
def make_page_count_lie() -> bytes:
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", PAGE])


@hostile("no_pages.pdf", READ, "unreadable")
def make_no_pages() -> bytes:
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"])


@hostile("endless_page.pdf", READ, "unreadable")
def make_endless_page() -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 2147483647]>>"
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page])


@hostile("form_draws_itself.pdf", READ, "out_of_memory", "timed_out")
def make_form_draws_itself() -> bytes:
    resources = b"/Resources<</XObject<</F 5 0 R>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R%s>>" % resources
    form = stream(b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]" + resources)
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream(b"/F Do"), form])


@hostile("flate_bomb.pdf", READ, "out_of_memory", "timed_out")
def make_flate_bomb() -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>"
    bomb = stream(compress_zeros(1200), b"/Filter/FlateDecode")
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, bomb])


@hostile("huge_picture.pdf", READ, "out_of_memory", "timed_out")
def make_huge_picture() -> bytes:
    entries = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 8"
    image = stream(compress_zeros(64), entries + b"/Filter/FlateDecode")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
    draw = stream(b"300 0 0 300 0 0 cm /I Do")
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, draw, image])


@hostile("ten_thousand_pages.pdf", READ)
def make_ten_thousand_pages() -> bytes:
    count = 10_000
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + count))
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *[PAGE] * count])


@hostile("deep_page_tree.pdf", READ, "unreadable")
def make_deep_page_tree() -> bytes:
    depth = 5000
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % number for number in range(3, 3 + depth)]
    return assemble_pdf([CATALOG, *nodes, PAGE])


@hostile("deep_brackets.pdf", READ, "unreadable")
def make_deep_brackets() -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Deep %s%s>>" % (
        b"[" * 50_000,
        b"]" * 50_000,
    )
    return assemble_pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream(b"[" * 100_000)])


# Pictures


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header promises ``width`` × ``height`` pixels and whose data hold next to none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@hostile("thirty_thousand_pixels.png", "too_large")
def make_thirty_thousand_pixels() -> bytes:
    return png_that_claims(30_000, 30_000)


@hostile("very_wide.png", READ)
def make_very_wide() -> bytes:
    return picture("PNG", (30_000, 20))


@hostile("pixels_missing.png", "unreadable")
def make_pixels_missing() -> bytes:
    return png_that_claims(4000, 4000)


@hostile("truncated.jpg", "unreadable")
def make_truncated_jpg() -> bytes:
    return picture("JPEG", (800, 600))[:600]


@hostile("newline.png", "empty")
def make_newline() -> bytes:
    return b"\n"


@hostile("frames_in_a_circle.tif", READ, "unreadable")
def make_frames_in_a_circle() -> bytes:
    """One directory whose "next" is itself."""
    entries = (
        (256, 4, 1, 1),
        (257, 4, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 1),
    )
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 12) + b"\xff\0\0\0" + directory + struct.pack("<I", 12)


@hostile("cut_short.gif", "unreadable")
def make_cut_short_gif() -> bytes:
    return picture("GIF", (200, 200))[:40]


@hostile("cut_short.webp", "unreadable")
def make_cut_short_webp() -> bytes:
    return picture("WEBP", (300, 300))[:60]


# DOCX


def docx(document: bytes, **parts: bytes) -> bytes:
    out = io.BytesIO()
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{DOCX_TYPE}"/></Types>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", document)
        for name, data in parts.items():
            archive.writestr(f"word/{name}.xml", data)
    return out.getvalue()


def paragraphs(*texts: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    return f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'.encode()


@hostile("zip_bomb.docx", "too_large")
def make_zip_bomb() -> bytes:
    start, end = paragraphs("bomb").split(b"bomb")
    return docx(start + b"A" * (70 * MEGABYTE) + end)


@hostile("entity_bomb.docx", "unreadable")
def make_entity_bomb() -> bytes:
    entities = ["<!ENTITY a0 'ha'>", *(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))]
    return docx(f"<!DOCTYPE d [{''.join(entities)}]>".encode() + paragraphs("&a11;"))


@hostile("nested_too_deep.docx", "too_large")
def make_nested_too_deep() -> bytes:
    depth = 100_000
    inner = b"<w:tbl>" * depth + b"</w:tbl>" * depth
    return docx(paragraphs("X").replace(b"X", inner))


@hostile("truncated.docx", "unreadable")
def make_truncated_docx() -> bytes:
    return docx(paragraphs("A letter cut in two"))[:300]


@hostile("broken_xml.docx", "unreadable")
def make_broken_xml() -> bytes:
    return docx(paragraphs("never closed")[:-20])


@hostile("no_document.docx", "unreadable")
def make_no_document() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/styles.xml", "<styles/>")
    return out.getvalue()


@hostile("just_a_zip.docx", "no_local_reader")
def make_just_a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../escape.txt", "nothing to see")
    return out.getvalue()


def compound_file(*streams: str, top: int = 0) -> bytes:
    """The header and directory of an OLE compound file that holds ``streams``, as far as a sniffer looks. Only stream
    number ``top`` stands at the top when it is given, the others belong to a document inside."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    children = (top, *(0 for _ in streams))
    entries = b"".join(
        name.encode("utf-16-le").ljust(76, b"\0") + child.to_bytes(4, "little") + bytes(48)
        for name, child in zip(("Root Entry", *streams), children, strict=True)
    )
    return bytes(header) + entries.ljust(512, b"\0")


@hostile("password.docx", "encrypted")
def make_password_docx() -> bytes:
    return compound_file("EncryptionInfo", "EncryptedPackage")


@hostile("old_sheet.xls", "no_local_reader")
def make_old_sheet() -> bytes:
    return compound_file("Workbook")


# Text, web pages, mail


@hostile("white_space.txt", "empty")
def make_white_space() -> bytes:
    return b" \r\n\t" * 50_000


@hostile("zeros.txt", "empty")
def make_zeros() -> bytes:
    return b"\0" * 10_000


@hostile("zeros_between.txt", READ)
def make_zeros_between() -> bytes:
    return b"An invoice with a few zero bytes" + b"\0\0 and more ordinary words after them" * 3 + b" to the end." * 20


@hostile("lone_surrogates.txt", READ)
def make_lone_surrogates() -> bytes:
    return "half a pair \ud800 and the other \udfff half".encode("utf-8", "surrogatepass")


@hostile("one_long_line.txt", READ)
def make_one_long_line() -> bytes:
    return b"word " * (10 * MEGABYTE)


@hostile("many_pages.txt", READ)
def make_many_pages() -> bytes:
    return b"page\f" * 50_000


@hostile("too_many_pages.txt", "too_large")
def make_too_many_pages() -> bytes:
    return b"a\f" * 200_000


@hostile("deep.html", READ)
def make_deep_html() -> bytes:
    return b"<div>" * 200_000 + b"at the bottom" + b"</div>" * 10


@hostile("never_closed.html", READ)
def make_never_closed() -> bytes:
    return b"<html><body><p>Seen</p><script>while(1){}" + b"<" * 100_000


@hostile("utf16.eml", READ)
def make_utf16_mail() -> bytes:
    return "From: a@example.com\r\nTo: b@example.com\r\nSubject: Café\r\n\r\nBody\r\n".encode("utf-16")


@hostile("unknown_charset.eml", READ)
def make_unknown_charset() -> bytes:
    head = "From: a@example.com\nTo: b@example.com\nSubject: =?no-such-set?B?4pyT?= =?utf-8?B?broken\n"
    return f'{head}Content-Type: text/plain; charset="x-made-up"\n\nBody with '.encode() + b"\xe9\xff\x00"


@hostile("boxes_in_boxes.eml", READ)
def make_boxes_in_boxes() -> bytes:
    head = "From: a@example.com\nTo: b@example.com\nSubject: boxes\n"
    parts = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(400))
    return (head + "".join(parts) + "Content-Type: text/plain\n\nat the bottom\n").encode()


@hostile("no_body.eml", READ)
def make_no_body() -> bytes:
    return b"From: a@example.com\nTo: b@example.com\nSubject: nothing else\n"


@hostile("rich.rtf", READ)
def make_rich_text() -> bytes:
    return rb"{\rtf1\ansi hello}"

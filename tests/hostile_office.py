"""Office files, books and mails that want to break whoever opens them; on the list of ``hostile_files``."""

from __future__ import annotations

import struct
from email.message import EmailMessage

from tests.compound_files import compound, doc, msg, pack_rich_text, ppt, record, wide
from tests.hostile_files import MEGABYTE, READ, compound_file, hostile, make_password_rc4, make_zip_bomb
from tests.office_files import epub, opendocument, pptx, rows, shape, shared, slide, xlsx, zipped

ENTITIES = "<!DOCTYPE d [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{number} '{f'&a{number - 1};' * 10}'>" for number in range(1, 12)
)
BOMB = f"{ENTITIES}]>"
DEPTH = 100_000


def scramble(data: bytes) -> bytes:
    """The same zip, each part marked as encrypted."""
    out = bytearray(data)
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(magic)
        while at >= 0:
            out[at + flags] |= 1
            at = out.find(magic, at + 4)
    return bytes(out)


# Slides


@hostile("zip_bomb.pptx", "too_large")
def make_slide_bomb() -> bytes:
    return pptx(slide(shape("A" * (70 * MEGABYTE))))


@hostile("entity_bomb.pptx", "unreadable")
def make_slide_entities() -> bytes:
    return pptx(BOMB + slide(shape("&a11;")))


@hostile("nested_too_deep.pptx", "too_large")
def make_deep_slide() -> bytes:
    return pptx(slide("<p:grpSp>" * DEPTH + "</p:grpSp>" * DEPTH))


@hostile("truncated.pptx", "unreadable")
def make_truncated_slides() -> bytes:
    return pptx(slide(shape("Cut")))[:400]


@hostile("password.pptx", "encrypted")
def make_password_pptx() -> bytes:
    return compound_file("EncryptionInfo", "EncryptedPackage")


@hostile("scrambled_parts.pptx", "encrypted")
def make_scrambled_slides() -> bytes:
    return scramble(pptx(slide(shape("Secret"))))


@hostile("one_slide_again_and_again.pptx", READ)
def make_slide_loop() -> bytes:
    return pptx(slide(shape("Again")), order=[1] * 100_000)


@hostile("links_to_nothing.pptx", "unreadable")
def make_lost_slides() -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "ppt/slides/odd.txt": "text"})


@hostile("a_text_named.pptx", READ)
def make_text_named_pptx() -> bytes:
    return b"These are no slides but a few words, whatever the name says."


# Sheets


@hostile("zip_bomb.xlsx", "too_large")
def make_sheet_bomb() -> bytes:
    return xlsx({"s": rows(["A" * (70 * MEGABYTE)])})


@hostile("one_long_text_in_many_cells.xlsx", READ)
def make_shared_bomb() -> bytes:
    return xlsx({"s": rows([shared(0)] * 100_000)}, strings=[f"<t>{'word ' * 200_000}</t>"])


@hostile("a_million_cells.xlsx", READ)
def make_many_cells() -> bytes:
    row = f"<row>{'<c><v>1</v></c>' * 1_000}</row>"
    return xlsx({"s": rows().replace("<sheetData>", "<sheetData>" + row * 1_000)})


@hostile("never_closed.xlsx", "unreadable")
def make_broken_sheet() -> bytes:
    return xlsx({"s": rows(["x"])[:-30]})


@hostile("no_workbook.xlsx", "unreadable")
def make_no_workbook() -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\0" * 100})


@hostile("password.xlsx", "encrypted")
def make_password_xlsx() -> bytes:
    return compound_file("EncryptionInfo", "EncryptedPackage")


# OpenDocument


@hostile("entity_bomb.odt", "unreadable")
def make_open_entities() -> bytes:
    content = f"{BOMB}<d>&a11;</d>"
    return zipped({"content.xml": content}, first="application/vnd.oasis.opendocument.text")


@hostile("nested_too_deep.odt", "too_large")
def make_deep_text() -> bytes:
    return opendocument("text", "<text:section>" * DEPTH + "</text:section>" * DEPTH)


@hostile("password.odt", "encrypted")
def make_password_odt() -> bytes:
    return opendocument("text", "", manifest="<file-entry><encryption-data/></file-entry>")


@hostile("zip_bomb.odt", "too_large")
def make_open_bomb() -> bytes:
    return opendocument("text", f"<text:p>{'A' * (70 * MEGABYTE)}</text:p>")


@hostile("truncated.odp", "unreadable")
def make_truncated_odp() -> bytes:
    return opendocument("presentation", "<draw:page/>")[:300]


@hostile("hundred_thousand_empty_pages.odp", READ)
def make_empty_slides() -> bytes:
    return opendocument("presentation", "<draw:page/>" * 100_000)


@hostile("too_many_pages.odp", "too_large")
def make_too_many_slides() -> bytes:
    return opendocument("presentation", "<draw:page/>" * 100_001)


@hostile("endless_repetition.ods", READ)
def make_endless_sheet() -> bytes:
    cell = '<table:table-cell table:number-columns-repeated="2147483647"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="2147483647">{cell}</table:table-row>'
    return opendocument("spreadsheet", f"<table:table>{row}</table:table>")


@hostile("a_drawing.odt", "unreadable")
def make_drawing_named_text() -> bytes:
    content = "<d><body><drawing/></body></d>"
    return zipped({"content.xml": content}, first="application/vnd.oasis.opendocument.text")


# Books


@hostile("protected.epub", "encrypted")
def make_protected_book() -> bytes:
    hidden = '<encryption><CipherReference URI="OEBPS/text/chapter%201.xhtml"/></encryption>'
    return epub("<p>secret</p>", encryption=hidden)


@hostile("zip_bomb.epub", READ, "too_large")
def make_book_bomb() -> bytes:
    return epub(*(f"<p>{'A' * (20 * MEGABYTE)}</p>" for _ in range(5)))


@hostile("deep_chapter.epub", READ)
def make_deep_book() -> bytes:
    return epub("<div>" * 200_000 + "at the bottom")


@hostile("no_package.epub", "unreadable")
def make_no_package() -> bytes:
    root = '<container><rootfile full-path="../../../etc/passwd"/></container>'
    return zipped({"META-INF/container.xml": root}, first="application/epub+zip")


@hostile("one_chapter_again_and_again.epub", READ)
def make_book_loop() -> bytes:
    spine = '<itemref idref="c"/>' * 50_000
    item = '<item id="c" href="c.html" media-type="text/html"/>'
    parts = {
        "META-INF/container.xml": '<container><rootfile full-path="b.opf"/></container>',
        "b.opf": f"<package>{item}{spine}</package>",
        "c.html": "<p>Again</p>",
    }
    return zipped(parts, first="application/epub+zip")


# Rich text


@hostile("nested_too_deep.rtf", "too_large")
def make_deep_rich_text() -> bytes:
    return b"{\\rtf1 " + b"{" * 5_000_000


@hostile("more_closed_than_opened.rtf", READ)
def make_overclosed_rich_text() -> bytes:
    return b"{\\rtf1 words}" + b"}" * 1_000_000 + b" more"


@hostile("endless_binary.rtf", READ)
def make_endless_binary() -> bytes:
    return b"{\\rtf1 words{\\pict\\bin2147483647 x} more"


@hostile("numbers_beyond_all.rtf", READ)
def make_large_numbers() -> bytes:
    words = (b"\\u9999999999?", b"\\uc9999999999 ", b"\\f-9999999999 ", b"\\ansicpg9999999 ", b"\\'zz", b"\\'4", b"\\")
    return b"{\\rtf1 " + b"".join(words) + b" words}"


@hostile("cut_short.rtf", READ)
def make_cut_rich_text() -> bytes:
    return b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\pard The words before the cut\\par {\\pict " + b"ff" * 100_000


# Old formats


@hostile("old_word.doc", "unreadable")
def make_old_word() -> bytes:
    return compound_file("WordDocument")


@hostile("password.doc", "encrypted")
def make_password_doc() -> bytes:
    return doc("secret", flags=0x0100)


@hostile("cut_short.doc", "unreadable", READ)
def make_cut_doc() -> bytes:
    return doc("Words " * 1_000)[:2_000]


@hostile("sectors_in_a_circle.doc", "unreadable")
def make_circle() -> bytes:
    data = bytearray(doc("Words " * 500))
    data[-512:-508] = bytes(4)
    return bytes(data)


@hostile("one_text_in_many_pieces.doc", READ)
def make_many_pieces() -> bytes:
    count = 100_000
    positions = struct.pack(f"<{count + 1}I", *range(0, (count + 1) * 2_000, 2_000))
    table = positions + struct.pack("<HIH", 0, 2_048 | 1 << 30, 0) * count
    return doc("Words " * 1_000, clx=b"\x02" + struct.pack("<I", len(table)) + table)


@hostile("no_pieces.doc", "unreadable")
def make_no_pieces() -> bytes:
    return doc("Words", clx=b"\x07")


@hostile("fields_in_fields.doc", READ)
def make_deep_fields() -> bytes:
    return doc("Words " + "\x13" * 50_000 + "\x15" * 50_000)


@hostile("password.ppt", "encrypted")
def make_password_ppt() -> bytes:
    return ppt(("a", "b", "c"), token=0xF3D1C4DF)


@hostile("edits_in_a_circle.ppt", READ)
def make_edit_circle() -> bytes:
    return ppt(("a", "b", "c"), loop=True)


@hostile("containers_in_containers.ppt", "unreadable")
def make_deep_records() -> bytes:
    data = b"".join(struct.pack("<HHI", 0xF, 1000, 0xFFFFFFFF) for _ in range(100_000))
    return compound({"PowerPoint Document": data, "Current User": bytes(20)})


@hostile("lengths_beyond_the_end.ppt", "unreadable")
def make_long_record() -> bytes:
    data = record(1000, bytes(8), container=True) + struct.pack("<HHI", 0, 4000, 0xFFFFFFF0)
    return compound({"PowerPoint Document": data, "Current User": b"\xff" * 20})


@hostile("storages_in_a_circle.msg", READ, "unreadable")
def make_storage_circle() -> bytes:
    data = bytearray(msg(wide(p0037="Subject"), wide(p3707="a.txt")))
    at = data.find("__attach".encode("utf-16-le"))
    data[at + 76 : at + 80] = data[at + 68 : at + 72] = bytes(4)
    return bytes(data)


@hostile("dates_beyond_all.msg", READ)
def make_far_date() -> bytes:
    return msg(wide(p0037="Subject"), sent=2**64 - 1, code_page=2**32)


@hostile("rich_text_that_repeats_itself.msg", READ)
def make_repeating_rich_text() -> bytes:
    packed = pack_rich_text(b"{\\rtf1\\ansi x}")
    run = b"\xff" + struct.pack(">8H", *[0x000F] * 8)
    return msg({**wide(p0037="Subject"), "__substg1.0_10090102": packed[:16] + run * 500_000})


# Mails with something attached


def mail_with(*attachments: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Papers"
    message.set_content("See attached.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return bytes(message)


@hostile("bombs_attached.eml", READ)
def make_mail_with_bombs() -> bytes:
    return mail_with(("a.docx", make_zip_bomb()), ("b.pdf", make_password_rc4()), ("c.rtf", make_deep_rich_text()))


@hostile("a_thousand_attachments.eml", READ)
def make_mail_with_many() -> bytes:
    return mail_with(*((f"{number}.txt", b"words") for number in range(1_000)))


@hostile("attachment_cut_short.eml", READ)
def make_cut_mail() -> bytes:
    return mail_with(("a.docx", make_zip_bomb()))[:20_000]

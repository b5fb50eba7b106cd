"""Documents of old Office programs and mails kept by Outlook."""

from __future__ import annotations

import struct

import pytest

from classifyhub.engine import ReadError, inspect, read, sniff
from tests.compound_files import compound, doc, msg, pack_rich_text, ppt, wide
from tests.engine.documents import draw_text_pdf, save
from tests.hostile_files import picture

SLIDES = (("Quarterly report", "Sales rose\rCosts fell", "Box"), ("Ausblick für Łódź", "請求書", "청구서"))
MIDNIGHT = 132_801_984_000_000_000  # the start of 1 November 2021, UTC, in tenths of microseconds since 1601


def read_bytes(folder, name, data, **options):
    path, media_type = save(folder, name, data)
    return read(path, media_type=media_type, **options)


def code_of(folder, name, data):
    with pytest.raises(ReadError) as caught:
        read_bytes(folder, name, data)
    return caught.value.code


def test_word_documents_are_put_together_from_their_pieces(tmp_path):
    data = doc("Invoice number ", "4711\rŁódź, 請求書\r", "Amount\x07119 €\x07\x07\x0cEnd\x1f ing\r")
    (page,) = read_bytes(tmp_path, "a.doc", data).pages
    assert page.text == "Invoice number 4711\nŁódź, 請求書\nAmount\n119 €\nEnd ing"
    assert inspect(tmp_path / "a.doc", media_type="application/msword").has_text


def test_tables_that_the_header_has_no_room_for_are_found(tmp_path):
    whole = doc("Words at the start\r" + "x" * 20_000_000)
    assert len(whole) > 2 * 109 * 128 * 512
    assert read_bytes(tmp_path, "a.doc", whole).pages[0].text.startswith("Words at the start\nxxx")


def test_fields_show_their_result_and_not_their_instructions(tmp_path):
    text = "See \x13 HYPERLINK \x13 REF x \x14inner\x15 \x14the site\x15, page \x13 PAGE \x15.\r"
    assert read_bytes(tmp_path, "a.doc", doc(text)).pages[0].text == "See the site, page ."


def test_documents_of_word_6_are_read_as_they_were_last_saved(tmp_path):
    assert (
        read_bytes(tmp_path, "a.doc", doc("Old words\rÜber alles\r", version=0x65)).pages[0].text
        == "Old words\nÜber alles"
    )


def test_protected_documents_are_named(tmp_path):
    assert code_of(tmp_path, "a.doc", doc("x", flags=0x0100)) == "encrypted"
    assert code_of(tmp_path, "a.ppt", ppt(SLIDES[0], token=0xF3D1C4DF)) == "encrypted"


def test_old_slides_are_pages_with_their_titles_and_without_their_notes(tmp_path):
    reading = read_bytes(tmp_path, "a.ppt", ppt(*SLIDES))
    assert [page.text for page in reading.pages] == [
        "Quarterly report\nSales rose\nCosts fell\nBox",
        "Ausblick für Łódź\n請求書\n청구서",
    ]
    assert (reading.pages[0].width, reading.pages[0].height) == (720, 540)
    assert inspect(tmp_path / "a.ppt", media_type="application/vnd.ms-powerpoint").page_count == 2


def test_old_slides_whose_edits_run_in_a_circle_end(tmp_path):
    assert read_bytes(tmp_path, "a.ppt", ppt(*SLIDES, loop=True)).page_count == 2


HEAD = wide(p0C1A="Jörg", p0C1F="j@example.com", p0E04="Ann; Bob", p0037="Rechnung")


def test_outlook_mails_read_like_any_other_mail(tmp_path):
    bill = {**wide(p3707="bill.pdf"), "__substg1.0_37010102": draw_text_pdf("One", "Two")}
    logo = {**wide(p3707="l.png"), "__substg1.0_37010102": picture("PNG")}
    reading = read_bytes(tmp_path, "a.msg", msg({**HEAD, **wide(p1000="Dear all\r\nBye")}, bill, logo, sent=MIDNIGHT))
    head = "From: Jörg <j@example.com>\nTo: Ann; Bob\nDate: 2021-11-01 00:00\nSubject: Rechnung"
    assert reading.pages[0].text == f"{head}\nAttachments: bill.pdf, l.png\nDear all\nBye"
    assert [page.text.strip() for page in reading.pages[1:]] == ["One", "Two"]
    assert dict(reading.facts)["attached_pages"] == "2-3 bill.pdf"
    assert inspect(tmp_path / "a.msg", media_type="application/vnd.ms-outlook").page_count == 3


def test_outlook_mails_in_an_encoding_of_their_own_are_decoded(tmp_path):
    narrow = {"__substg1.0_0037001E": "Щит".encode("cp1251"), "__substg1.0_1000001E": "Щи".encode("cp1251")}
    assert read_bytes(tmp_path, "a.msg", msg(narrow, code_page=1251)).pages[0].text == "Subject: Щит\nЩи"


@pytest.mark.parametrize(
    "body",
    [
        {"__substg1.0_10130102": b"<p>Dear <b>all</b></p>"},
        {"__substg1.0_1013001F": "<p>Dear all</p>".encode("utf-16-le")},
        {"__substg1.0_10090102": struct.pack("<II4sI", 0, 18, b"MELA", 0) + b"{\\rtf1 Dear all}"},
    ],
)
def test_outlook_mails_without_plain_text_are_read_from_what_they_have(tmp_path, body):
    assert read_bytes(tmp_path, "a.msg", msg({**HEAD, **body})).pages[0].text.endswith("\nDear all")


def test_compressed_rich_text_is_unpacked(tmp_path):
    packed = pack_rich_text(b"{\\rtf1\\ansi\\pard Dear all, " + b"hello world " * 9 + b"}")
    data = msg({**HEAD, "__substg1.0_10090102": packed})
    assert read_bytes(tmp_path, "a.msg", data).pages[0].text.endswith("\nDear all," + " hello world" * 9)


def test_the_directory_of_a_mail_with_many_parts_still_tells_what_it_is(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(msg({**HEAD, **{f"__substg1.0_{number:04X}001F": b"x" for number in range(0x6000, 0x6080)}}))
    assert sniff(path) == "application/vnd.ms-outlook"


@pytest.mark.parametrize("name", ["a.doc", "a.ppt", "a.msg"])
def test_files_cut_short_anywhere_end_in_an_answer_or_a_named_error(tmp_path, name):
    whole = {"a.doc": doc("Words " * 500), "a.ppt": ppt(*SLIDES), "a.msg": msg({**HEAD, **wide(p1000="Body " * 500)})}[
        name
    ]
    path, media_type = save(tmp_path, name, whole)
    for length in range(1, len(whole), 97):
        path.write_bytes(whole[:length])
        assert inspect(path, media_type=media_type).problem in {"", "unreadable", "encrypted", "empty"}


def test_sectors_that_run_in_a_circle_are_noticed(tmp_path):
    data = bytearray(doc("Words " * 500))
    table = len(data) - 512
    data[table : table + 4] = (0).to_bytes(4, "little")
    assert code_of(tmp_path, "a.doc", bytes(data)) == "unreadable"


def test_a_container_without_the_stream_that_counts_is_no_document(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(compound({"Other": b"data"}))
    for media_type in ("application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook"):
        assert inspect(path, media_type=media_type).problem == "unreadable"

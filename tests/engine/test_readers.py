"""Text of the formats that have no page image, and what is known of pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from classifyhub.engine import ReadError, inspect, read
from classifyhub.engine.render import render
from tests.engine.documents import save
from tests.hostile_files import WORD, docx, paragraphs, picture, png_that_claims

STYLED = (
    f'<w:document xmlns:w="{WORD}"><w:body>'
    '<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>Lease</w:t></w:r></w:p>'
    "<w:p><w:r><w:t>Between the </w:t></w:r><w:r><w:t>parties</w:t></w:r></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Rent</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>900</w:t></w:r></w:p></w:tc>"
    "</w:tr></w:tbl></w:body></w:document>"
).encode()


def read_bytes(folder, name, data, **options):
    path, media_type = save(folder, name, data)
    return read(path, media_type=media_type, **options)


def text_of(folder, name, data):
    return read_bytes(folder, name, data).pages[0].text


def test_word_documents_give_header_body_tables_and_footer_in_that_order(tmp_path):
    data = docx(STYLED, header1=paragraphs("ACME Ltd"), footer1=paragraphs("Page 1"), styles=paragraphs("not text"))
    assert text_of(tmp_path, "a.docx", data) == "ACME Ltd\nLease\nBetween the parties\nRent\n900\nPage 1"


def test_word_headings_are_titles(tmp_path):
    filler = [f"Paragraph number {number} of the body" for number in range(5)]
    page = read_bytes(tmp_path, "a.docx", docx(STYLED, header1=paragraphs(*filler))).pages[0]
    assert "Lease" in [page.text[start:end] for start, end in page.title_spans]


def test_word_documents_that_declare_entities_are_refused_however_harmless(tmp_path):
    data = docx(b"<!DOCTYPE d [<!ENTITY a 'hello'>]>" + paragraphs("&a;"))
    with pytest.raises(ReadError, match="entities"):
        read_bytes(tmp_path, "a.docx", data)


def test_html_shows_what_people_see(tmp_path):
    data = b"""<html><head><title>Order 7</title><style>p{}</style></head><body><h1>Purchase&nbsp;order</h1>
      <p>For <b>ten</b> chairs</p><script>alert(1)</script><table><tr><td>Total</td><td>90</td></tr></table>"""
    page = read_bytes(tmp_path, "a.html", data).pages[0]
    assert page.text == "Order 7\nPurchase order\nFor ten chairs\nTotal\n90"
    assert [page.text[start:end] for start, end in page.title_spans][:2] == ["Order 7", "Purchase order"]


def test_html_is_decoded_as_it_declares(tmp_path):
    data = '<html><meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")
    assert text_of(tmp_path, "a.html", data) == "Łódź"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_plain_text_is_read_in_whatever_encoding_it_has(tmp_path, encoding):
    assert text_of(tmp_path, "a.txt", "Überweisung für März".encode(encoding)) == "Überweisung für März"


def test_a_form_feed_starts_a_new_page(tmp_path):
    reading = read_bytes(tmp_path, "a.txt", b"one\ftwo\fthree\f", max_pages=2)
    assert [(page.number, page.text) for page in reading.pages] == [(1, "one"), (2, "two")]
    assert (reading.page_count, reading.pages_not_read, reading.cut) == (3, (3,), "max_pages")


def test_what_databases_refuse_is_replaced_and_offsets_stay_true(tmp_path):
    page = read_bytes(tmp_path, "a.txt", b"bad\0byte and " + b"\xed\xa0\x80 half a pair, long enough to be text").pages[
        0
    ]
    assert "\0" not in page.text
    page.text.encode()
    assert page.text.startswith("bad�byte")


def test_a_long_page_is_cut_and_says_so(tmp_path):
    reading = read_bytes(tmp_path, "a.txt", b"word " * 50_000)
    assert len(reading.pages[0].text) == 200_000
    assert ("text_cut", "yes") in reading.facts


def test_mail_gives_its_headers_its_body_and_the_names_of_attachments(tmp_path):
    data = (
        b"From: =?utf-8?q?J=C3=B6rg?= <j@example.com>\nTo: b@example.com\nSubject: =?utf-8?b?UmVjaG51bmc=?=\n"
        b"Date: Fri, 3 May 2024 10:00:00 +0200\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain; charset=latin-1\n\n'
        b'Gr\xfc\xdfe\n--x\nContent-Type: application/pdf; name="bill.pdf"\n'
        b'Content-Disposition: attachment; filename="bill.pdf"\n\nJVBERi0=\n--x--\n'
    )
    reading = read_bytes(tmp_path, "a.eml", data)
    lines = reading.pages[0].text.splitlines()
    assert lines[0] == "From: Jörg <j@example.com>"
    assert lines[-3:] == ["Subject: Rechnung", "Attachments: bill.pdf", "Grüße"]
    assert ("attachments", "bill.pdf") in reading.facts


def test_mail_that_has_only_html_is_read_from_it(tmp_path):
    head = b"From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: text/html\n\n"
    data = head + b"<p>Dear <b>all</b></p><style>x</style>"
    assert text_of(tmp_path, "a.eml", data).endswith("\nDear all")


def test_mail_in_a_made_up_charset_survives(tmp_path):
    head = b"From: a@example.com\nTo: b@example.com\nSubject: =?x-none?b?4pyT?=\n"
    data = head + b"Content-Type: text/plain; charset=x-none\n\nBody \xe9"
    assert "Body é" in text_of(tmp_path, "a.eml", data)


def test_a_picture_has_pages_and_size_but_no_text(tmp_path):
    reading = read_bytes(tmp_path, "a.png", picture("PNG", (60, 40)))
    (page,) = reading.pages
    assert (page.source, page.text, page.width, page.height) == ("none", "", 60, 40)
    assert not reading.has_text


def test_pictures_are_judged_by_their_header_before_anything_is_decoded(tmp_path):
    with pytest.raises(ReadError, match="12,000 × 12,000 pixels") as caught:
        read_bytes(tmp_path, "a.png", png_that_claims(12_000, 12_000))
    assert caught.value.code == "too_large"


def frames(count):
    out = io.BytesIO()
    images = [Image.new("RGB", (30 + number, 20), "white") for number in range(count)]
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:])
    return out.getvalue()


def test_each_frame_of_a_tiff_is_a_page(tmp_path):
    reading = read_bytes(tmp_path, "a.tif", frames(3), target_pages="2-3")
    assert [(page.number, page.width) for page in reading.pages] == [(2, 31), (3, 32)]
    path, media_type = save(tmp_path, "b.tif", frames(3))
    assert render(path, tmp_path / "out.webp", media_type=media_type, page=3) == (32, 20)


def test_the_cameras_rotation_is_applied_to_size_and_image(tmp_path):
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "white").save(out, "JPEG", exif=exif)
    path, media_type = save(tmp_path, "a.jpg", out.getvalue())
    page = read(path, media_type=media_type).pages[0]
    assert (page.width, page.height) == (40, 80)
    assert render(path, tmp_path / "out.webp", media_type=media_type) == (40, 80)


@pytest.mark.parametrize(
    ("mode", "shade"), [("RGBA", 255), ("LA", 255), ("P", 0), ("I;16", 0), ("1", 0), ("CMYK", 255)]
)
def test_pictures_are_drawn_on_white_in_every_colour_mode(tmp_path, mode, shade):
    """All zeros: see-through or no ink shows the paper, anything else is black."""
    kind = "TIFF" if mode == "CMYK" else "PNG"
    image, out = Image.new(mode, (20, 10), 0), io.BytesIO()
    image.save(out, kind)
    path, media_type = save(tmp_path, "a", out.getvalue())
    render(path, tmp_path / "out.webp", media_type=media_type)
    with Image.open(tmp_path / "out.webp") as drawn:
        assert drawn.convert("L").getpixel((5, 5)) == pytest.approx(shade, abs=3)


def test_pictures_are_shrunk_to_the_width_asked_for(tmp_path):
    path, media_type = save(tmp_path, "a.png", picture("PNG", (3000, 1500)))
    assert render(path, tmp_path / "out.webp", media_type=media_type, width=300) == (300, 150)


@pytest.mark.parametrize("page", [0, 2])
def test_a_page_that_is_not_there_cannot_be_drawn(tmp_path, page):
    path, media_type = save(tmp_path, "a.png", picture("PNG"))
    with pytest.raises(ReadError, match="no page"):
        render(path, tmp_path / "out.webp", media_type=media_type, page=page)


def test_inspecting_tells_pages_text_and_trouble_without_raising(tmp_path):
    def look(name, data):
        path, media_type = save(tmp_path, name, data)
        facts = inspect(path, media_type=media_type)
        return facts.page_count, facts.has_text, facts.problem

    assert look("a.txt", b"one\ftwo") == (2, True, "")
    assert look("a.tif", frames(2)) == (2, False, "")
    assert look("a.docx", docx(STYLED)) == (None, True, "")
    assert look("a.7z", b"7z\xbc\xaf\x27\x1c") == (None, None, "no_local_reader")
    assert look("b.txt", b"  \n") == (None, None, "empty")

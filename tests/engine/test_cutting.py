"""A PDF cut to chosen pages, in the sandbox: the right pages, as they looked, and nothing else of the document."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from classifyhub.engine import ReadError, read
from classifyhub.engine.cutting import cut
from tests.engine.documents import draw_text_pdf, save
from tests.hostile_files import all_hostile_files, make_owner_password, make_password_rc4

PDF = "application/pdf"
HOSTILE = [file for file in all_hostile_files() if file.name.endswith(".pdf")]


@pytest.fixture
def pdf(tmp_path):
    return save(tmp_path, "a.pdf", draw_text_pdf("Alpha", "Beta", "Gamma", "Delta"))[0]


def texts_of(path):
    return [page.text for page in read(path, media_type=PDF).pages]


def test_the_cut_holds_the_chosen_pages_in_their_order(sandbox, pdf, tmp_path):
    out = tmp_path / "cut.pdf"
    size = sandbox.cut(pdf, out, pages=(2, 4))
    assert texts_of(out) == ["Beta", "Delta"]
    assert size == out.stat().st_size


def test_the_cut_leaves_the_document_itself_as_it_was(sandbox, pdf, tmp_path):
    before = pdf.read_bytes()
    sandbox.cut(pdf, tmp_path / "cut.pdf", pages=(1,))
    assert pdf.read_bytes() == before


def test_what_belongs_to_the_document_as_a_whole_stays_behind(sandbox, tmp_path):
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True, pageCompression=0)
    canvas.setTitle("SECRET-TITLE")
    for text in ("Front", "SECRET-PAGE"):
        canvas.bookmarkPage(text)
        canvas.addOutlineEntry(f"SECRET-OUTLINE {text}", text)
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    whole, _ = save(tmp_path, "whole.pdf", out.getvalue())
    sandbox.cut(whole, tmp_path / "cut.pdf", pages=(1,))
    assert b"SECRET" not in (tmp_path / "cut.pdf").read_bytes()
    assert texts_of(tmp_path / "cut.pdf") == ["Front"]


def test_a_turned_page_stays_turned(sandbox, pdf, tmp_path):
    document = pdfium.PdfDocument(pdf)
    document[1].set_rotation(90)
    document.save(tmp_path / "turned.pdf")
    document.close()
    sandbox.cut(tmp_path / "turned.pdf", tmp_path / "cut.pdf", pages=(2,))
    copy = pdfium.PdfDocument(tmp_path / "cut.pdf")
    assert copy[0].get_rotation() == 90
    copy.close()


@pytest.mark.parametrize(("pages", "sentence"), [((5,), "no page 5"), ((0,), "no page 0"), ((), "No page")])
def test_a_page_that_is_not_there_is_named_and_no_file_stays_behind(sandbox, pdf, tmp_path, pages, sentence):
    folder = tmp_path / "cuts"
    folder.mkdir()
    with pytest.raises(ReadError, match=sentence) as caught:
        sandbox.cut(pdf, folder / "cut.pdf", pages=pages)
    assert caught.value.code == "unreadable"
    assert list(folder.iterdir()) == []


def test_a_pdf_with_a_password_is_not_cut(sandbox, tmp_path):
    locked, _ = save(tmp_path, "locked.pdf", make_password_rc4())
    with pytest.raises(ReadError) as caught:
        sandbox.cut(locked, tmp_path / "cut.pdf", pages=(1,))
    assert caught.value.code == "encrypted"


def test_a_pdf_that_opens_without_a_password_is_cut_although_it_is_encrypted(sandbox, tmp_path):
    locked, _ = save(tmp_path, "owner.pdf", make_owner_password())
    sandbox.cut(locked, tmp_path / "cut.pdf", pages=(1,))
    assert read(tmp_path / "cut.pdf", media_type=PDF).page_count == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("pages", [1, 60], ids=["at the end", "in the middle"])
def test_a_disk_that_refuses_is_not_blamed_on_the_document(tmp_path, pages):
    document, _ = save(tmp_path, "long.pdf", draw_text_pdf(*["words upon words"] * pages))
    with pytest.raises(OSError, match="No space"):
        cut(document, "/dev/full", pages=range(1, pages + 1))


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.name)
def test_a_hostile_pdf_is_cut_or_refused_by_name_and_the_next_one_is_served(sandbox, pdf, tmp_path, file):
    bad, _ = save(tmp_path, file.name, file.make())
    try:
        sandbox.cut(bad, tmp_path / "cut.pdf", pages=(1,))
    except ReadError as error:
        assert error.code in {"empty", "encrypted", "unreadable", "too_large", "timed_out", "out_of_memory"}  # noqa: PT017
        assert not (tmp_path / "cut.pdf").exists()
    else:
        assert (tmp_path / "cut.pdf").read_bytes().startswith(b"%PDF-")  # one page of a bomb may well be a bomb
    sandbox.cut(pdf, tmp_path / "good.pdf", pages=(1,))
    assert texts_of(tmp_path / "good.pdf") == ["Alpha"]


def test_a_page_is_drawn_as_jpeg_for_those_who_read_no_webp(sandbox, pdf, tmp_path):
    out = tmp_path / "1.jpg"
    size = sandbox.render(pdf, out, media_type=PDF, width=300, kind="JPEG")
    with Image.open(out) as image:
        assert (image.format, image.size) == ("JPEG", size)

"""Slides, sheets, open documents, books and rich text: what is a page, what is a title, what is left out."""

from __future__ import annotations

import zipfile

import pytest

from classifyhub.engine import READABLE, ReadError, inspect, read
from classifyhub.engine.limits import MAX_CELLS
from tests.engine.documents import save
from tests.hostile_files import docx, paragraphs
from tests.office_files import (
    epub,
    inline,
    opendocument,
    pptx,
    relations,
    rows,
    shape,
    shared,
    slide,
    xlsx,
    zipped,
)


def read_bytes(folder, name, data, **options):
    path, media_type = save(folder, name, data)
    return read(path, media_type=media_type, **options)


def texts_of(folder, name, data, **options):
    return [page.text for page in read_bytes(folder, name, data, **options).pages]


def titles_of(page):
    return [page.text[start:end] for start, end in page.title_spans]


def facts_of(folder, name, data):
    path, media_type = save(folder, name, data)
    facts = inspect(path, media_type=media_type)
    return facts.page_count, facts.has_text, facts.problem


def test_slides_are_pages_in_the_order_of_the_show(tmp_path):
    data = pptx(slide(shape("Second")), slide(shape("First")), order=[2, 1, 2])
    assert texts_of(tmp_path, "a.pptx", data) == ["First", "Second"]
    assert facts_of(tmp_path, "a.pptx", data) == (2, True, "")


def test_slides_have_a_size_and_their_title_placeholders_are_titles(tmp_path):
    body = "\n".join(f"A point that is made in passing, as number {number}" for number in range(5))
    data = pptx(slide(shape(body), shape("Quarterly report", placeholder="title"), shape("7", placeholder="sldNum")))
    page = read_bytes(tmp_path, "a.pptx", data).pages[0]
    assert page.text == f"{body}\nQuarterly report"
    assert titles_of(page)[-1] == "Quarterly report"
    assert (page.width, page.height) == (960, 540)


def test_speakers_notes_are_left_out_and_diagrams_are_read(tmp_path):
    data = zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": "<presentation/>",
            "ppt/slides/slide1.xml": slide(shape("Shown")),
            "ppt/slides/_rels/slide1.xml.rels": relations(
                a="notesSlide:../notesSlides/notes1.xml",
                b="diagramData:../diagrams/data1.xml",
                c="diagramData:../../up",
            ),
            "ppt/notesSlides/notes1.xml": slide(shape("Said")),
            "ppt/diagrams/data1.xml": slide(shape("Drawn")),
        }
    )
    assert texts_of(tmp_path, "a.pptx", data) == ["Shown\nDrawn"]


def test_what_old_programs_are_shown_instead_is_not_read_twice(tmp_path):
    both = paragraphs("box").replace(
        b"<w:r>", b"<w:r><w:Choice><w:t>new </w:t></w:Choice><w:Fallback><w:t>old </w:t></w:Fallback>"
    )
    assert texts_of(tmp_path, "a.docx", docx(both)) == ["new box"]


def test_slides_can_be_asked_for_by_number(tmp_path):
    data = pptx(*(slide(shape(f"Slide {number}")) for number in range(1, 5)))
    reading = read_bytes(tmp_path, "a.pptx", data, target_pages="2-3")
    assert [(page.number, page.text) for page in reading.pages] == [(2, "Slide 2"), (3, "Slide 3")]
    assert reading.pages_not_read == (1, 4)


def test_sheets_are_pages_headed_by_their_name_and_rows_are_lines(tmp_path):
    strings = ["<t>Invoice</t>", "<r><t>Amount </t></r><r><t>due</t></r><rPh><t>how it sounds</t></rPh>"]
    first = rows(
        [shared(0), "<c><v>4711</v></c>"], [], [shared(1), "", '<c t="str"><f>1+1</f><v>2</v></c>'], [shared(99)]
    )
    data = xlsx({"Bill": first, "Blank": rows(), "Lists": rows(["secret"])}, strings=strings, hidden=["Lists"])
    reading = read_bytes(tmp_path, "a.xlsx", data)
    assert [page.text for page in reading.pages] == ["Bill\nInvoice | 4711\nAmount due | 2", ""]
    assert titles_of(reading.pages[0])[0] == "Bill"
    assert facts_of(tmp_path, "a.xlsx", data) == (2, True, "")


def test_a_workbook_whose_sheets_are_all_hidden_shows_them(tmp_path):
    assert texts_of(tmp_path, "a.xlsx", xlsx({"One": rows(["x"])}, hidden=["One"])) == ["One\nx"]


def test_cells_of_a_workbook_are_capped_and_it_says_so(tmp_path):
    row = f"<row>{inline('1') * 100}</row>"
    sheet = rows().replace("<sheetData>", "<sheetData>" + row * (MAX_CELLS // 400))
    data = xlsx({f"s{number}": sheet for number in range(6)})
    reading = read_bytes(tmp_path, "a.xlsx", data)
    assert ("text_cut", "yes") in reading.facts
    assert sum(page.text.count("1") for page in reading.pages) <= MAX_CELLS + 201  # the row that passed it is whole


def test_many_cells_that_share_one_long_text_fill_one_page_at_most(tmp_path):
    data = xlsx({"s": rows([shared(0)] * 5_000)}, strings=[f"<t>{'word ' * 10_000}</t>"])
    (page,) = read_bytes(tmp_path, "a.xlsx", data).pages
    assert len(page.text) <= 200_001


OPEN_TEXT = (
    '<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h text:outline-level="1">Lease</text:h>'
    '<text:p text:style-name="P1">Between</text:p><text:p>Rent:<text:tab/>900<text:s/>per <text:span>month</text:span>'
    "<office:annotation><text:p>why?</text:p></office:annotation></text:p><table:table><table:table-row>"
    "<table:table-cell><text:p>A1</text:p></table:table-cell></table:table-row></table:table>"
)
MASTER = (
    "<style:master-page><style:header><text:p>ACME Ltd</text:p></style:header>"
    "<style:footer><text:p>Page</text:p></style:footer></style:master-page>"
)


def test_open_texts_are_one_page_between_its_header_and_its_footer(tmp_path):
    number = "<number:date-style><number:text>.</number:text></number:date-style>"
    title = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    data = opendocument("text", OPEN_TEXT, styles=MASTER * 2, automatic=number + title)
    (page,) = read_bytes(tmp_path, "a.odt", data).pages
    assert page.text == "ACME Ltd\nLease\nBetween\nRent: 900 per month\nA1\nPage"
    assert titles_of(page)[:3] == ["ACME Ltd", "Lease", "Between"]
    assert facts_of(tmp_path, "a.odt", data) == (None, True, "")


def test_open_slides_are_pages_without_their_notes(tmp_path):
    page = (
        '<draw:page draw:name="page1"><draw:frame><draw:text-box><text:p>Small</text:p></draw:text-box></draw:frame>'
        '<draw:frame presentation:class="title"><draw:text-box><text:p>Large</text:p></draw:text-box></draw:frame>'
        "<presentation:notes><draw:frame><text:p>said</text:p></draw:frame></presentation:notes></draw:page>"
    )
    data = opendocument("presentation", page * 2)
    assert texts_of(tmp_path, "a.odp", data) == ["Small\nLarge"] * 2
    assert facts_of(tmp_path, "a.odp", data) == (2, True, "")


def test_open_sheets_are_pages_and_repetitions_are_not_spelled_out(tmp_path):
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>Total</text:p></table:table-cell>'
    table = (
        '<table:table table:name="Bill"><table:table-row table:number-rows-repeated="1048576">'
        f"{cell}<table:table-cell/>{cell}</table:table-row></table:table>"
    )
    automatic = "<number:number-style><number:text>€</number:text></number:number-style>"
    data = opendocument("spreadsheet", table, automatic=automatic)
    assert texts_of(tmp_path, "a.ods", data) == ["Bill\nTotal | Total"]


def test_chapters_of_a_book_are_pages(tmp_path):
    data = epub("<h1>One</h1><p>It began&nbsp;here.</p><script>no</script>", "<h1>Two</h1>")
    assert texts_of(tmp_path, "a.epub", data) == ["One\nIt began here.", "Two"]
    assert facts_of(tmp_path, "a.epub", data) == (2, True, "")


def test_a_book_with_scrambled_fonts_is_read_and_one_with_scrambled_chapters_is_protected(tmp_path):
    def scrambled(part):
        return f'<encryption><CipherReference URI="{part}"/></encryption>'

    assert texts_of(tmp_path, "a.epub", epub("<p>Text</p>", encryption=scrambled("OEBPS/font.otf"))) == ["Text"]
    with pytest.raises(ReadError) as caught:
        read_bytes(tmp_path, "b.epub", epub("<p>Text</p>", encryption=scrambled("OEBPS/text/chapter%201.xhtml")))
    assert caught.value.code == "encrypted"


RICH = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Cyr;}{\f2\fcharset128 MS;}}
{\stylesheet{\s1\b heading 1;}{\s2 Normal;}}{\info{\title Hidden}}{\*\generator Nobody;}
\pard\s1 Invoice\par\pard\s2 Caf\'e9 \u8364?5 \u-10179?\u-8704?{\pict\bin4 }{}{}\par
{\f1\'ca\'e2\'e8\'f2}\par {\f2\'90\'bf}\par a\tab b\emdash c\~d\cell {\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\par
{\uc2 \u1234??kept}}"""


def test_rich_text_is_read_in_the_letters_of_its_fonts(tmp_path):
    (page,) = read_bytes(tmp_path, "a.rtf", RICH).pages
    lines = ["Invoice", "Café €5 \U0001f600", "Квит", "請", "a b—c d", "link", "\u04d2kept"]
    assert page.text.splitlines() == lines
    assert titles_of(page)[0] == "Invoice"


def test_rich_text_in_an_encoding_nobody_knows_is_read_as_western(tmp_path):
    assert texts_of(tmp_path, "a.rtf", rb"{\rtf1\ansicpg99999 Caf\'e9}") == ["Café"]


@pytest.mark.parametrize("text", ["فاتورة رقم ٤٧١١", "חשבונית מס", "請求書 番号 4711", "发票号码", "청구서"])
def test_right_to_left_and_east_asian_text_comes_out_as_it_is_written(tmp_path, text):
    made = {
        "a.pptx": pptx(slide(shape(text))),
        "a.docx": docx(paragraphs(text)),
        "a.odt": opendocument("text", f"<text:p>{text}</text:p>"),
        "a.epub": epub(f"<p>{text}</p>"),
        "a.txt": text.encode("utf-16"),
        "a.html": f"<p>{text}</p>".encode(),
        "a.rtf": ("{\\rtf1 " + "".join(f"\\u{ord(letter)}?" for letter in text) + "}").encode(),
        "b.eml": f"From: a@b.c\nTo: b@c.d\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode(),
    }
    for name, data in made.items():
        assert texts_of(tmp_path, name, data)[0].splitlines()[-1] == text


def test_a_hundred_thousand_empty_pages_are_counted_and_read_as_empty(tmp_path):
    reading = read_bytes(tmp_path, "a.odp", opendocument("presentation", "<draw:page/>" * 100_000))
    assert reading.page_count == 100_000
    assert not reading.has_text
    assert read_bytes(tmp_path, "a.txt", b"\f" * 99_999 + b"x", max_pages=1).page_count == 100_000


def test_every_readable_format_has_a_reader_that_says_what_is_wrong(tmp_path):
    path = tmp_path / "damaged"
    path.write_bytes(b"PK\x03\x04 and then nothing of the kind")
    for media_type in READABLE:
        assert inspect(path, media_type=media_type).problem in {"", "unreadable", "no_local_reader"}


def test_parts_of_a_container_are_never_looked_for_outside_of_it(tmp_path):
    (tmp_path / "secret.xhtml").write_text("<p>secret</p>")
    package = '<package><item id="c" href="../../secret.xhtml" media-type="text/html"/><itemref idref="c"/></package>'
    root = '<container><rootfile full-path="book.opf"/></container>'
    data = zipped({"META-INF/container.xml": root, "book.opf": package}, first="application/epub+zip")
    assert zipfile.is_zipfile(save(tmp_path, "a.epub", data)[0])
    assert facts_of(tmp_path, "a.epub", data) == (None, None, "unreadable")

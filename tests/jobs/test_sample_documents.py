"""The sample documents are whole, the same every time, and mean what their list says."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from PIL import Image

from jobs.sample.bills import Bill, Line
from jobs.sample.companies import DUSKARROW, KESTERMOOR, NETTLEHAUGH, OMBREL, PELLOWICK, VANTLOW, Company
from jobs.sample.documents import DOCX, MAIL, PDF, PNG, SAMPLES, TEXT, Sample, write_samples
from rules.starters import ACCOUNTS_PAYABLE, find_starter

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


def of_type(*media_types: str) -> pytest.MarkDecorator:
    chosen = [sample for sample in SAMPLES if sample.media_type in media_types]
    return pytest.mark.parametrize("sample", chosen, ids=lambda sample: sample.name)


def test_writes_every_sample_in_order_and_makes_the_folder(tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [sample.name for sample in SAMPLES]
    assert all(path.is_file() for path in paths)


def test_writing_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    changed = [path.name for path in write_samples(tmp_path) if path.read_bytes() != (folder / path.name).read_bytes()]
    assert changed == []


def test_the_whole_set_is_about_a_dozen_and_small(folder: Path) -> None:
    assert 12 <= len(SAMPLES) <= 15
    assert sum(path.stat().st_size for path in folder.iterdir()) < MEGABYTE


def test_names_are_unique_and_short_enough_for_a_table() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)
    assert max(len(sample.name) for sample in SAMPLES) <= 40


def test_page_types_are_types_of_the_accounts_payable_starter() -> None:
    types = {rule.type for rule in ACCOUNTS_PAYABLE.rules} | {None}
    assert {page_type for sample in SAMPLES for page_type in sample.page_types} == types


def test_few_enough_fit_no_rule() -> None:
    assert 1 <= sum(sample.fits is None for sample in SAMPLES) <= 3


@of_type(PDF)
def test_a_pdf_has_the_pages_that_the_list_says_all_a4(sample: Sample, folder: Path) -> None:
    with pypdfium2.PdfDocument(folder / sample.name) as document:
        sizes = [document.get_page_size(number) for number in range(len(document))]
    assert len(sizes) == len(sample.page_types)
    assert sizes == [pytest.approx((595.3, 841.9), abs=0.1)] * len(sizes)


@of_type(PDF)
def test_every_page_of_a_pdf_has_text_unless_it_is_a_scan(sample: Sample, folder: Path) -> None:
    lengths = [len(text) for text in pdf_pages(folder / sample.name)]
    assert [length > 200 for length in lengths] == [sample.has_text] * len(lengths)


@of_type(PDF)
def test_no_text_runs_off_the_paper(sample: Sample, folder: Path) -> None:
    with pypdfium2.PdfDocument(folder / sample.name) as document:
        for page in document:
            textpage = page.get_textpage()
            boxes = [textpage.get_charbox(index) for index in range(textpage.count_chars())]
            assert [box for box in boxes if box[0] < 40 or box[2] > 555 or box[1] < 20 or box[3] > 822] == []
            textpage.close()
            page.close()


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("duskarrow_invoice_DT-20417.pdf", ["INVOICE", "Invoice number", "8,573.04"]),
        ("pellowick_order_PJ-5561.pdf", ["Purchase order", "8,238.24"]),
        ("kestermoor_delivery_KF-8812.pdf", ["DELIVERY NOTE", "Goods received", "3,404"]),
        ("duskarrow_statement_march.pdf", ["Statement of account", "DT-20417", "11,186.64"]),
        ("nettlehaugh_credit_NF-C-0093.pdf", ["Credit note", "NF-31208", "-1,159.20"]),
        ("nettlehaugh_invoice_with_note.pdf", ["Invoice", "3,093.12", "Delivery note", "LN-4471"]),
        ("ombrel_second_reminder.pdf", ["Second reminder", "overdue", "1,947.00"]),
        ("ombrel_invoice_OF-7745.pdf", ["Invoice OF-7745", "Friendly reminder", "OF-7702", "3,076.80"]),
        ("kestermoor_bank_letter.pdf", ["Change of our bank details", "New account"]),
        ("vantlow_hire_agreement.pdf", ["Machine hire agreement", "8.1", "Schedule A", "1,301.00"]),
    ],
)
def test_a_pdf_says_what_its_type_needs(name: str, phrases: list[str], folder: Path) -> None:
    text = "\n".join(pdf_pages(folder / name))
    assert [phrase for phrase in phrases if phrase not in text] == []


def test_the_statement_and_the_reminders_agree_with_the_invoices(folder: Path) -> None:
    invoice, statement = (
        "\n".join(pdf_pages(folder / name))
        for name in ("duskarrow_invoice_DT-20417.pdf", "duskarrow_statement_march.pdf")
    )
    reminder, reminding = (
        "\n".join(pdf_pages(folder / name)) for name in ("ombrel_second_reminder.pdf", "ombrel_invoice_OF-7745.pdf")
    )
    assert "8,573.04" in invoice
    assert "8,573.04" in statement
    assert "1,932.00" in reminder
    assert "1,932.00" in reminding


def test_the_scanned_receipt_is_a_picture_of_paper(folder: Path) -> None:
    with Image.open(folder / "scan_0317_receipt.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        greys = picture.convert("L").histogram()
    assert picture.height > picture.width > 600
    assert sum(greys[:80]) > 10_000
    assert sum(greys[230:]) > 100_000


def test_the_complaint_opens_as_a_word_document(folder: Path) -> None:
    with zipfile.ZipFile(folder / "varncastle_complaint.docx") as archive:
        assert archive.testzip() is None
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}  # noqa: S314 - our own
    text = " ".join(parts["word/document.xml"].itertext())
    assert {"[Content_Types].xml", "_rels/.rels", "word/styles.xml"} <= parts.keys()
    assert "Complaint: kitchen window" in text
    assert re.search(r"refund the cost", text)


def test_the_mail_lists_what_it_attaches(folder: Path) -> None:
    raw = (folder / "sallowby_remittance_17_march.eml").read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    (attachment,) = mail.iter_attachments()
    rows = list(csv.DictReader(io.StringIO(attachment.get_content())))
    paid = sum(Decimal(row["paid_eur"]) for row in rows)
    assert mail["Subject"] == "Remittance advice 17 March 2026"
    assert attachment.get_filename() == "remittance_0317.csv"
    assert f"{paid:,.2f}" in text
    assert [row["invoice"] for row in rows if row["invoice"] not in text] == []


def test_the_menu_is_plain_text_of_a_week(folder: Path) -> None:
    text = (folder / "canteen_menu_week_13.txt").read_text(encoding="utf-8")
    assert [day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday") if day not in text] == []
    assert text.isascii()


@pytest.mark.parametrize("company", [PELLOWICK, DUSKARROW, OMBREL, KESTERMOOR, NETTLEHAUGH, VANTLOW])
def test_no_company_can_be_taken_for_a_real_one(company: Company) -> None:
    assert company.mail.endswith(".example")
    assert company.iban.startswith("ZZ")
    assert company.vat.startswith("ZZ")


def test_a_bill_multiplies_adds_and_rounds_vat_to_the_cent() -> None:
    bill = Bill((Line("A", 3, "pcs", "0.35"), Line("B", 1, "h", "10.00")))
    assert (bill.net, bill.vat, bill.total) == (Decimal("11.05"), Decimal("2.21"), Decimal("13.26"))


@pytest.mark.parametrize("media_type", [PDF, PNG, DOCX, MAIL, TEXT])
def test_each_kind_of_document_is_there(media_type: str) -> None:
    assert [sample.name for sample in SAMPLES if sample.media_type == media_type] != []


def test_the_starter_that_goes_with_the_samples_is_offered() -> None:
    assert find_starter("accounts-payable") is ACCOUNTS_PAYABLE


def pdf_pages(path: Path) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(path) as document:
        return [text_of(document, number) for number in range(len(document))]


def text_of(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_bounded())
    finally:
        textpage.close()
        page.close()

"""Samples that are not pages: a letter from a word processor, a mail with an attachment, a plain text."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from textwrap import dedent
from xml.sax.saxutils import escape

from jobs.sample.bills import money

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTENT = "application/vnd.openxmlformats-officedocument.wordprocessingml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Blank lines part the paragraphs; a mark at the start of one chooses its style.
COMPLAINT = """\
> Odile Varncastle, 4 Weir Cottages, Hollinweir HW2

| Pellowick Joinery
Saw Pit Lane 12
Pellowick PK4

20 March 2026

# Complaint: kitchen window, job 26-0381

Dear Sir or Madam,

On 11 March your fitters installed a double casement window in my kitchen. I am not satisfied with the work and
ask you to put it right.

* The left casement does not close. It catches on the frame at the lower corner.

* Rain came in along the sill on 14 and 15 March and stained the worktop.

* Two handles are brass. I had chosen black, as your drawing shows.

I rang your office on 16 March and was promised a visit that week. Nobody came. Photographs of the defects are
on the enclosed sheet.

Repair the window and replace the handles by 7 April, and tell me how you will make good the damage to the
worktop. Otherwise I shall have another joiner do it and expect you to refund the cost.

Yours faithfully,

Odile Varncastle
"""
MARKS = {"> ": "Sender", "| ": "Address", "# ": "Heading1", "* ": "Item"}
STYLES = (
    ("Normal", "Normal", '<w:spacing w:after="160" w:line="276" w:lineRule="auto"/>', '<w:sz w:val="22"/>'),
    ("Sender", "Sender", '<w:spacing w:after="480"/>', '<w:sz w:val="18"/><w:color w:val="5A5F66"/>'),
    ("Address", "Address", '<w:spacing w:after="360"/>', '<w:sz w:val="22"/>'),
    ("Heading1", "heading 1", '<w:spacing w:before="360" w:after="200"/>', '<w:b/><w:sz w:val="30"/>'),
    ("Item", "Item", '<w:spacing w:after="80"/><w:ind w:left="567" w:hanging="283"/>', '<w:sz w:val="22"/>'),
)
REMITTED = (
    ("PJ-R-2291", "16 January 2026", "4,180.00"),
    ("PJ-R-2304", "28 January 2026", "1,265.40"),
    ("PJ-R-2317", "6 February 2026", "2,930.00"),
)


def write_complaint() -> bytes:
    """A customer's letter as a DOCX, made of the four parts that a word processor needs."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations("officeDocument", "word/document.xml"),
        "word/document.xml": _document(),
        "word/styles.xml": _styles(),
        "word/_rels/document.xml.rels": _relations("styles", "styles.xml"),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _content_types() -> str:
    return (
        f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{CONTENT}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{CONTENT}.styles+xml"/></Types>'
    )


def _relations(kind: str, target: str) -> str:
    link = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'{XML}<Relationships xmlns="{RELATIONS}">{link}</Relationships>'


def _document() -> str:
    paragraphs = "".join(_paragraph(piece) for piece in COMPLAINT.strip().split("\n\n"))
    margins = " ".join(f'w:{side}="1417"' for side in ("top", "right", "bottom", "left"))
    page = f'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar {margins}/></w:sectPr>'
    return f'{XML}<w:document xmlns:w="{WORD}"><w:body>{paragraphs}{page}</w:body></w:document>'


def _paragraph(piece: str) -> str:
    style = MARKS.get(piece[:2], "Normal")
    text = escape(piece if style == "Normal" else piece[2:])
    bullet = "<w:t>•</w:t><w:tab/>" if style == "Item" else ""
    lines = text.split("\n") if style == "Address" else [text.replace("\n", " ")]
    runs = bullet + "<w:br/>".join(f"<w:t>{line}</w:t>" for line in lines)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r>{runs}</w:r></w:p>'


def _styles() -> str:
    font = '<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia"/>'
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:pPr>{spacing}</w:pPr>'
        f"<w:rPr>{font}{look}</w:rPr></w:style>"
        for key, name, spacing, look in STYLES
    )
    return f'{XML}<w:styles xmlns:w="{WORD}">{styles}</w:styles>'


def write_remittance() -> bytes:
    """A mail that says which invoices a transfer pays, with the same list attached as CSV."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Payments Sallowby Homes <payments@sallowby.example>"
    mail["To"] = "accounts@pellowick.example"
    mail["Subject"] = "Remittance advice 17 March 2026"
    mail["Date"] = "Tue, 17 Mar 2026 08:12:00 +0000"
    mail["Message-ID"] = "<remittance-0317@sallowby.example>"
    mail.set_content(_remittance_text())
    mail.add_attachment(_remittance_csv(), subtype="csv", filename="remittance_0317.csv")
    mail.set_boundary("=_sallowby_0317")
    return mail.as_bytes()


def _remittance_text() -> str:
    rows = "\n".join(f"{number:<14}{date:<20}{amount:>12}" for number, date, amount in REMITTED)
    return (
        "Remittance advice\n\n"
        "Dear Pellowick Joinery,\n\n"
        "We have paid the invoices below by bank transfer. Payment date 17 March 2026,\n"
        "payment reference SH-90417.\n\n"
        f"{'Invoice':<14}{'Invoice date':<20}{'Paid EUR':>12}\n{'-' * 46}\n{rows}\n{'-' * 46}\n"
        f"{'Total paid':<34}{_remitted_total():>12}\n\n"
        "Kind regards\nPayments desk, Sallowby Homes\n"
    )


def _remitted_total() -> str:
    return money(sum((Decimal(amount.replace(",", "")) for _, _, amount in REMITTED), Decimal(0)))


def _remittance_csv() -> str:
    rows = (f"{number},{date},{amount.replace(',', '')}" for number, date, amount in REMITTED)
    return "\r\n".join(("invoice,invoice_date,paid_eur", *rows)) + "\r\n"


def write_menu() -> bytes:
    """The week's meals: nothing that any rule asks for."""
    text = """\
        THE SHAVINGS
        Canteen of Pellowick Joinery, ground floor, 11.45 to 13.30

        Week of 23 March

        Monday      Chicken soup, rye bread
                    Pearl barley with roast beetroot

        Tuesday     Chicken pie, peas
                    Mushroom pie, peas

        Wednesday   Baked trout, new potatoes
                    Lentil stew with carrots

        Thursday    Beef goulash, noodles
                    Spinach dumplings, brown butter

        Friday      Fish cakes, cucumber salad
                    Cheese omelette, tomato salad

        Every day   Salad bowl, fruit, rice pudding

        The second dish of each day is vegetarian.
        Nuts and gluten: ask Bettina at the counter.
        """
    return dedent(text).encode()

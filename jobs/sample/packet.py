"""One scan job with two kinds of pages: an invoice, and the delivery note that was stapled behind it."""

from __future__ import annotations

from jobs.sample.bills import Bill, Line, draw_bill
from jobs.sample.companies import NETTLEHAUGH, address_letter, draw_letterhead, open_paper, our_address
from jobs.sample.paper import LEFT, RIGHT, Column, Paper, Style, TableStyle
from jobs.sample.signing import ORROWELL, draw_receipt_line

FINISHES = Bill(
    (
        Line("Hardwax oil, clear, 10 l", 12, "cans", "118.00"),
        Line("Exterior stain, slate, 5 l", 8, "cans", "71.20"),
        Line("Two-part lacquer, satin, 20 l", 2, "drums", "296.00"),
    )
)


def draw_packet() -> bytes:
    """One scan job, two kinds of pages: the invoice, then the delivery note that was stapled behind it."""
    paper = open_paper(NETTLEHAUGH, title="Invoice NF-31344 with delivery note")
    _packet_invoice(paper)
    paper.turn_page()
    draw_letterhead(paper, company=NETTLEHAUGH)
    _packet_delivery_note(paper)
    return paper.finish()


def _packet_invoice(paper: Paper) -> None:
    facts = (
        ("Invoice number", "NF-31344"),
        ("Invoice date", "20 March 2026"),
        ("Due date", "19 April 2026"),
        ("Customer no.", "70-118"),
    )
    address_letter(paper, to=our_address(), facts=facts, y=52)
    paper.line("Invoice", style=Style(size=24, cut="bold", colour=NETTLEHAUGH.colour))
    paper.skip(6)
    style = TableStyle(head_colour=NETTLEHAUGH.colour)
    draw_bill(paper, bill=FINISHES, style=style, total_label="Total amount due")
    paper.skip(9)
    paper.paragraph(
        "Payable within 30 days by bank transfer. The signed delivery note LN-4471 follows on the next page.",
        style=Style(size=10.5),
    )


def _packet_delivery_note(paper: Paper) -> None:
    facts = (
        ("Delivery note no.", "LN-4471"),
        ("Date", "19 March 2026"),
        ("Your order", "PJ-5566"),
        ("Carrier", "Own van, tour 6"),
    )
    address_letter(paper, to=our_address(desk="Goods in"), facts=facts, y=52)
    paper.line("Delivery note", style=Style(size=24, cut="bold", colour=NETTLEHAUGH.colour))
    paper.skip(6)
    columns = (
        Column("Item", LEFT + 2),
        Column("Quantity delivered", 150, "right"),
        Column("Packages", RIGHT - 2, "right"),
    )
    packages = ("3 cartons", "2 cartons", "2 drums")
    rows = [
        (line.item, f"{line.quantity} {line.unit}", packed)
        for line, packed in zip(FINISHES.lines, packages, strict=True)
    ]
    paper.table(columns, rows, style=TableStyle(head_colour=NETTLEHAUGH.colour))
    paper.skip(8)
    paper.paragraph("Gross weight 214 kg. Flammable liquid: keep upright and away from heat.")
    draw_receipt_line(paper, signature=ORROWELL, name="T. ORROWELL", date="19.3.26")

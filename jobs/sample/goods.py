"""Papers about goods on their way: our purchase order, and the carrier's delivery note."""

from __future__ import annotations

from decimal import Decimal

from jobs.sample.bills import Bill, Line, draw_bill
from jobs.sample.companies import DUSKARROW, KESTERMOOR, PELLOWICK, address_letter, open_paper
from jobs.sample.paper import BODY, BOLD, LABEL, LEFT, RIGHT, Column, Paper, Style, TableStyle, right
from jobs.sample.signing import HAND, ORROWELL, YELDON, draw_receipt_line, draw_signature_block

ORDERED = Bill(
    (
        Line("European oak, kiln dried, 27 mm, prime", 3, "m³", "1480.00"),
        Line("Heat-treated ash board, 20 x 145 x 4800 mm", 48, "pcs", "31.90"),
        Line("Birch plywood BB/BB, 18 mm, 2500 x 1250", 12, "sheets", "74.50"),
    )
)
PARCELS = (
    ("1", "Oak boards, strapped bundle", "1", "bundle", "2,190"),
    ("2", "Ash boards, 48 pieces, wrapped", "2", "bundles", "740"),
    ("3", "Birch plywood, 12 sheets", "1", "pallet", "468"),
    ("4", "Edge protectors, returnable", "8", "pcs", "6"),
)


def draw_purchase_order() -> bytes:
    """Our own order, as the desk files it next to the supplier's invoice."""
    paper = open_paper(PELLOWICK, title="Purchase order PJ-5561")
    facts = (
        ("Order number", "PJ-5561"),
        ("Order date", "2 March 2026"),
        ("Deliver on", "6 March 2026"),
        ("Buyer", "Tamsin Orrowell"),
    )
    address_letter(paper, to=(DUSKARROW.name, "Order desk", *DUSKARROW.address), facts=facts, y=50)
    paper.line("Purchase order", style=Style(size=20, cut="bold"))
    paper.line("Quote order number PJ-5561 on your delivery note and invoice.", style=LABEL)
    paper.skip(7)
    style = TableStyle(fill="#F4EDE4", head_colour="#5D3B18")
    draw_bill(paper, bill=ORDERED, style=style, total_label="Order total")
    paper.skip(8)
    _delivery_terms(paper)
    paper.skip(18)
    draw_signature_block(paper, x=LEFT, signature=ORROWELL, name="Tamsin Orrowell", role="Approved by, purchasing")
    return paper.finish()


def _delivery_terms(paper: Paper) -> None:
    top = paper.y
    columns = (
        ("Delivery address", ("Pellowick Joinery, gate B", *PELLOWICK.address)),
        ("Delivery", ("One part load, before noon", "Call 30 minutes ahead")),
        ("Terms", ("30 days net", "Agreed prices of January 2026")),
    )
    for x, (label, lines) in zip((LEFT, 84, 138), columns, strict=True):
        paper.text(label, x=x, y=top, style=BOLD)
        paper.y = max(paper.y, paper.block(lines, x=x, y=top + 5.2))


def draw_delivery_note() -> bytes:
    """What the driver hands over: quantities and weights, no prices, a line to sign."""
    paper = open_paper(KESTERMOOR, title="Delivery note KF-8812")
    paper.text("DELIVERY NOTE", style=Style(size=20, cut="bold", colour=KESTERMOOR.colour))
    paper.text("KF-8812", x=RIGHT, style=right(Style(size=20, cut="bold")))
    paper.skip(9)
    _three_boxes(paper)
    columns = (
        Column("Pos.", LEFT + 2),
        Column("Goods", LEFT + 16),
        Column("Quantity", 130, "right"),
        Column("Package", 136),
        Column("Weight kg", RIGHT - 2, "right"),
    )
    paper.table(columns, PARCELS, style=TableStyle(fill="#E6EDF4", head_colour=KESTERMOOR.colour))
    paper.skip(2)
    paper.text("Gross weight", x=160, style=right(BOLD))
    weight = sum(Decimal(parcel[4].replace(",", "")) for parcel in PARCELS)
    paper.text(f"{weight:,}", x=RIGHT - 2, style=right(BOLD))
    paper.skip(13)
    paper.line("Remarks on delivery", style=BOLD)
    paper.line("Strapping of bundle 2 loose, boards not damaged.", style=HAND)
    paper.skip(3)
    paper.paragraph("Goods received complete and in good condition unless noted above. Prices follow with the invoice.")
    draw_receipt_line(paper, signature=YELDON, name="B. YELDON", date="6.3.26")
    return paper.finish()


def _three_boxes(paper: Paper) -> None:
    top, width = paper.y, (RIGHT - LEFT - 8) / 3
    boxes = (
        ("Sender", (DUSKARROW.name, *DUSKARROW.address)),
        ("Deliver to", (PELLOWICK.name, "Goods in, gate B", PELLOWICK.address[0])),
        ("Transport", ("Tour 14, 6 March 2026", "Order PJ-5561", "Driver M. Askell")),
    )
    for step, (label, lines) in enumerate(boxes):
        x = LEFT + step * (width + 4)
        paper.frame(x=x, y=top, width=width, height=27, colour="#9DB7CF")
        paper.text(label, x=x + 4, y=top + 6.4, style=LABEL)
        paper.block(lines, x=x + 4, y=top + 12.4, style=BODY)
    paper.y = top + 40

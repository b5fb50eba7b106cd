"""Papers that ask for money or give it back: two invoices, a credit note, and a packet of invoice and delivery note."""

from __future__ import annotations

from jobs.sample.bills import Bill, Line, draw_bill, money
from jobs.sample.companies import (
    DUSKARROW,
    NETTLEHAUGH,
    OMBREL,
    address_letter,
    open_paper,
    our_address,
)
from jobs.sample.paper import BOLD, LABEL, LEFT, RIGHT, Paper, Style, TableStyle

OAK = Bill(
    (
        Line("European oak, kiln dried, 27 mm, prime", 3, "m³", "1480.00"),
        Line("Heat-treated ash board, 20 x 145 x 4800 mm", 48, "pcs", "31.90"),
        Line("Birch plywood BB/BB, 18 mm, 2500 x 1250", 12, "sheets", "74.50"),
        Line("Cutting to list, per hour", 4, "h", "46.00"),
        Line("Delivery by part load", 1, "trip", "95.00"),
    )
)
OVERDUE = Bill(
    (
        Line("Concealed hinge 110°, soft close", 240, "pcs", "3.15"),
        Line("Multipoint lock, 55 mm backset", 14, "pcs", "61.00"),
    )
)
FITTINGS = Bill(
    (
        Line("Butt hinge, brass, 100 mm", 160, "pcs", "4.80"),
        Line("Multipoint lock, 55 mm backset", 20, "pcs", "61.00"),
        Line("Stair bracket, black", 60, "pcs", "7.25"),
        Line("Wood screw 5 x 60, box of 200", 15, "boxes", "9.40"),
    )
)
RETURNED = Bill(
    (
        Line("Hardwax oil, clear, 10 l, damaged in transit", 6, "cans", "118.00"),
        Line("Stain walnut, 5 l, wrong shade supplied", 4, "cans", "64.50"),
    )
)


def draw_invoice() -> bytes:
    """A plain supplier invoice for what the purchase order asked."""
    paper = open_paper(DUSKARROW, title="Invoice DT-20417")
    facts = (
        ("Invoice number", "DT-20417"),
        ("Invoice date", "9 March 2026"),
        ("Due date", "8 April 2026"),
        ("Your order", "PJ-5561"),
        ("Customer no.", "1184"),
    )
    address_letter(paper, to=our_address(), facts=facts)
    paper.line("INVOICE", style=Style(size=22, cut="bold", colour=DUSKARROW.colour, tracking=1))
    paper.line("Goods delivered on 6 March 2026 to Saw Pit Lane 12, delivery note KF-8812", style=LABEL)
    paper.skip(9)
    draw_bill(paper, bill=OAK, style=TableStyle(head_colour=DUSKARROW.colour), total_label="Total amount due")
    paper.skip(8)
    paper.line("Payment terms", style=BOLD)
    paper.paragraph(
        f"Payment of EUR {money(OAK.total)} is due within 30 days, without deduction, by bank transfer to the account "
        "at the foot of this page. Quote the invoice number DT-20417.",
        width=140,
    )
    paper.paragraph("Timber is measured on dispatch. The goods remain our property until paid in full.", width=140)
    return paper.finish()


def draw_invoice_that_reminds() -> bytes:
    """An invoice whose box speaks of a reminder for another one: a person may well want to look twice."""
    paper = open_paper(OMBREL, title="Invoice OF-7745")
    facts = (
        ("Invoice number", "OF-7745"),
        ("Invoice date", "18 March 2026"),
        ("Due date", "17 April 2026"),
        ("Your order", "PJ-5570"),
    )
    address_letter(paper, to=our_address(), facts=facts, y=50)
    paper.line("Invoice OF-7745", style=Style(size=20, cut="bold"))
    paper.skip(6)
    draw_bill(paper, bill=FITTINGS, style=TableStyle(fill="#F6E9E3", head_colour="#6E2A12"), total_label="Amount due")
    paper.skip(6)
    _reminder_box(paper)
    paper.paragraph(
        "Payment within 30 days net. Returns of unopened boxes within 14 days. Thank you for your order.", width=150
    )
    return paper.finish()


def _reminder_box(paper: Paper) -> None:
    top = paper.y - 6
    paper.fill(x=LEFT, y=top, width=RIGHT - LEFT, height=21, colour="#FBF3EE")
    paper.fill(x=LEFT, y=top, width=1.2, height=21, colour=OMBREL.colour)
    paper.skip(1.5)
    paper.line("Friendly reminder", x=LEFT + 6, style=BOLD)
    paper.paragraph(
        f"Our earlier invoice OF-7702 of 12 January 2026 over EUR {money(OVERDUE.total)} is still open. It fell due on "
        "11 February 2026. If you have sent the payment in the meantime, disregard this note.",
        x=LEFT + 6,
        width=RIGHT - LEFT - 14,
    )
    paper.y = top + 30


def draw_credit_note() -> bytes:
    """A credit note that names the invoice it corrects."""
    paper = open_paper(NETTLEHAUGH, title="Credit note NF-C-0093")
    facts = (
        ("Credit note no.", "NF-C-0093"),
        ("Date", "13 March 2026"),
        ("Original invoice", "NF-31208"),
        ("Customer no.", "70-118"),
    )
    address_letter(paper, to=our_address(), facts=facts, y=52)
    paper.line("Credit note", style=Style(size=24, cut="bold", colour=NETTLEHAUGH.colour))
    paper.skip(2)
    paper.paragraph(
        "We credit your account for the goods returned on 10 March 2026 (return slip R-552). This credit note corrects "
        "our invoice NF-31208 of 24 February 2026.",
        style=Style(size=10.5),
    )
    paper.skip(5)
    style = TableStyle(head_colour=NETTLEHAUGH.colour)
    draw_bill(paper, bill=RETURNED, style=style, total_label="Total credit", sign=-1)
    paper.skip(9)
    paper.paragraph(
        "The amount will be set against your next payment. No payment is needed. On request we transfer it to your "
        "account within five working days.",
        style=Style(size=10.5),
    )
    paper.skip(8)
    paper.line("Corwin Delmarsh", style=BOLD)
    paper.line("Customer accounts", style=LABEL)
    return paper.finish()

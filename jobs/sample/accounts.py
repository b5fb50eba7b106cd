"""Letters about an account: a statement, a payment reminder, and new bank details."""

from __future__ import annotations

from decimal import Decimal

from jobs.sample.bills import money
from jobs.sample.companies import DUSKARROW, KESTERMOOR, OMBREL, address_letter, open_paper, our_address
from jobs.sample.invoices import OAK, OVERDUE
from jobs.sample.paper import BODY, BOLD, LABEL, LEFT, RIGHT, Column, Paper, Style, TableStyle, right

ENTRIES = (
    ("1 Mar 2026", "Balance brought forward", "", Decimal("4212.60")),
    ("3 Mar 2026", "Payment received, thank you", "TR-0903", Decimal("-2980.20")),
    ("9 Mar 2026", "Invoice", "DT-20417", OAK.total),
    ("16 Mar 2026", "Credit note", "DT-C-0311", Decimal("-382.80")),
    ("24 Mar 2026", "Invoice", "DT-20466", Decimal("1764.00")),
)
LATE_FEE = Decimal("15.00")


def draw_statement() -> bytes:
    """A month of one account with a running balance and its ageing."""
    paper = open_paper(DUSKARROW, title="Statement of account, March 2026")
    facts = (("Customer no.", "1184"), ("Period", "1 to 31 March 2026"), ("Currency", "EUR"))
    address_letter(paper, to=our_address(), facts=facts)
    paper.line("Statement of account", style=Style(size=20, cut="bold", colour=DUSKARROW.colour))
    paper.line("All open invoices and payments as of 31 March 2026", style=LABEL)
    paper.skip(8)
    columns = (
        Column("Date", LEFT + 2),
        Column("Entry", 52),
        Column("Reference", 108),
        Column("Amount", 160, "right"),
        Column("Balance", RIGHT - 2, "right"),
    )
    rows, balance = _running_balance()
    paper.table(columns, rows, style=TableStyle(head_colour=DUSKARROW.colour))
    paper.skip(3)
    paper.text("Closing balance EUR", x=160, style=right(Style(size=11, cut="bold")))
    paper.text(money(balance), x=RIGHT - 2, style=right(Style(size=11, cut="bold")))
    paper.skip(14)
    _ageing(paper, balance=balance)
    paper.paragraph(
        "This statement is for reconciliation. Tell us within 14 days if an entry does not agree with your books."
    )
    return paper.finish()


def _running_balance() -> tuple[list[tuple[str, str, str, str, str]], Decimal]:
    rows, balance = [], Decimal(0)
    for date, entry, reference, amount in ENTRIES:
        balance += amount
        rows.append((date, entry, reference, money(amount), money(balance)))
    return rows, balance


def _ageing(paper: Paper, *, balance: Decimal) -> None:
    overdue = ENTRIES[0][3] + ENTRIES[1][3]
    parts = (
        ("Not yet due", balance - overdue),
        ("1 to 30 days", overdue),
        ("31 to 60 days", Decimal(0)),
        ("61 to 90 days", Decimal(0)),
    )
    paper.line("Ageing", style=BOLD)
    top, width = paper.y - 2, (RIGHT - LEFT) / 4
    for step, (label, amount) in enumerate(parts):
        x = LEFT + step * width
        paper.frame(x=x, y=top, width=width, height=15, colour="#B8C4BE")
        paper.text(label, x=x + 4, y=top + 5.6, style=LABEL)
        paper.text(money(amount), x=x + width - 4, y=top + 11.4, style=right(BODY))
    paper.y = top + 26


def draw_reminder() -> bytes:
    """A second reminder for one invoice, with a fee and a new deadline."""
    paper = open_paper(OMBREL, title="Second reminder, invoice OF-7702")
    facts = (("Date", "12 March 2026"), ("Customer no.", "40-0918"), ("Our contact", "Petra Quillon"))
    address_letter(paper, to=our_address(), facts=facts, y=50)
    paper.line("Second reminder", style=Style(size=20, cut="bold"))
    paper.line("Invoice OF-7702, your order PJ-5498", style=LABEL)
    paper.skip(5)
    paper.line("Dear Accounts payable team,")
    paper.skip(2.5)
    paper.paragraph(
        "Our invoice OF-7702 of 12 January 2026 was due on 11 February 2026. We wrote to you on 25 February and have "
        "not received your payment. The invoice is now 29 days overdue."
    )
    paper.skip(3)
    _overdue_table(paper)
    paper.skip(7)
    paper.paragraph(
        "Transfer the open amount by 19 March 2026, quoting the invoice number. After that date we will have to stop "
        "deliveries and hand the claim to a collection agency."
    )
    paper.paragraph("If you have already paid, this letter has crossed your payment and needs no answer.")
    paper.skip(5)
    paper.line("Kind regards,")
    paper.skip(6)
    paper.line("Petra Quillon", style=BOLD)
    paper.line("Credit control", style=LABEL)
    return paper.finish()


def _overdue_table(paper: Paper) -> None:
    columns = (
        Column("Invoice", LEFT + 2),
        Column("Dated", 72),
        Column("Due", 112),
        Column("Open amount EUR", RIGHT - 2, "right"),
    )
    rows = (
        ("OF-7702", "12 January 2026", "11 February 2026", money(OVERDUE.total)),
        ("Late payment fee", "12 March 2026", "at once", money(LATE_FEE)),
    )
    paper.table(columns, rows, style=TableStyle(fill="#F6E9E3", head_colour="#6E2A12"))
    paper.skip(1.5)
    paper.text("Total now overdue", x=LEFT + 2, style=Style(size=10.5, cut="bold"))
    paper.text(money(OVERDUE.total + LATE_FEE), x=RIGHT - 2, style=right(Style(size=10.5, cut="bold")))
    paper.skip(4)
    paper.rule(weight=1, colour="#6E2A12")
    paper.skip(5)


def draw_bank_details() -> bytes:
    """A letter that announces a new account: the kind that is worth a phone call."""
    paper = open_paper(KESTERMOOR, title="Change of bank details")
    address_letter(paper, to=our_address(), facts=(("Date", "23 March 2026"), ("Your customer no.", "P-2207")), y=56)
    paper.line("Change of our bank details", style=Style(size=18, cut="bold", colour=KESTERMOOR.colour))
    paper.skip(5)
    paper.line("Dear customer,")
    paper.skip(2.5)
    paper.paragraph(
        "We are moving our accounts to another bank. From 1 April 2026 use only the new bank account below for all "
        "future payments. The old account closes on 30 April 2026."
    )
    paper.skip(3)
    _old_and_new(paper)
    paper.paragraph(
        "Update the account in your supplier records. Amounts, terms and invoice numbers stay the same. A confirmation "
        "from the bank is available on request."
    )
    paper.paragraph(
        "For your security, confirm this change by phone on a number that you already have, not on one from a letter."
    )
    paper.skip(6)
    paper.line("Yours faithfully,")
    paper.skip(6)
    paper.line("Edda Brockhurst", style=BOLD)
    paper.line("Head of finance", style=LABEL)
    return paper.finish()


def _old_and_new(paper: Paper) -> None:
    columns = (Column("", LEFT + 2), Column("Old account", 62), Column("New account", 126))
    rows = (
        ("Account holder", "Kestermoor Freight", "Kestermoor Freight"),
        ("Bank", "Depot Savings Bank", "Harrowgill Trade Bank"),
        ("IBAN", KESTERMOOR.iban, "ZZ34 HARR 0090 5512 3308"),
        ("Swift code", "KESTZZ21", "HARRZZ44"),
        ("Valid", "until 31 March 2026", "from 1 April 2026"),
    )
    paper.table(columns, rows, style=TableStyle(fill="#E6EDF4", head_colour=KESTERMOOR.colour))
    paper.skip(7)

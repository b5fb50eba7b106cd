"""What bills have in common: lines that multiply, totals that add up, and the table that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from jobs.sample.paper import LEFT, RIGHT, Column, Paper, Style, TableStyle

CENT = Decimal("0.01")
VAT_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; ``price`` is for one unit, in euros."""

    item: str
    quantity: int
    unit: str
    price: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.price) * self.quantity


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and their totals, in euros."""

    lines: Sequence[Line]

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def vat(self) -> Decimal:
        return (self.net * VAT_PERCENT / 100).quantize(CENT, rounding=ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def money(amount: Decimal, *, sign: int = 1) -> str:
    """Two decimals and thousands parted by commas; ``sign`` -1 for money that goes back."""
    return f"{sign * amount:,.2f}"


COLUMNS = (
    Column("Item", LEFT + 2),
    Column("Quantity", 118, "right"),
    Column("Unit", 124),
    Column("Unit price", 160, "right"),
    Column("Amount EUR", RIGHT - 2, "right"),
)


def draw_bill(paper: Paper, *, bill: Bill, style: TableStyle, total_label: str, sign: int = 1) -> None:
    """Set the lines and, flush right below them, net, VAT and total."""
    rows = [
        (line.item, f"{line.quantity}", line.unit, money(Decimal(line.price)), money(line.amount, sign=sign))
        for line in bill.lines
    ]
    paper.table(COLUMNS, rows, style=style)
    paper.skip(2.5)
    _total(paper, label="Net amount", value=money(bill.net, sign=sign))
    _total(paper, label=f"VAT {VAT_PERCENT}%", value=money(bill.vat, sign=sign))
    paper.rule(y=paper.y - 3.4, x0=116, weight=0.8, colour=style.head_colour)
    paper.skip(2.2)
    _total(paper, label=total_label, value=money(bill.total, sign=sign), cut="bold", size=11)


def _total(paper: Paper, *, label: str, value: str, cut: str = "regular", size: float = 9.5) -> None:
    paper.text(label, x=160, style=Style(size=size, cut=cut, align="right"))
    paper.text(value, x=RIGHT - 2, style=Style(size=size, cut=cut, align="right"))
    paper.skip(5.9)

"""A contract of three pages: parties, numbered clauses, signatures, and a schedule with its own table."""

from __future__ import annotations

from decimal import Decimal

from jobs.sample.bills import money
from jobs.sample.companies import PELLOWICK, VANTLOW, draw_letterhead, open_paper
from jobs.sample.paper import BOLD, LABEL, LEFT, RIGHT, WIDTH, Column, Paper, Style, TableStyle, right
from jobs.sample.signing import FENWIDE, ORROWELL, draw_signature_block

CLAUSE = Style(size=10.2)
# A line with a hash opens a clause, blank lines part its sentences.
FIRST_PAGE = """\
# Subject

The Lessor lets to the Lessee the machines listed in Schedule A for use in the Lessee's workshop at Saw Pit Lane
12, Pellowick.

The machines remain the property of the Lessor at all times. The Lessee may not sublet, pledge or move them to
other premises without written consent.

# Term

This agreement begins on 1 April 2026 and runs for 24 months. It renews for 12 months at a time unless one party
gives notice in writing three months before the end of a term.

# Rent

The monthly rent is stated in Schedule A, excludes VAT, and is payable in advance on the third working day of
each month.

The Lessor may adjust the rent once a year, by no more than the change of the price index for machinery.

# Delivery and setting up

The Lessor delivers, sets up and tests the machines at its own cost. Both parties record their condition in a
handover report.
"""
SECOND_PAGE = """\
# Care and maintenance

The Lessee uses the machines as their manuals prescribe and reports every defect without delay.

The Lessor services each machine twice a year and repairs defects within three working days. No rent is due for
a machine that stands still for longer.

# Insurance and liability

The Lessee insures the machines against fire, theft and water at their replacement value. Neither party is
liable for loss of profit, except where it acted with intent or gross negligence.

# Termination

Either party may terminate this agreement for cause if the other breaches a material obligation and does not
remedy the breach within 30 days of a written request.

# Final provisions

Changes to this agreement must be in writing. If a provision is void, the others remain in force. The law of the
Lessor's seat governs; the courts at Vantlow have jurisdiction.
"""
MACHINES = (
    ("1", "Panel saw with scoring unit, 3.2 m table", "VM-PS-0417", "24", "486.00"),
    ("2", "Thicknesser, 630 mm, helical head", "VM-TH-0228", "24", "312.00"),
    ("3", "Spindle moulder with tilting arbor", "VM-SM-0093", "24", "355.00"),
    ("4", "Dust extractor, 4 inlets, filter class M", "VM-DX-0510", "24", "148.00"),
)
INCLUDED = (
    "Delivery, setting up and one day of instruction",
    "Two services a year, with wear parts",
    "Safety inspection and its certificate",
)


def draw_contract() -> bytes:
    """Pages 1 and 2 hold the clauses, page 3 the schedule."""
    paper = open_paper(VANTLOW, title="Machine hire agreement VM-2026-118")
    _title_and_parties(paper)
    written = _clauses(paper, text=FIRST_PAGE, after=0)
    _go_on(paper)
    _clauses(paper, text=SECOND_PAGE, after=written)
    _signatures(paper)
    _go_on(paper)
    _schedule(paper)
    return paper.finish()


def _go_on(paper: Paper) -> None:
    paper.turn_page()
    draw_letterhead(paper, company=VANTLOW)


def _title_and_parties(paper: Paper) -> None:
    paper.skip(10)
    paper.text("Machine hire agreement", x=WIDTH / 2, style=Style(size=21, cut="bold", align="centre"))
    paper.skip(14)
    paper.line("between", style=Style(cut="italic"))
    paper.skip(2)
    for party, role in ((VANTLOW, "the Lessor"), (PELLOWICK, "the Lessee")):
        paper.text(party.name, x=LEFT + 8, style=BOLD)
        paper.text(f"{', '.join(party.address)} (“{role}”)", x=LEFT + 62)
        paper.skip(6.4)
    paper.skip(1)
    paper.line("The parties agree as follows.")
    paper.skip(5)


def _clauses(paper: Paper, *, text: str, after: int) -> int:
    """Set the clauses of a page, numbered on; gives the number of the last."""
    number, step = after, 0
    for piece in text.strip().split("\n\n"):
        if piece.startswith("# "):
            number, step = number + 1, 0
            _heading(paper, number=number, heading=piece[2:])
        else:
            step += 1
            paper.text(f"{number}.{step}", style=CLAUSE)
            paper.paragraph(piece, x=LEFT + 10, width=RIGHT - LEFT - 10, style=CLAUSE)
    return number


def _heading(paper: Paper, *, number: int, heading: str) -> None:
    style = Style(size=11.5, cut="bold")
    paper.skip(4.5)
    paper.text(f"{number}.", style=style)
    paper.line(heading, x=LEFT + 10, style=style)
    paper.skip(1.2)


def _signatures(paper: Paper) -> None:
    paper.skip(6)
    paper.line("Signed in two copies, Vantlow, 25 March 2026")
    paper.skip(22)
    draw_signature_block(paper, x=LEFT, signature=FENWIDE, name="Lucan Fenwide", role="for the Lessor")
    draw_signature_block(paper, x=114, signature=ORROWELL, name="Tamsin Orrowell", role="for the Lessee")


def _schedule(paper: Paper) -> None:
    paper.line("Schedule A", style=Style(size=17, cut="bold"))
    paper.line("Machines, terms and monthly rent, part of agreement VM-2026-118", style=LABEL)
    paper.skip(8)
    columns = (
        Column("No.", LEFT + 2),
        Column("Machine", LEFT + 14),
        Column("Serial number", 108),
        Column("Months", 158, "right"),
        Column("Rent EUR", RIGHT - 2, "right"),
    )
    paper.table(columns, MACHINES, style=TableStyle(head_colour=VANTLOW.colour))
    paper.skip(2.5)
    paper.text("Rent per month, excluding VAT", x=158, style=right(BOLD))
    rent = sum((Decimal(machine[4]) for machine in MACHINES), Decimal(0))
    paper.text(money(rent), x=RIGHT - 2, style=right(BOLD))
    paper.skip(14)
    paper.line("Included", style=BOLD)
    paper.skip(1)
    for item in INCLUDED:
        paper.line(f"•  {item}", x=LEFT + 2)

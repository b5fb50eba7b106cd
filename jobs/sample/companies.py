"""The invented companies of the sample desk and their letter paper.

Pellowick Joinery is the company whose post is sorted; the others write to it. None of them exists: the country code ZZ
belongs to nobody, and mail to ``.example`` goes nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from jobs.sample.paper import LEFT, RIGHT, SANS, SERIF, SMALL, WIDTH, Face, Paper, Style, right


@dataclass(frozen=True, slots=True)
class Company:
    """What stands on a company's letter paper."""

    name: str
    trade: str
    address: tuple[str, ...]
    mail: str
    vat: str
    iban: str
    colour: str
    face: Face


PELLOWICK = Company(
    name="Pellowick Joinery",
    trade="Windows, doors and stairs",
    address=("Saw Pit Lane 12", "Pellowick PK4"),
    mail="accounts@pellowick.example",
    vat="ZZ 2207 1184",
    iban="ZZ41 PELL 0022 0711 8401",
    colour="#8A5A2B",
    face=SANS,
)
DUSKARROW = Company(
    name="Duskarrow Timber",
    trade="Hardwood, softwood and boards since 1931",
    address=("Rafters Wharf 3", "Duskarrow DK7"),
    mail="ledger@duskarrow.example",
    vat="ZZ 4417 2093",
    iban="ZZ20 DUSK 0004 4172 0931",
    colour="#24483A",
    face=SERIF,
)
OMBREL = Company(
    name="Ombrel Fittings",
    trade="Hinges, locks and fixings",
    address=("Anvil Street 88", "Lower Ombrel LO2"),
    mail="accounts@ombrel.example",
    vat="ZZ 7731 5560",
    iban="ZZ63 OMBR 0077 3155 6002",
    colour="#A8431F",
    face=SANS,
)
KESTERMOOR = Company(
    name="Kestermoor Freight",
    trade="Part loads, pallets and long goods",
    address=("Depot Road 140", "Kestermoor KM1"),
    mail="office@kestermoor.example",
    vat="ZZ 6120 4478",
    iban="ZZ58 KEST 0061 2044 7801",
    colour="#1F4A73",
    face=SANS,
)
NETTLEHAUGH = Company(
    name="Nettlehaugh Finishes",
    trade="Oils, stains and lacquers for wood",
    address=("Pigment Court 5", "Nettlehaugh NH9"),
    mail="sales@nettlehaugh.example",
    vat="ZZ 3085 9912",
    iban="ZZ77 NETT 0030 8599 1203",
    colour="#5B3A63",
    face=SERIF,
)
VANTLOW = Company(
    name="Vantlow Machine Hire",
    trade="Workshop machines by the month",
    address=("Flywheel Park 21", "Vantlow VL3"),
    mail="contracts@vantlow.example",
    vat="ZZ 5190 3364",
    iban="ZZ09 VANT 0051 9033 6407",
    colour="#33383F",
    face=SERIF,
)


def open_paper(company: Company, *, title: str) -> Paper:
    """A first page with the company's letterhead and foot; the place is below the letterhead."""
    paper = Paper(title=title, author=company.name, face=company.face)
    draw_letterhead(paper, company=company)
    return paper


def draw_letterhead(paper: Paper, *, company: Company) -> None:
    """Put the head and the foot of the company on this page, whatever page it is."""
    LETTERHEADS[company.name](paper, company)
    _foot(paper, company)


def address_letter(
    paper: Paper, *, to: tuple[str, ...], facts: tuple[tuple[str, str], ...], y: float = 54, title_gap: float = 14
) -> None:
    """Set the addressee on the left and dates and numbers on the right; the place is where the title goes."""
    below_address = paper.block(to, x=LEFT, y=y)
    below_facts = paper.facts(facts, x=122, y=y, value_x=152)
    paper.y = max(below_address, below_facts) + title_gap


def _name_on_the_right(paper: Paper, company: Company, *, y: float) -> None:
    paper.block((*company.address, company.mail), x=RIGHT, y=y, style=right(Style(size=8.5, colour="#52565C")))


def _duskarrow(paper: Paper, company: Company) -> None:
    for radius in (1.6, 3.1, 4.6, 6.1):
        paper.ring(x=LEFT + 6.5, y=23.5, radius=radius, colour=company.colour, weight=0.9)
    paper.text(company.name, x=LEFT + 17, y=24, style=Style(size=21, cut="bold", colour=company.colour))
    paper.text(company.trade, x=LEFT + 17, y=29, style=Style(size=9.5, cut="italic", colour="#52565C"))
    _name_on_the_right(paper, company, y=20)
    paper.rule(y=36, weight=1.4, colour=company.colour)
    paper.rule(y=37, weight=0.4, colour=company.colour)
    paper.y = 54


def _ombrel(paper: Paper, company: Company) -> None:
    paper.fill(x=0, y=0, width=WIDTH, height=6, colour=company.colour)
    hexagon = [(LEFT + 6 + 6 * math.cos(turn), 22 + 6 * math.sin(turn)) for turn in _sixths()]
    paper.shape(hexagon, colour=company.colour)
    paper.disc(x=LEFT + 6, y=22, radius=2.6, colour="#FFFFFF")
    paper.text(company.name, x=LEFT + 16, y=22.6, style=Style(size=17, cut="bold"))
    paper.text(company.trade, x=LEFT + 16, y=27.4, style=Style(size=8.5, colour="#52565C"))
    _name_on_the_right(paper, company, y=19)
    paper.y = 50


def _sixths() -> list[float]:
    return [math.pi / 3 * step for step in range(6)]


def _kestermoor(paper: Paper, company: Company) -> None:
    paper.fill(x=LEFT, y=16, width=RIGHT - LEFT, height=17, colour=company.colour)
    for step in range(3):
        x = RIGHT - 30 + step * 8
        paper.shape(
            [(x, 20), (x + 4, 20), (x + 9, 24.5), (x + 4, 29), (x, 29), (x + 5, 24.5)],
            colour=("#5E86AC", "#9DB7CF", "#FFFFFF")[step],
        )
    paper.text(
        company.name.upper(), x=LEFT + 6, y=24.4, style=Style(size=15, cut="bold", colour="#FFFFFF", tracking=0.6)
    )
    paper.text(company.trade, x=LEFT + 6, y=29.2, style=Style(size=8.5, colour="#D5E1EC"))
    contact = "  ·  ".join((*company.address, company.mail))
    paper.text(contact, x=LEFT, y=39, style=Style(size=8.5, colour="#52565C"))
    paper.y = 54


def _nettlehaugh(paper: Paper, company: Company) -> None:
    middle = WIDTH / 2
    for shift, colour in ((-6, "#C9A227"), (0, "#8E4A3A"), (6, company.colour)):
        paper.disc(x=middle + shift, y=18, radius=4.2, colour=colour)
    name = Style(size=17, cut="bold", colour=company.colour, align="centre", tracking=0.4)
    paper.text(company.name, x=middle, y=30, style=name)
    paper.text(company.trade, x=middle, y=35, style=Style(size=9.5, cut="italic", colour="#52565C", align="centre"))
    paper.rule(y=39.5, weight=0.6, colour=company.colour)
    paper.y = 54


def _pellowick(paper: Paper, company: Company) -> None:
    for step in range(3):
        x = LEFT + step * 4.6
        paper.shape([(x, 17), (x + 4.2, 17), (x + 3, 22.2), (x + 1.2, 22.2)], colour=company.colour)
        paper.shape([(x + 1.4, 23.2), (x + 2.8, 23.2), (x + 4.2, 28.4), (x, 28.4)], colour="#C9A77E")
    paper.text(company.name, x=LEFT + 18, y=22.2, style=Style(size=16, cut="bold"))
    paper.text(company.trade, x=LEFT + 18, y=27.6, style=Style(size=8.5, colour="#52565C"))
    _name_on_the_right(paper, company, y=19.5)
    paper.rule(y=35, weight=0.8, colour=company.colour)
    paper.y = 50


def _vantlow(paper: Paper, company: Company) -> None:
    running = Style(size=8.5, cut="italic", colour="#52565C")
    paper.text(f"{company.name}, {', '.join(company.address)}", y=16, style=running)
    paper.text("Agreement VM-2026-118", x=RIGHT, y=16, style=right(running))
    paper.rule(y=19, weight=0.5, colour=company.colour)
    paper.y = 34


LETTERHEADS: dict[str, Callable[[Paper, Company], None]] = {
    DUSKARROW.name: _duskarrow,
    OMBREL.name: _ombrel,
    KESTERMOOR.name: _kestermoor,
    NETTLEHAUGH.name: _nettlehaugh,
    PELLOWICK.name: _pellowick,
    VANTLOW.name: _vantlow,
}


def _foot(paper: Paper, company: Company) -> None:
    paper.rule(y=278, weight=0.5, colour="#B9BCC1")
    paper.text(f"{company.name}, {', '.join(company.address)}", y=282.5, style=SMALL)
    paper.text(f"VAT no. {company.vat}", y=286, style=SMALL)
    paper.text(f"IBAN {company.iban}", x=WIDTH / 2 + 12, y=282.5, style=SMALL)
    paper.text(company.mail, x=WIDTH / 2 + 12, y=286, style=SMALL)
    paper.text(f"Page {paper.page}", x=RIGHT, y=282.5, style=right(SMALL))


def our_address(*, desk: str = "Accounts payable") -> tuple[str, ...]:
    """The company whose post is sorted, as others write it on a letter."""
    return (PELLOWICK.name, desk, *PELLOWICK.address)

"""The documents of the sample desk: a week of invented post for Pellowick Joinery, generated on the spot.

``python -m jobs.sample.documents FOLDER`` writes them and says where.

Nothing here needs Django, the network or a font beyond those that reportlab and Pillow bring, and the same code gives
the same bytes every time, so that loading the sample twice finds duplicates.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs.sample import accounts, agreement, goods, invoices, office, packet, scans

PDF = "application/pdf"
PNG = "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAIL = "message/rfc822"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One document and what a person would make of it.

    ``page_types`` are types of the accounts payable starter, one for each page (one alone where the format has no
    pages), null where no rule fits. ``has_text`` is false for pictures of paper. ``make`` gives the bytes.
    """

    name: str
    media_type: str
    page_types: tuple[str | None, ...]
    has_text: bool = True
    about: str
    make: Callable[[], bytes]

    @property
    def fits(self) -> str | None:
        """The type of the document as a whole: that of its first page."""
        return self.page_types[0]


SAMPLES: tuple[Sample, ...] = (
    Sample(
        name="duskarrow_invoice_DT-20417.pdf",
        media_type=PDF,
        page_types=("Supplier invoice",),
        about="A plain invoice for what purchase order PJ-5561 asked",
        make=invoices.draw_invoice,
    ),
    Sample(
        name="pellowick_order_PJ-5561.pdf",
        media_type=PDF,
        page_types=("Purchase order",),
        about="Our own order for timber",
        make=goods.draw_purchase_order,
    ),
    Sample(
        name="kestermoor_delivery_KF-8812.pdf",
        media_type=PDF,
        page_types=("Delivery note",),
        about="The carrier's note for the same goods, signed",
        make=goods.draw_delivery_note,
    ),
    Sample(
        name="duskarrow_statement_march.pdf",
        media_type=PDF,
        page_types=("Supplier statement",),
        about="A month of one account with running balance and ageing",
        make=accounts.draw_statement,
    ),
    Sample(
        name="nettlehaugh_credit_NF-C-0093.pdf",
        media_type=PDF,
        page_types=("Credit note",),
        about="Money back for returned goods",
        make=invoices.draw_credit_note,
    ),
    Sample(
        name="nettlehaugh_invoice_with_note.pdf",
        media_type=PDF,
        page_types=("Supplier invoice", "Delivery note"),
        about="A packet: an invoice and the delivery note stapled behind it",
        make=packet.draw_packet,
    ),
    Sample(
        name="ombrel_second_reminder.pdf",
        media_type=PDF,
        page_types=("Payment reminder",),
        about="Chases invoice OF-7702, with a fee and a new deadline",
        make=accounts.draw_reminder,
    ),
    Sample(
        name="ombrel_invoice_OF-7745.pdf",
        media_type=PDF,
        page_types=("Supplier invoice",),
        about="A new invoice that also carries a reminder for an older one: worth a second look",
        make=invoices.draw_invoice_that_reminds,
    ),
    Sample(
        name="kestermoor_bank_letter.pdf",
        media_type=PDF,
        page_types=("Bank details change",),
        about="Announces a new account: worth a phone call",
        make=accounts.draw_bank_details,
    ),
    Sample(
        name="sallowby_remittance_17_march.eml",
        media_type=MAIL,
        page_types=("Remittance advice",),
        about="A mail that lists what a transfer pays, with the list attached",
        make=office.write_remittance,
    ),
    Sample(
        name="scan_0316_form.pdf",
        media_type=PDF,
        page_types=("Expense claim",),
        has_text=False,
        about="A scanned form without a text layer: decided from the image",
        make=scans.draw_expense_form,
    ),
    Sample(
        name="scan_0317_receipt.png",
        media_type=PNG,
        page_types=("Expense claim",),
        has_text=False,
        about="A scanned till receipt that goes with the form: decided from the image",
        make=scans.draw_receipt,
    ),
    Sample(
        name="vantlow_hire_agreement.pdf",
        media_type=PDF,
        page_types=(None, None, None),
        about="A contract of three pages: no rule of accounts payable fits",
        make=agreement.draw_contract,
    ),
    Sample(
        name="varncastle_complaint.docx",
        media_type=DOCX,
        page_types=(None,),
        about="A customer's complaint that came to the wrong desk: no rule fits",
        make=office.write_complaint,
    ),
    Sample(
        name="canteen_menu_week_13.txt",
        media_type=TEXT,
        page_types=(None,),
        about="The canteen's menu: no rule fits",
        make=office.write_menu,
    ),
)


def write_samples(folder: Path) -> list[Path]:
    """Write every sample into ``folder``, which is made when missing; gives the paths in the order of ``SAMPLES``.

    A file of the same name is replaced. Takes about two seconds and less than a megabyte.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for sample in SAMPLES:
        path = folder / sample.name
        path.write_bytes(sample.make())
        paths.append(path)
    return paths


if __name__ == "__main__":
    print(*write_samples(Path(sys.argv[1])), sep="\n")  # noqa: T201 - what was asked for, one path a line

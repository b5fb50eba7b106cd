"""The documents that the SDKs send, drawn on the spot."""

from __future__ import annotations

import os
from pathlib import Path

from tests.engine.documents import draw_text_pdf
from tests.engine.ocr.papers import INVOICE as PICTURED_INVOICE
from tests.engine.ocr.papers import draw_letter, save_picture
from tests.office_files import rows, xlsx

INVOICE = """INVOICE
Northwind Traders Ltd
Invoice number: 4711
Bill to: Contoso
Amount due: 119.00"""

LEASE = """LEASE AGREEMENT
between the landlord and the tenant of the premises
The tenant pays the rent on the first of each month.
The landlord returns the deposit at the end of the lease."""

RECIPE = """Apple pie
Peel six apples and cut them into slices.
Knead flour, butter and sugar to a dough.
Bake for forty minutes."""


def write_samples(folder: Path) -> Path:
    """One document of each sort that the checks ask for."""
    contents = {
        "invoice.pdf": draw_text_pdf(INVOICE),
        "lease.pdf": draw_text_pdf(LEASE),
        "recipe.pdf": draw_text_pdf(RECIPE),
        "two_pages.pdf": draw_text_pdf(INVOICE, LEASE),
        "three_pages.pdf": draw_text_pdf(INVOICE, LEASE, RECIPE),
        "six_pages.pdf": draw_text_pdf(*[INVOICE] * 6),
        "blank_page.pdf": draw_text_pdf(LEASE, ""),
        "broken.pdf": b"%PDF-1.7\nnothing of a PDF follows",
        "noise.bin": os.urandom(2_000),
        "words.txt": INVOICE.encode(),
        "table.csv": b"invoice,amount\n4711,119.00\n4712,20.00\n",
        "table.xlsx": xlsx({"Sheet": rows(["invoice", "amount"], ["4711", "119.00"])}),
        "large.pdf": draw_text_pdf(INVOICE) + b"\n% padding" * 200_000,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    save_picture(folder, draw_letter(PICTURED_INVOICE), "invoice.png")
    return folder

"""A corpus small enough to be written and judged in seconds: six types of four senders, and papers of no type."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from classifyhub.bench.engine.corpus import load_corpus, read_all
from tests.engine.documents import draw_text_pdf

RULES = {
    "invoice": "A bill a supplier sends us: invoice number, date and the amount due.",
    "resume": "A person's CV: work experience, education, skills.",
    "menu": "What a restaurant serves: starters, mains and desserts with prices.",
    "contract": "An agreement between two or more parties with terms and clauses.",
    "manual": "How to install, use and look after a device.",
    "letter": "A letter to somebody, with a salutation and a signature.",
}
SENDERS = ("north", "south", "east", "west")
INVOICE = "INVOICE\nInvoice number: {0}1\nInvoice date: 3 May\nBill to: {0} stores\nSubtotal 90.00\nAmount due: 107.10"
RESUME = "CURRICULUM VITAE\nAda of {0}\nWork experience\nKeeper of lamps in {0}\nEducation\nSkills\nReferences"
MENU = "MENU\nThe {0} kitchen\nStarters\nSoup 4.50\nMain courses\nRoast 12.00\nDesserts\nPudding 3.50"
CONTRACT = "AGREEMENT\nThis agreement is made between {0} and the other party.\nTerm and termination\nGoverning law"
MANUAL = "USER MANUAL\nThe {0} lamp\nSafety instructions\nInstallation\nTroubleshooting\nMaintenance"
LETTER = "Dear Mrs {0},\nthank you for your letter of last week about the garden.\nYours sincerely,\nJohn Smith"
DIARY = "The hedge in the {0} grew by a hand.\nWe watered the tulips twice and it rained in the night after."
PAPERS = {
    "invoice": INVOICE,
    "resume": RESUME,
    "menu": MENU,
    "contract": CONTRACT,
    "manual": MANUAL,
    "letter": LETTER,
    "none_of_these": DIARY,
}
LABELS = ("file", "type", "has_text_layer", "source_repo")


def write_table(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def write_corpus(folder: Path) -> Path:
    """Two papers of each type from each sender, one of whom leaves out the first line; a packet; some short texts."""
    rows = []
    for label, paper in PAPERS.items():
        (folder / label).mkdir()
        for sender in SENDERS:
            for number in (1, 2):
                name = f"{label}/{sender}{number}.txt"
                text = paper.format(f"{sender}{number}")
                (folder / name).write_text(text.partition("\n")[2] if sender == "east" else text, encoding="utf-8")
                rows.append((name, label, "yes", f"{sender}/papers"))
    write_table(folder / "labels.csv", LABELS, [*rows, ("packet/both.pdf", "packet", "yes", "north/papers")])
    rules = [{"type": name, "description": description} for name, description in RULES.items()]
    (folder / "rules.json").write_text(json.dumps(rules), encoding="utf-8")
    (folder / "packet").mkdir()
    (folder / "packet" / "both.pdf").write_bytes(draw_text_pdf(INVOICE.format("x"), RESUME.format("x")))
    pages = [("packet/both.pdf", 1, "invoice", 1, ""), ("packet/both.pdf", 2, "resume", 2, "none_of_these; menu")]
    write_table(folder / "packets.csv", ("file", "page", "type", "document", "also_acceptable"), pages)
    (folder / "text").mkdir()
    texts = [("Please send the invoice again", "invoice"), ("My resume is enclosed", "resume"), ("Hello", "resume")]
    write_table(folder / "text" / "notes.csv", ("text", "label"), texts)
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return load_corpus(write_corpus(tmp_path_factory.mktemp("corpus")))


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def readings(corpus, cache):
    return read_all([*(document.path for document in corpus.documents), *corpus.packet_paths], cache=cache, jobs=1)

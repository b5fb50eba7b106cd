"""What the mode of a preset means for a page that is mostly picture: an upload, a run, and the answer."""

from __future__ import annotations

import pytest

from jobs.models import Result
from tests.engine.ocr.papers import draw_letter, scan_pdf
from tests.support.clerk import wait_until_done
from tests.support.factories import a_version
from tests.support.programs import find_program, skipped_without_program

# Enough text for the page not to count as a scan, and nothing in it that says what the picture shows.
CAPTION = "Figure 1. The paper as it came in by post on Monday the third of May last year."


@pytest.fixture(scope="module", autouse=True)
def tesseract():
    with skipped_without_program():
        find_program("tesseract", package="tesseract-ocr")


def classify_bill_in_a_picture(clerk, mode: str) -> Result:
    clerk.version = a_version(clerk.project, provider="local", mode=mode)
    run = clerk.classify({"bill.pdf": scan_pdf(draw_letter(), caption=CAPTION)})
    wait_until_done(run)
    return run.jobs.get().result


def test_multimodal_reads_the_picture_and_quotes_it_in_its_place(clerk):
    result = classify_bill_in_a_picture(clerk, "MULTIMODAL")
    assert result.type == "Invoice"
    quotes = {quote["quote"]: quote["boxes"] for quote in result.evidence}
    assert "INVOICE" in quotes
    assert all(quotes.values())


def test_fast_goes_by_the_text_of_the_page_alone(clerk):
    assert classify_bill_in_a_picture(clerk, "FAST").type is None

"""The figures about speed: that each is measured, on documents for which it makes sense."""

from __future__ import annotations

import shutil

import pytest

from classifyhub.bench.engine import scans, speed
from classifyhub.bench.engine.corpus import load_corpus, read_all
from classifyhub.engine import Page, Reading, lay_out, make_gist
from classifyhub.engine.embedding import OFF, Place
from classifyhub.engine.sniffing import PDF
from tests.bench.conftest import write_corpus
from tests.engine.ocr.papers import draw_letter, save_picture

PDF_FIGURES = {"documents", "pages", "pages/s, PDFium alone", "pages/s, file to answer", "engine / PDFium alone"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Measured on a few texts, a packet of two pages and, where tesseract is installed, a picture."""
    folder = write_corpus(tmp_path_factory.mktemp("papers"))
    corpus = load_corpus(folder)
    paths = [*(document.path for document in corpus.documents[:3]), *corpus.packet_paths]
    if shutil.which("tesseract"):
        paths.append(save_picture(folder, draw_letter()))
    readings = read_all(paths, cache=tmp_path_factory.mktemp("kept"), jobs=1)
    return speed.measure(corpus, readings, place=Place(folder, OFF), repeats=1)


@pytest.mark.long
def test_a_thousand_kept_documents_are_judged(figures):
    assert figures["verdicts on 1000 kept documents under new rules, two at once, s"] > 0
    assert figures["whole answers to kept documents under new rules, two at once, documents/s"] > 0


@pytest.mark.long
def test_the_engine_is_set_beside_bare_extraction(figures):
    assert figures.keys() >= {f"text PDFs: {name}" for name in PDF_FIGURES}
    assert (figures["text PDFs: documents"], figures["text PDFs: pages"]) == (1, 2)
    assert figures["text PDFs: engine / PDFium alone"] > 0


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
def test_a_scan_is_set_beside_bare_tesseract(figures):
    assert figures["scans: pages"] == 1
    assert figures["scans: pages/s / bare tesseract"] > 0


@pytest.mark.long
def test_the_start_and_the_memory_are_those_of_processes_of_their_own(figures):
    assert 0.05 < figures["cold start of manage.py classify, s"] < 60
    assert 20 < figures["memory of a process that has classified the corpus, MB"] < 1000
    assert figures["memory with the sentence encoder loaded, MB"] is None


def test_a_text_pdf_is_one_that_ocr_had_no_part_in():
    page, picture = Page(1, "Invoice", "layer"), Page(2, "Invoice", "ocr")
    assert speed.is_text_pdf(Reading(PDF, 1, (page,)))
    assert not speed.is_text_pdf(Reading(PDF, 1, (page,), facts=(("ocr", "tesseract"),)))
    assert not speed.is_text_pdf(Reading(PDF, 2, (page, picture)))
    assert not speed.is_text_pdf(Reading(PDF, 1, ()))
    assert not speed.is_text_pdf(Reading("text/plain", 1, (page,)))


def test_what_is_judged_from_what_is_kept_is_what_the_document_is(corpus, readings, tmp_path):
    document = next(document for document in corpus.documents if document.label == "invoice")
    gist, text = tmp_path / "a.gist", tmp_path / "a.json"
    gist.write_bytes(make_gist(readings[document.path], lay_out(readings[document.path])).to_bytes())
    speed.keep_reading(text, readings[document.path])
    assert speed.judge_kept([gist], corpus.rules) == speed.answer_kept([text], corpus.rules) == ["invoice"]


def test_without_pdfs_and_scans_their_figures_are_null(corpus, readings, tmp_path):
    texts = {path: reading for path, reading in readings.items() if path.suffix == ".txt"}
    assert set(scans.measure(texts, tmp_path, best_of=None).values()) == {None}
    assert set(speed.measure_text_pdfs(texts, corpus.rules, None, repeats=1).values()) == {None}


def test_the_fastest_of_some_repeats_counts():
    waits = iter([0.5, 0.0, 0.5])
    assert speed.best_of(3, lambda: speed.time.sleep(next(waits))) < 0.5

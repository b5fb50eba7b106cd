"""Each hostile file ends in an answer or a named error, within the limits, and harms nobody else."""

from __future__ import annotations

import pytest

from classifyhub.bench import hostile as bench
from classifyhub.engine import RENDERABLE, ReadError, classify, compile_rules, sniff
from classifyhub.engine.sandbox import Sandbox
from tests.engine.documents import RULES, draw_text_pdf, save
from tests.hostile_files import READ, all_hostile_files, make_ciphertext, make_empty, make_password_rc4, plain_pdf

FILES = all_hostile_files()
SECONDS, MEGABYTES = 60, 1000
# Each keeps a processor busy for seconds, and another of its kind does so too.
SLOW = {
    "form_draws_itself.pdf",
    "flate_bomb.pdf",
    "hundred_thousand_empty_pages.odp",
    "bombs_attached.eml",
    "zip_bomb.pptx",
    "zip_bomb.xlsx",
}
EACH = [pytest.param(file, marks=pytest.mark.long if file.name in SLOW else (), id=file.name) for file in FILES]


@pytest.fixture(scope="module")
def guarded():
    with Sandbox(wall_seconds=SECONDS) as sandbox:
        yield sandbox


def outcome_of(step):
    try:
        step()
    except ReadError as error:
        return error.code
    return READ


@pytest.mark.parametrize("file", EACH)
def test_each_ends_in_an_answer_or_a_named_error(guarded, tmp_path, file):
    path, media_type = save(tmp_path, file.name, file.make())
    answers = []

    def read_and_classify():
        answers.append(classify(guarded.read(path, media_type=media_type), compile_rules(RULES)))

    assert outcome_of(read_and_classify) in file.outcomes
    facts = guarded.inspect(path, media_type=media_type)
    assert facts.problem in file.outcomes | {""}
    if media_type in RENDERABLE:
        drawn = outcome_of(lambda: guarded.render(path, tmp_path / "page.webp", media_type=media_type))
        assert drawn == READ or drawn in bench.CODES
    assert guarded.peak_memory_mb < MEGABYTES
    assert all(answer.reasoning.encode() for answer in answers)


def test_there_are_enough_of_them_with_names_of_their_own():
    assert len(FILES) >= 25
    assert len({file.name for file in FILES}) == len(FILES)


def test_the_ten_thousand_pages_are_counted_without_being_read(guarded, tmp_path):
    data = next(file.make() for file in FILES if file.name == "ten_thousand_pages.pdf")
    path, media_type = save(tmp_path, "a.pdf", data)
    assert guarded.inspect(path, media_type=media_type).page_count == 10_000
    reading = guarded.read(path, media_type=media_type, max_pages=3)
    assert (len(reading.pages), len(reading.pages_not_read), reading.cut) == (3, 9_997, "max_pages")


def test_the_same_child_reads_on_after_documents_that_broke(guarded, tmp_path):
    for number, data in enumerate((make_password_rc4(), make_ciphertext(), make_empty())):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(data)
        guarded.inspect(path, media_type=sniff(path))
    path, media_type = save(tmp_path, "a.pdf", draw_text_pdf("INVOICE\nInvoice number 1\nAmount due 5"))
    assert classify(guarded.read(path, media_type=media_type), compile_rules(RULES)).type == "invoice"


def test_the_bench_prints_a_row_for_each_file_and_a_verdict(tmp_path, capsys):
    (tmp_path / "good.pdf").write_bytes(plain_pdf())
    (tmp_path / "locked.pdf").write_bytes(make_password_rc4())
    assert bench.main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["good.pdf", "1"], ["locked.pdf", "encrypted"]]
    assert lines[-1].startswith("Every file ended in an answer")


def test_the_bench_fails_when_a_promise_is_broken(tmp_path, capsys, monkeypatch):
    (tmp_path / "good.pdf").write_bytes(plain_pdf())
    monkeypatch.setattr(bench, "MOST_MEGABYTES", 1.0)
    assert bench.main([str(tmp_path)]) == 1
    assert "good.pdf: took" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], [""], ["no such folder"]])
def test_the_bench_asks_for_a_folder(arguments, capsys):
    assert bench.main(arguments) == 2
    assert "usage" in capsys.readouterr().err

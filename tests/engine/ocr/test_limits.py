"""What a program may do that reads pictures: hang, crash, print rubbish, be slow, not be there."""

from __future__ import annotations

import psutil
import pytest

from classifyhub.engine import ReadError, classify, compile_rules
from classifyhub.engine.ocr import tell_engine
from classifyhub.engine.sandbox import Sandbox
from tests.engine.documents import RULES, save
from tests.engine.ocr.papers import PRINTS_A_TABLE, draw_letter, read_file, save_picture, scan_pdf
from tests.engine.waiting import wait_until

TELLS = 'echo $$ > "$(dirname "$0")/$$.pid"'
TELLS_AND_HANGS = f"{TELLS}; exec sleep 600"


@pytest.fixture
def picture(tmp_path):
    return save_picture(tmp_path, draw_letter(size=(300, 400)))


def save_frames(folder, count):
    frame = draw_letter(size=(300, 400))
    return save_picture(folder, frame, "a.tiff", save_all=True, append_images=[frame] * (count - 1))


def facts_of(reading):
    return dict(reading.facts)


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_without_an_engine_there_is_no_text_and_the_reason_says_how_to_get_it(no_engine, picture):
    reading = read_file(picture)
    assert (reading.has_text, facts_of(reading)["ocr"]) == (False, "missing")
    reasoning = classify(reading, compile_rules(RULES)).reasoning
    assert "decide from the image" in reasoning
    assert "OCR is not installed" in reasoning
    assert "tesseract-ocr" in reasoning


def test_a_program_that_cannot_say_what_it_is_counts_as_none(program, picture):
    folder = program("exit 1")
    (folder / "tesseract").write_text("#!/bin/sh\nexit 3\n")
    assert facts_of(read_file(picture))["ocr"] == "missing"


def test_a_program_that_hangs_is_killed_and_the_page_said_to_have_failed(program, picture, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.ocr.scans.OCR_PAGE_SECONDS", 0.5)
    folder = program(TELLS_AND_HANGS)
    reading = read_file(picture)
    assert (reading.has_text, facts_of(reading)["ocr_failed"]) == (False, "1")
    pids = [int(path.stem) for path in folder.glob("*.pid")]
    assert pids
    assert all(map(is_gone, pids))


@pytest.mark.parametrize(
    "body",
    [
        "exit 139",
        "kill -SEGV $$",
        "echo no table at all",
        "head -c 100000 /dev/urandom",
        "printf 'level\\tpage\\n5\\t1\\n'",
        f"{PRINTS_A_TABLE} | sed 's/96.5/many/'",
        "exit 0",
    ],
    ids=["fails", "crashes", "prints words", "prints noise", "prints a short table", "prints no numbers", "is silent"],
)
def test_a_program_that_breaks_costs_the_page_and_nothing_else(program, picture, body):
    program(body)
    reading = read_file(picture)
    assert (reading.has_text, facts_of(reading)["ocr_failed"]) == (False, "1")
    assert "OCR failed on page 1." in classify(reading, compile_rules(RULES)).reasoning


def test_one_page_that_fails_leaves_the_others(program, tmp_path):
    program(f'lock="$(dirname "$0")/first"; if mkdir "$lock" 2>/dev/null; then exit 1; fi; {PRINTS_A_TABLE}')
    reading = read_file(save_frames(tmp_path, 3))
    assert sorted(page.source for page in reading.pages) == ["none", "ocr", "ocr"]
    assert len(facts_of(reading)["ocr_failed"].split(",")) == 1


def test_unasked_only_the_first_pages_are_read_and_the_rest_is_listed(program, tmp_path, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.ocr.scans.OCR_PAGES", 3)
    program(PRINTS_A_TABLE)
    reading = read_file(save_frames(tmp_path, 5))
    assert [page.number for page in reading.pages] == [1, 2, 3]
    assert (reading.pages_not_read, reading.cut) == ((4, 5), "ocr_pages")
    assert "Pages 4–5 were not read" in classify(reading, compile_rules(RULES)).reasoning


@pytest.mark.parametrize("asked", [{"max_pages": 5}, {"target_pages": "1-5"}])
def test_a_preset_that_names_pages_gets_them_all(program, tmp_path, monkeypatch, asked):
    monkeypatch.setattr("classifyhub.engine.ocr.scans.OCR_PAGES", 3)
    program(PRINTS_A_TABLE)
    reading = read_file(save_frames(tmp_path, 5), **asked)
    assert [page.source for page in reading.pages] == ["ocr"] * 5
    assert (reading.pages_not_read, reading.cut) == ((), "")


def test_when_the_time_is_up_the_first_pages_have_been_read(program, tmp_path):
    program(f"sleep 0.4; {PRINTS_A_TABLE}")
    reading = read_file(save_frames(tmp_path, 12), budget_seconds=1.0)
    read = [page.number for page in reading.pages]
    assert 0 < len(read) < 12
    assert read == list(range(1, len(read) + 1))
    assert (reading.pages_not_read, reading.cut) == (tuple(range(len(read) + 1, 13)), "time")


def test_a_page_left_out_keeps_the_little_text_it_has(program, tmp_path, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.ocr.scans.OCR_PAGES", 1)
    program(PRINTS_A_TABLE)
    scan = draw_letter(size=(300, 400))
    path, _ = save(tmp_path, "a.pdf", scan_pdf(scan, scan, caption="Bates 17"))
    reading = read_file(path)
    assert [(page.number, page.source) for page in reading.pages] == [(1, "ocr"), (2, "layer")]
    assert (reading.pages_not_read, reading.cut) == ((2,), "ocr_pages")


def test_a_kept_reading_knows_which_engine_read_it(program):
    program(PRINTS_A_TABLE)
    assert tell_engine("en") == "tesseract 9.9.9 eng"


def test_a_language_without_data_is_read_with_english_and_said(program, picture):
    program(PRINTS_A_TABLE)
    reading = read_file(picture, lang="sv")
    assert facts_of(reading)["ocr"] == "tesseract 9.9.9 eng"
    assert facts_of(reading)["ocr_language_missing"] == "swe"


def read_until_it_hangs(sandbox, picture, folder):
    with pytest.raises(ReadError) as raised:
        sandbox.read(picture, media_type="image/png")
    pids = [int(path.stem) for path in folder.glob("*.pid")]
    assert pids
    wait_until(lambda: all(map(is_gone, pids)))
    return raised.value.code


def test_what_the_sandbox_ends_takes_the_program_with_it(program, picture):
    folder = program(TELLS_AND_HANGS)
    with Sandbox(wall_seconds=3) as sandbox:
        assert read_until_it_hangs(sandbox, picture, folder) == "timed_out"


def test_a_sandbox_that_dies_takes_the_program_with_it(program, picture):
    """The program ends its reader, as running out of memory would, and lives on."""
    folder = program(f"{TELLS}; kill -KILL $PPID; exec sleep 600")
    with Sandbox() as sandbox:
        assert read_until_it_hangs(sandbox, picture, folder) == "out_of_memory"


def test_each_program_runs_with_one_thread(program, picture):
    folder = program('echo "$OMP_THREAD_LIMIT" > "$(dirname "$0")/threads"; exit 1')
    read_file(picture)
    assert (folder / "threads").read_text().strip() == "1"


def test_pages_are_read_side_by_side_and_never_more_than_there_are_processors(program, tmp_path, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.ocr.scans.count_cores", lambda: 2)
    note = 'cd "$(dirname "$0")"; echo + >> log; sleep 0.3; echo - >> log; cd /'
    folder = program(f"{note}; {PRINTS_A_TABLE}")
    read_file(save_frames(tmp_path, 6))
    running, most = 0, 0
    for sign in (folder / "log").read_text().split():
        running += 1 if sign == "+" else -1
        most = max(most, running)
    assert most == 2

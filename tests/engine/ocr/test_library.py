"""Tesseract's library in processes that stay: that it reads as the program does, and what may go wrong."""

from __future__ import annotations

import time

import pytest

from classifyhub.engine.ocr import library
from classifyhub.engine.ocr.engines import find_engine
from classifyhub.engine.ocr.library import Library, LibraryMissing, pool
from classifyhub.engine.ocr.shapes import OcrFailure, SmallPrint
from tests.engine.ocr.papers import INVOICE, PRINTS_A_TABLE, draw, draw_letter
from tests.engine.waiting import wait_until

LINE = "Amount due within thirty days"
PICTURE = draw_letter(("INVOICE", LINE), size=(900, 400))
GREETS = "import sys; sys.stdout.buffer.write(bytes(4)); sys.stdout.flush(); sys.stdin.buffer.read(1);"


@pytest.fixture(autouse=True)
def closed():
    """None is left over from another test, or for it."""
    pool.close()
    yield
    pool.close()


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Put a script in the place of the one that holds the library; gives what would be started."""

    def put(body):
        path = tmp_path / "child.py"
        path.write_text(body)
        monkeypatch.setattr(library, "_SCRIPT", str(path))
        return Library(str(tmp_path / "tesseract"), "9.9.9", "eng")

    return put


def read(wanted, seconds=20.0):
    return wanted.read(PICTURE, seconds=seconds)


def library_of(engine, data="eng"):
    found = Library(engine.program, engine.installed.version, data)
    try:
        read(found)
    except LibraryMissing:
        pytest.skip("This tesseract has no library of its own version.")
    return found


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("uneven", [False, True])
def test_the_library_reads_what_the_program_reads(uneven):
    engine = find_engine("en")
    library_of(engine)
    by_library = engine.read(PICTURE, seconds=20, uneven=uneven)
    assert len(pool.idle) == 1
    pool.close()
    pool.missing.add(Library(engine.program, engine.installed.version, engine.data))
    by_program = engine.read(PICTURE, seconds=20, uneven=uneven)
    assert not pool.idle
    assert by_program == by_library
    assert [[token.text for token in line] for line in by_program] == [["INVOICE"], LINE.split()]


@pytest.mark.usefixtures("tesseract")
def test_a_heading_in_white_on_black_is_read_by_both():
    engine, page = find_engine("en"), draw((60, 40, "WORK EXPERIENCE", 30), (60, 160, LINE, 30), size=(900, 400))
    library_of(engine)
    page.paste(page.crop((0, 0, 900, 110)).point(lambda value: 255 - value), (0, 0))
    by_library = engine.read(page, seconds=20)
    pool.close()
    pool.missing.add(Library(engine.program, engine.installed.version, engine.data))
    assert engine.read(page, seconds=20) == by_library
    assert [[token.text for token in line] for line in by_library] == [["WORK", "EXPERIENCE"], LINE.split()]


@pytest.mark.usefixtures("tesseract")
def test_a_process_stays_for_the_next_picture_and_reads_it_as_if_it_were_the_first():
    wanted = library_of(find_engine("en"))
    (kept,) = pool.idle
    first = read(wanted)
    wanted.read(draw_letter(("RECEIPT",), size=(900, 400)), seconds=20, uneven=True)
    assert read(wanted) == first
    assert pool.idle == [kept]


@pytest.mark.usefixtures("tesseract")
def test_a_process_for_another_language_is_ended():
    engine = find_engine("en")
    library_of(engine)
    (kept,) = pool.idle
    read(Library(engine.program, engine.installed.version, "osd+eng"))
    assert [process.library.data for process in pool.idle] == ["osd+eng"]
    assert not kept.is_alive


def draw_form(font_size):
    """Lines of text with a ruled line below each."""
    height = 2 * font_size
    page = draw(*((40, 20 + height * row, " ".join(INVOICE[1:3]), font_size) for row in range(12)), size=(1000, 700))
    for row in range(12):
        page.paste(0, (20, 16 + height * (row + 1), 980, 18 + height * (row + 1)))
    return page


@pytest.mark.usefixtures("tesseract")
def test_small_print_of_a_form_is_refused_before_it_is_read():
    wanted = library_of(find_engine("en"))
    with pytest.raises(SmallPrint):
        wanted.read(draw_form(11), seconds=20, refuses_small=True)
    assert "Northwind" in wanted.read(draw_form(11), seconds=20)


@pytest.mark.usefixtures("tesseract")
def test_looking_for_small_print_changes_nothing_about_what_is_read():
    wanted = library_of(find_engine("en"))
    assert wanted.read(draw_form(24), seconds=20, refuses_small=True) == wanted.read(draw_form(24), seconds=20)


def test_a_library_of_another_version_is_not_taken_for_the_program(program):
    program(PRINTS_A_TABLE)
    engine = find_engine("en")
    assert engine.read(PICTURE, seconds=20)
    assert {missing.version for missing in pool.missing} >= {"9.9.9"}
    with pytest.raises(LibraryMissing):
        read(Library(engine.program, "9.9.9", "eng"))


def test_a_process_that_hangs_is_killed_when_the_time_is_up(script):
    wanted, started = script(f"{GREETS} import time; time.sleep(600)"), time.monotonic()
    with pytest.raises(OcrFailure):
        read(wanted, seconds=0.3)
    assert time.monotonic() - started < 10
    assert pool.idle == []


@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        "import os; os.kill(os.getpid(), 11)",
        "sys.stdout.buffer.write(bytes([0, 0, 0, 9]) + b'short')",
        "sys.stdout.buffer.write(bytes(2))",
    ],
    ids=["ends", "crashes", "answers half", "answers less"],
)
def test_a_process_that_breaks_costs_this_picture_and_nothing_else(script, body):
    wanted = script(f"{GREETS} {body}")
    with pytest.raises(OcrFailure):
        read(wanted)
    script(f"{GREETS} sys.stdin.buffer.read(13 + 900 * 400); sys.stdout.buffer.write(bytes([0, 0, 0, 2]) + b'ok')")
    assert read(wanted) == "ok"


def test_a_process_that_ended_between_two_pictures_is_replaced(script):
    reply = "sys.stdin.buffer.read(13 + 900 * 400); sys.stdout.buffer.write(bytes([0, 0, 0, 2]) + b'ok')"
    wanted = script(f"{GREETS} {reply}")
    assert read(wanted) == "ok"
    wait_until(lambda: not pool.idle[0].is_alive)
    assert read(wanted) == "ok"


def test_one_that_does_not_start_is_not_tried_twice(script, monkeypatch):
    wanted = script("raise SystemExit(1)")
    with pytest.raises(LibraryMissing):
        read(wanted)
    monkeypatch.setattr(library.subprocess, "Popen", None)
    with pytest.raises(LibraryMissing):
        read(wanted)


def test_one_that_starts_too_slowly_may_be_faster_next_time(script, monkeypatch):
    monkeypatch.setattr(library, "_START_SECONDS", 0.2)
    wanted = script("import time; time.sleep(600)")
    with pytest.raises(LibraryMissing):
        read(wanted)
    monkeypatch.setattr(library, "_START_SECONDS", 10)
    script(f"{GREETS} sys.stdin.buffer.read(13 + 900 * 400); sys.stdout.buffer.write(bytes([0, 0, 0, 2]) + b'ok')")
    assert read(wanted) == "ok"

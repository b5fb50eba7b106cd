"""The sandbox: what a document does to its reader, the reader's process takes, and nobody else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
from billiard import Process, Queue
from PIL import Image

from classifyhub.engine import ReadError, read
from classifyhub.engine.sandbox import Sandbox, limits_missing
from tests.engine.documents import draw_text_pdf, save
from tests.engine.waiting import wait_until
from tests.hostile_files import make_flate_bomb, picture

ROOT = Path(__file__).parents[2]
PDF = "application/pdf"


@pytest.fixture
def pdf(tmp_path):
    return save(tmp_path, "a.pdf", draw_text_pdf("INVOICE\nAmount due", "Second page"))[0]


@pytest.fixture(scope="module")
def long_pdf(tmp_path_factory):
    """Enough pages to be in the middle of it."""
    return save(
        tmp_path_factory.mktemp("long"), "long.pdf", draw_text_pdf(*["\n".join(["words upon words"] * 28)] * 1500)
    )[0]


def child_of(sandbox):
    return sandbox._child._process.pid


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_the_answer_is_the_same_as_in_process(sandbox, pdf):
    assert sandbox.read(pdf, media_type=PDF) == read(pdf, media_type=PDF)


def test_inspecting_gives_facts_and_never_raises(sandbox, pdf, tmp_path):
    facts = sandbox.inspect(pdf, media_type=PDF)
    assert (facts.page_count, facts.has_text, facts.problem) == (2, True, "")
    broken, _ = save(tmp_path, "b.pdf", b"%PDF-1.7 nothing")
    assert sandbox.inspect(broken, media_type=PDF).problem == "unreadable"


def test_rendering_writes_a_whole_webp_and_nothing_else(sandbox, pdf, tmp_path):
    out = tmp_path / "renders" / "1.webp"
    out.parent.mkdir()
    size = sandbox.render(pdf, out, media_type=PDF, width=300)
    with Image.open(out) as image:
        assert (image.format, image.size) == ("WEBP", size)
    assert size[0] == 300
    assert list(out.parent.iterdir()) == [out]


def test_a_page_that_cannot_be_drawn_leaves_no_file_behind(sandbox, pdf, tmp_path):
    folder = tmp_path / "renders"
    folder.mkdir()
    with pytest.raises(ReadError):
        sandbox.render(pdf, folder / "9.webp", media_type=PDF, page=9)
    assert list(folder.iterdir()) == []


def test_one_child_serves_many_requests(sandbox, pdf):
    sandbox.inspect(pdf, media_type=PDF)
    first = child_of(sandbox)
    for _ in range(5):
        sandbox.inspect(pdf, media_type=PDF)
    assert child_of(sandbox) == first


def test_a_named_error_leaves_the_child_alive(sandbox, pdf, tmp_path):
    sandbox.inspect(pdf, media_type=PDF)
    before = child_of(sandbox)
    broken, _ = save(tmp_path, "b.pdf", b"%PDF-1.7 nothing")
    with pytest.raises(ReadError, match="PDFium"):
        sandbox.read(broken, media_type=PDF)
    assert child_of(sandbox) == before


def test_after_so_many_requests_the_child_is_replaced(pdf, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.sandbox._REQUESTS_PER_CHILD", 2)
    with Sandbox() as sandbox:
        children = []
        for _ in range(4):
            sandbox.inspect(pdf, media_type=PDF)
            children.append(child_of(sandbox))
    assert children[0] == children[1] != children[2] == children[3]


def test_the_clock_ends_a_slow_document_and_its_whole_process_group(long_pdf, pdf):
    with Sandbox() as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        child = child_of(sandbox)
        sandbox._wall_seconds = 0.2
        with pytest.raises(ReadError) as caught:
            sandbox.read(long_pdf, media_type=PDF)
        assert caught.value.code == "timed_out"
        assert is_gone(child)
        sandbox._wall_seconds = 60
        assert sandbox.inspect(pdf, media_type=PDF).page_count == 2


def test_processor_time_is_limited_for_each_request_anew(tmp_path):
    """A second or two of processor time end a long document; short ones go on for ever in the same child."""
    long, html = save(tmp_path, "long.html", b"<html>" + b"<div>" * 2_000_000 + b"end")
    short, _ = save(tmp_path, "short.html", b"<html>" + b"<div>" * 30_000 + b"end")
    with Sandbox(cpu_seconds=1) as sandbox:
        with pytest.raises(ReadError, match="processor time") as caught:
            sandbox.read(long, media_type=html)
        assert caught.value.code == "timed_out"
        sandbox.read(short, media_type=html)
        child = psutil.Process(child_of(sandbox))
        while sum(child.cpu_times()[:2]) < 2.2:
            sandbox.read(short, media_type=html)
        assert child_of(sandbox) == child.pid


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not hold processes to a memory limit")
def test_memory_is_limited_and_the_next_document_is_read(tmp_path, pdf):
    bomb, _ = save(tmp_path, "bomb.pdf", make_flate_bomb())
    with Sandbox(memory_mb=400) as sandbox:
        with pytest.raises(ReadError) as caught:
            sandbox.read(bomb, media_type=PDF)
        assert caught.value.code == "out_of_memory"
        assert sandbox.read(pdf, media_type=PDF).page_count == 2


def test_a_child_that_breaks_is_named_and_replaced(long_pdf, pdf):
    with Sandbox() as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        threading.Timer(0.3, os.kill, (child_of(sandbox), signal.SIGSEGV)).start()
        with pytest.raises(ReadError, match="SIGSEGV") as caught:
            sandbox.read(long_pdf, media_type=PDF)
        assert caught.value.code == "unreadable"
        assert sandbox.read(pdf, media_type=PDF).page_count == 2


def test_a_child_that_died_while_idle_is_replaced_without_anybody_noticing(pdf):
    with Sandbox() as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        os.kill(child_of(sandbox), signal.SIGKILL)
        wait_until(lambda: sandbox._child._process.poll() is not None)
        assert sandbox.read(pdf, media_type=PDF).page_count == 2


def test_closing_ends_the_child_and_the_next_request_starts_another(pdf):
    sandbox = Sandbox()
    sandbox.inspect(pdf, media_type=PDF)
    child = child_of(sandbox)
    sandbox.close()
    assert not psutil.pid_exists(child)
    assert sandbox.inspect(pdf, media_type=PDF).page_count == 2
    sandbox.close()


def test_threads_share_a_sandbox_one_request_at_a_time(sandbox, tmp_path):
    paths = [save(tmp_path, f"{number}.txt", f"text {number}".encode())[0] for number in range(8)]
    found = {}

    def ask(number):
        for _ in range(10):
            found[number] = sandbox.read(paths[number], media_type="text/plain").pages[0].text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"text {number}" for number in range(8)}


def start_parent(body):
    """A process that holds a sandbox, writes the child's id, and then does ``body``."""
    program = f"""
        import time
        from classifyhub.engine.sandbox import Sandbox
        sandbox = Sandbox()
        sandbox.inspect({__file__!r}, media_type="text/plain")
        print(sandbox._child._process.pid, flush=True)
        {body}
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize("is_busy", [False, True])
def test_the_child_dies_with_a_parent_that_is_killed(tmp_path, is_busy):
    """An idle child sees its input end; one that is deep in a document is ended by its watch."""
    endless, html = save(tmp_path, "endless.html", b"<html>" + b"<div>" * 6_000_000 + b"end")
    parent, child = start_parent(
        f"sandbox.read({str(endless)!r}, media_type={html!r})" if is_busy else "time.sleep(60)"
    )
    time.sleep(0.5 if is_busy else 0)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: is_gone(child))


def test_the_child_outlives_the_thread_that_started_it(pdf):
    with Sandbox() as sandbox:
        thread = threading.Thread(target=sandbox.inspect, args=(pdf,), kwargs={"media_type": PDF})
        thread.start()
        thread.join()
        child = child_of(sandbox)
        time.sleep(1)
        sandbox.inspect(pdf, media_type=PDF)
        assert child_of(sandbox) == child


def _read_after_fork(sandbox, path, answers):
    answers.put(sandbox.inspect(path, media_type=PDF).page_count)
    answers.put(child_of(sandbox))
    sandbox.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # newer Pythons warn of forking beside threads
def test_a_daemonic_worker_process_makes_a_child_of_its_own(pdf):
    """As in a prefork worker, whose processes may not have children by way of ``multiprocessing``."""
    with Sandbox() as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        answers = Queue()
        worker = Process(target=_read_after_fork, args=(sandbox, pdf, answers), daemon=True)
        with sandbox._lock:  # as if another thread were in the middle of a request
            worker.start()
        try:
            assert answers.get(timeout=20) == 2
            assert answers.get(timeout=20) != child_of(sandbox)
        finally:
            worker.terminate()
            worker.join()
        assert sandbox.inspect(pdf, media_type=PDF).page_count == 2


def test_a_file_that_is_not_there_is_not_blamed_on_the_document(sandbox, tmp_path):
    with pytest.raises(FileNotFoundError):
        sandbox.read(tmp_path / "gone.pdf", media_type=PDF)


def test_a_folder_that_cannot_be_written_is_not_blamed_on_the_document(sandbox, tmp_path):
    path, _ = save(tmp_path, "a.png", picture("PNG"))
    with pytest.raises(FileNotFoundError):
        sandbox.render(path, tmp_path / "no such folder" / "1.webp", media_type="image/png")


def test_page_ranges_are_checked_before_anything_is_started(pdf):
    with pytest.raises(ValueError, match="backwards"):
        Sandbox().read(pdf, media_type=PDF, target_pages="3-1")


def test_the_child_finds_no_secrets_in_its_environment(pdf, monkeypatch):
    monkeypatch.setenv("CLASSIFYHUB_SECRET_KEY", "s3cret")
    with Sandbox() as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        environment = psutil.Process(child_of(sandbox)).environ()
    assert "PATH" in environment
    assert "s3cret" not in environment.values()


def test_what_libraries_print_does_not_get_between_the_answers(tmp_path):
    """The child gives its real standard output away before anything is loaded."""
    program = (
        "import sys; from classifyhub.engine import sandbox_child as c; c._take_stdout(); print('noise', flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=True)
    assert done.stdout == b""


def test_the_child_starts_without_django():
    program = "import sys, classifyhub.engine.sandbox_child; print([name for name in sys.modules if 'django' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=True, text=True)
    assert json.loads(done.stdout.replace("'", '"')) == []


def test_the_platform_says_what_it_lacks(monkeypatch):
    assert limits_missing() == [] or sys.platform != "linux"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert [sentence for sentence in limits_missing() if "memory" in sentence]


def test_a_child_that_nobody_asks_ends_with_all_it_holds_and_the_next_request_starts_another(pdf, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.sandbox._LEAVE_SECONDS", 0.3)
    with Sandbox(warm_seconds=0.1) as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        child = child_of(sandbox)
        wait_until(lambda: sandbox._child._process.poll() is not None)
        assert sandbox.inspect(pdf, media_type=PDF).page_count == 2
        assert child_of(sandbox) != child


def test_nothing_is_sent_to_a_child_that_is_about_to_leave(pdf, monkeypatch):
    monkeypatch.setattr("classifyhub.engine.sandbox._LEAVE_SECONDS", 60)
    with Sandbox(warm_seconds=0) as sandbox:
        sandbox.inspect(pdf, media_type=PDF)
        child = child_of(sandbox)
        sandbox.inspect(pdf, media_type=PDF)
        assert is_gone(child)

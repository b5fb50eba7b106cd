"""Bytes on their way to disk: hashed, capped, and gone again when they cannot be kept."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as suite_settings
from django.db import OperationalError
from django.test import RequestFactory

from jobs import uploads
from jobs.uploads import CutShortError, DiskFullError, HashingUploadHandler, Spool, TooLargeError, receive_body

MB = 10**6


def a_request(content: bytes, *, announced: int | None = None):
    request = RequestFactory().generic("PUT", "/", content, content_type="application/pdf")
    if announced is not None:
        request.META["CONTENT_LENGTH"] = str(announced)
    return request


def temporary_files() -> set[str]:
    return {path.name for path in Path(suite_settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload")}


@pytest.fixture(autouse=True)
def _leaves_nothing_behind():
    before = temporary_files()
    yield
    assert temporary_files() == before


@pytest.fixture
def small_files_only():
    """The kernel refuses to let a file grow past 3 MB, as a full disk would at its last free byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * MB, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_body_is_written_to_disk_and_hashed_on_the_way():
    content = os.urandom(200_000)
    with receive_body(a_request(content), name="a.pdf") as file:
        assert Path(file.temporary_file_path()).read_bytes() == content
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert (file.size, file.sent_name, file.content_type) == (200_000, "a.pdf", "application/pdf")


def test_an_empty_body_is_an_empty_file():
    with receive_body(a_request(b""), name="a.pdf") as file:
        assert (file.size, file.problem) == (0, "")


def test_a_name_of_any_length_is_no_trouble_for_the_temporary_folder():
    name = "x." + "y" * 400
    with receive_body(a_request(b"1"), name=name) as file:
        assert file.sent_name == name


def test_a_body_over_the_cap_is_refused_before_a_byte_is_read(settings):
    settings.MAX_UPLOAD = 1000
    request = a_request(b"x" * 1001)
    with pytest.raises(TooLargeError):
        receive_body(request, name="a.pdf")
    assert len(request.read()) == 1001


def test_a_body_of_exactly_the_cap_is_kept(settings):
    settings.MAX_UPLOAD = 1000
    with receive_body(a_request(b"x" * 1000), name="a.pdf") as file:
        assert file.size == 1000


def test_a_body_that_ends_early_is_not_kept():
    request = a_request(b"x" * 500, announced=800)
    with pytest.raises(CutShortError):
        receive_body(request, name="a.pdf")


def test_a_body_that_the_disk_has_no_room_for_is_refused_before_a_byte_is_read(settings):
    settings.MAX_UPLOAD = 10**19
    with pytest.raises(DiskFullError):
        receive_body(a_request(b"", announced=10**18), name="a.pdf")


def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(small_files_only):
    with pytest.raises(DiskFullError):
        receive_body(a_request(b"x" * 4 * MB), name="a.pdf")


def test_memory_does_not_grow_with_the_file():
    class Endless(BytesIO):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    request = a_request(b"", announced=50 * MB)
    request._stream.limit, request._stream._read = 50 * MB, Endless().read
    tracemalloc.start()
    with receive_body(request, name="a.pdf") as file:
        assert file.size == 50 * MB
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MB


class TestForm:
    def receive(self, *contents: bytes) -> list[uploads.ReceivedFile]:
        files = []
        for content in contents:
            handler = HashingUploadHandler()
            handler.new_file("files", "a.txt", "text/plain", None, None, {})
            for start in range(0, len(content), 1000):
                handler.receive_data_chunk(content[start : start + 1000], start)
            files.append(handler.file_complete(len(content)))
        return files

    def test_each_file_is_hashed_like_a_body(self):
        (file,) = self.receive(b"Dear Sir" * 1000)
        with file:
            assert file.sha256 == hashlib.sha256(b"Dear Sir" * 1000).hexdigest()
            assert file.read() == b"Dear Sir" * 1000

    def test_one_file_over_the_cap_does_not_stop_the_others(self, settings):
        settings.MAX_UPLOAD = 2000
        large, small = self.receive(b"x" * 5000, b"y" * 10)
        with small:
            assert (large.problem, large.size, small.problem) == ("too_large", 5000, "")

    def test_one_file_without_room_does_not_stop_the_others(self, small_files_only):
        large, small = self.receive(b"x" * 4 * MB, b"y" * 10)
        with small:
            assert (large.problem, small.problem) == ("disk_full", "")

    def test_a_file_that_the_sender_did_not_finish_is_dropped(self):
        handler = HashingUploadHandler()
        handler.new_file("files", "a.txt", "text/plain", None, None, {})
        handler.receive_data_chunk(b"half", 0)
        handler.upload_interrupted()

    def test_a_form_larger_than_any_honest_choice_is_refused_unread(self, settings):
        settings.MAX_UPLOAD = 1000
        uploads.refuse_huge_form(a_request(b"", announced=10_000))
        with pytest.raises(TooLargeError):
            uploads.refuse_huge_form(a_request(b"", announced=10_001))


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (OperationalError("database or disk is full"), True),
        (OperationalError("could not extend file: No space left on device"), True),
        (OperationalError("database is locked"), False),
        (ValueError("disk is full"), False),
    ],
)
def test_a_full_disk_is_told_from_other_failures(error, is_full):
    assert uploads.is_disk_full(error) is is_full


def test_what_a_killed_server_left_in_the_temporary_folder_is_removed_a_day_later():
    folder = Path(suite_settings.FILE_UPLOAD_TEMP_DIR)
    old, young = folder / "old.upload", folder / "young.upload"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert uploads.remove_abandoned() == 1
    assert (old.exists(), young.exists()) == (False, True)
    young.unlink()


def test_a_refused_file_ignores_what_still_comes(settings):
    settings.MAX_UPLOAD = 10
    spool = Spool("a", "")
    for _ in range(3):
        spool.write(b"x" * 9)
    assert (spool.finish().problem, spool.received) == ("too_large", 27)

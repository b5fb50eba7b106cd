"""What a ZIP file holds and what of it is taken, decided before anything is inflated."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs import archives
from jobs.archives import Archive, DamagedEntryError, Entry, Limits, RefusedArchiveError, is_archive
from tests.support.archives import a_zip, an_entry

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LIMITS = Limits(each=10**6, total=10**7)


@pytest.fixture
def look(tmp_path):
    """The entries of an archive, each with what it is refused for."""

    def look(content: bytes, limits: Limits = LIMITS) -> list[Entry]:
        path = tmp_path / "post.zip"
        path.write_bytes(content)
        with archives.opened(path, limits=limits) as archive:
            return archive.entries

    return look


def refusals(entries: list[Entry]) -> dict[str, str]:
    return {entry.name: entry.refusal for entry in entries}


class TestWhatIsUnpacked:
    def test_a_file_that_is_a_zip_and_is_called_so(self):
        assert is_archive("Post.ZIP", "application/zip")

    @pytest.mark.parametrize("media_type", [DOCX, "application/epub+zip", "application/vnd.oasis.opendocument.text"])
    def test_no_document_that_is_a_zip_inside_whatever_it_is_called(self, media_type):
        assert not is_archive("letter.zip", media_type)

    @pytest.mark.parametrize("name", ["game.jar", "map.kmz", "letter.docx", "post"])
    def test_no_zip_that_is_called_something_else(self, name):
        assert not is_archive(name, "application/zip")

    def test_one_of_which_nothing_can_be_told_so_that_it_is_said_to_be_damaged(self):
        assert is_archive("post.zip", "application/octet-stream")
        assert not is_archive("post.bin", "application/octet-stream")


class TestNames:
    def test_folders_are_kept_beside_the_names(self, look):
        (entry,) = look(a_zip({"november/bills/one.txt": b"Dear Sir"}))
        assert (entry.name, entry.folder, entry.size, entry.refusal) == ("one.txt", "november/bills", 8, "")

    def test_a_folder_that_starts_with_a_dot_keeps_it(self, look):
        assert look(a_zip({".hidden/one.txt": b"x"}))[0].folder == ".hidden"

    def test_utf_8_is_read_where_it_is_declared(self, look):
        assert look(a_zip({"Übersicht – März.txt": b"x"}))[0].name == "Übersicht – März.txt"

    def test_utf_8_is_read_where_nothing_is_declared(self, look):
        assert look(a_zip([an_entry("x.txt", raw_name="Übersicht.txt".encode())]))[0].name == "Übersicht.txt"

    def test_what_is_no_utf_8_is_read_as_the_first_code_page(self, look):
        assert look(a_zip([an_entry("x.txt", raw_name="Übersicht.txt".encode("cp437"))]))[0].name == "Übersicht.txt"

    def test_backslashes_part_folders_too(self, look):
        (entry,) = look(a_zip([an_entry("x", raw_name=b"november\\one.txt")]))
        assert (entry.folder, entry.name) == ("november", "one.txt")

    def test_two_entries_of_one_name_are_two_documents(self, look):
        entries = look(
            a_zip([an_entry("x", b"one", raw_name=b"same.txt"), an_entry("y", b"two!", raw_name=b"same.txt")])
        )
        assert [(entry.index, entry.size) for entry in entries] == [(0, 3), (1, 4)]


class TestRefusals:
    @pytest.mark.parametrize(
        "name", [b"../../etc/passwd", b"a/../../b.txt", b"/etc/passwd", b"C:\\secret.txt", b"..\\b.txt", b"\\\\host\\b"]
    )
    def test_a_path_that_leads_outside(self, look, name):
        entries = look(a_zip([an_entry("x", raw_name=name), an_entry("good.txt")]))
        assert [(entry.refusal, entry.folder) for entry in entries] == [("outside", ""), ("", "")]

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
    def test_a_link_or_a_device(self, look, kind):
        entries = look(a_zip([an_entry("link", b"/etc/passwd", mode=kind | 0o777), an_entry("good.txt")]))
        assert refusals(entries) == {"link": "link", "good.txt": ""}

    def test_an_encrypted_entry(self, look):
        entries = look(a_zip([an_entry("locked.pdf", is_encrypted=True), an_entry("good.txt")]))
        assert refusals(entries) == {"locked.pdf": "encrypted", "good.txt": ""}

    def test_a_rare_way_of_packing(self, look):
        packed = look(a_zip({"a.txt": b"Dear Sir" * 99}, method=zipfile.ZIP_LZMA))
        assert refusals(packed) == {"a.txt": "method"}

    def test_what_grows_too_much(self, look):
        grows, text = bytes(5 * 10**6), b"Dear Sir, " * 100
        assert refusals(look(a_zip({"bomb": grows, "good.txt": text}))) == {"bomb": "ratio", "good.txt": ""}

    def test_everything_after_the_total_is_reached(self, look):
        entries = look(a_zip({"1": b"x" * 60, "2": b"x" * 60, "3": b"x" * 30}), Limits(each=100, total=100))
        assert refusals(entries) == {"1": "", "2": "total", "3": ""}

    def test_one_that_is_over_the_cap_itself_does_not_use_up_the_total(self, look):
        entries = look(a_zip({"1": b"x" * 150, "2": b"x" * 60}), Limits(each=100, total=200))
        assert refusals(entries) == {"1": "", "2": ""}

    def test_one_piece_that_is_listed_many_times_counts_each_time(self, look):
        """The bomb of overlapping entries: each is harmless, and all of them are the same bytes."""
        content = overlap(a_zip({"a": bytes(200_000)}), times=300)
        entries = look(content, Limits(each=10**9, total=10**12))
        taken = sum(not entry.refusal for entry in entries)
        assert len(entries) == 300
        assert 0 < taken <= archives.RATIO_MOST * len(content) / 200_000


class TestSkipped:
    @pytest.mark.parametrize(
        "name", ["__MACOSX/._a.pdf", "a/__MACOSX/b", ".DS_Store", "a/Thumbs.db", "DESKTOP.INI", "._a.pdf", "folder/"]
    )
    def test_what_systems_leave_behind_is_passed_over_in_silence(self, look, name):
        assert refusals(look(a_zip([an_entry(name), an_entry("good.txt")]))) == {"good.txt": ""}


class TestRefusedAsAWhole:
    def code(self, look, content: bytes) -> str:
        with pytest.raises(RefusedArchiveError) as caught:
            look(content)
        return caught.value.code

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive at all" * 99])
    def test_what_is_none(self, look, content):
        assert self.code(look, content) == "damaged_archive"

    def test_one_that_is_cut_short(self, look):
        assert self.code(look, a_zip({"a.txt": b"Dear Sir" * 99})[:-40]) == "damaged_archive"

    @pytest.mark.parametrize("names", [[], ["folder/"], [".DS_Store"]])
    def test_one_without_a_document(self, look, names):
        assert self.code(look, a_zip([an_entry(name) for name in names])) == "empty_archive"

    def test_one_with_too_many_entries(self, look):
        names = [an_entry(f"{number}.txt") for number in range(archives.ENTRIES_MOST + 1)]
        assert self.code(look, a_zip(names)) == "too_many:2001"

    def test_a_directory_that_is_too_large_is_never_read_whole(self, look, tmp_path):
        huge = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 40 * 10**6, 0, 0)
        assert self.code(look, bytes(40 * 10**6) + huge) == "too_many:>2000"


class TestReading:
    def read(self, path: Path, content: bytes, index: int = 0) -> bytes:
        path.write_bytes(content)
        with archives.opened(path, limits=LIMITS) as archive:
            return b"".join(archive.read(archive.entries[index]))

    def test_an_entry_is_inflated(self, tmp_path):
        assert self.read(tmp_path / "a.zip", a_zip({"a.txt": b"Dear Sir" * 99})) == b"Dear Sir" * 99

    def test_a_changed_byte_is_noticed(self, tmp_path):
        content = a_zip({"a.txt": b"Dear Sir"}, method=zipfile.ZIP_STORED)
        with pytest.raises(DamagedEntryError):
            self.read(tmp_path / "a.zip", content.replace(b"Dear Sir", b"Dear Mum", 1))

    def test_no_more_is_inflated_than_was_announced(self, tmp_path):
        content = a_zip({"a.txt": b"x" * 5000})
        lie = content.replace(struct.pack("<L", 5000), struct.pack("<L", 50))
        assert lie != content
        with pytest.raises(DamagedEntryError):
            self.read(tmp_path / "a.zip", lie)


@example(position=218, junk=b"^")  # an offset before the start of the file
@given(position=st.integers(0, 400), junk=st.binary(min_size=1, max_size=6))
def test_a_damaged_archive_is_refused_or_read_and_never_anything_else(tmp_path_factory, position, junk):
    content = bytearray(a_zip({"a/one.txt": b"Dear Sir" * 20, "zwei.txt": b"x"}))
    position %= len(content)
    content[position : position + len(junk)] = junk
    path = tmp_path_factory.getbasetemp() / "fuzzed.zip"
    path.write_bytes(content)
    with contextlib.suppress(RefusedArchiveError), archives.opened(path, limits=LIMITS) as archive:
        read_all(archive)


def read_all(archive: Archive) -> None:
    for entry in archive.entries:
        try:
            b"".join(archive.read(entry))
        except DamagedEntryError:
            continue


def overlap(content: bytes, *, times: int) -> bytes:
    """The same archive with its one entry listed ``times`` times."""
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    directory = content[start:end] * times
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(directory), start, 0)
    assert zipfile.is_zipfile(io.BytesIO(content[:start] + directory + closing))
    return content[:start] + directory + closing

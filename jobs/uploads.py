"""Receiving bytes: hashed while they arrive, refused before they are read whole, and never more than one copy.

Scripts send one file per request, as its body; a form sends many at once. Both end in a ``ReceivedFile`` in the
temporary folder, which lies on the disk of the final place: keeping it is a rename. Nothing is held in memory but the
chunk at hand.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.db import OperationalError
from django.http import HttpRequest, UnreadablePostError

CHUNK_BYTES = 64 * 1024
TOO_LARGE, DISK_FULL = "too_large", "disk_full"
# Full, over a quota, or over the size that the system lets one file have.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FULL_WORDS = ("disk is full", "No space left")  # SQLite's, PostgreSQL's
# One form may bring many files, each under the cap of one; more than this all together is refused unread.
FORM_CAPS = 10
ABANDONED_SECONDS = 86_400


class TooLargeError(Exception):
    """The file, or the whole form, is over the cap. Nothing of it is kept."""


class DiskFullError(Exception):
    """There is no room for it. Nothing of it is kept."""


class CutShortError(Exception):
    """Fewer bytes came than were announced: the sender is gone. Nothing of it is kept."""


class ReceivedFile(TemporaryUploadedFile):
    """An upload on disk with its hash; gone when it is closed, unless it was moved. ``problem`` is empty,
    ``too_large`` or ``disk_full``: then the bytes are gone already. ``sent_name`` is the name as it came."""

    def __init__(self, name: str, content_type: str) -> None:
        # Not the parent's: it would build the temporary name from a stranger's, and cut the one we keep.
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed by close()
        UploadedFile.__init__(self, file, "upload", content_type, 0)
        self.sent_name = name
        self.sha256 = ""
        self.problem = ""


class Spool:
    """One upload on its way to disk. What cannot be kept is dropped at that moment, and ``file.problem`` says why."""

    def __init__(self, name: str, content_type: str) -> None:
        self.file = ReceivedFile(name, content_type)
        self.received = 0
        self._digest = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Keep a chunk, unless the file is refused already."""
        self.received += len(chunk)
        if self.received > settings.MAX_UPLOAD:
            self._drop(TOO_LARGE)
        if not self.file.problem:
            self._store(chunk)

    def finish(self) -> ReceivedFile:
        """The upload, with its hash or its problem."""
        if not self.file.problem:
            self._store(b"")
        self.file.size, self.file.sha256 = self.received, self._digest.hexdigest()
        return self.file

    def _store(self, chunk: bytes) -> None:
        try:
            self.file.write(chunk)
            if not chunk:
                self.file.flush()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            self._drop(DISK_FULL)
        self._digest.update(chunk)

    def _drop(self, problem: str) -> None:
        if not self.file.problem:
            self.file.problem = problem
            try:
                self.file.close()
            except OSError:
                pass  # what stood in the buffer found no room either; the file is gone all the same


class HashingUploadHandler(TemporaryFileUploadHandler):
    """For files that come in a form. One that cannot be kept does not stop the others: the view is told and says so
    where the person is.

    Any form, of any page, is read before its view is asked, the log-in page's too. So files of somebody who is not
    logged in, and of a form that is far too large, are never written to disk."""

    is_refused = False

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Decide, before the first part is read, whether files are taken from this request at all."""
        request: Any = self.request
        self.is_refused = not request.user.is_authenticated or _is_huge_form(request)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.is_refused:
            raise StopUpload(connection_reset=True)
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.spool = Spool(self.file_name or "", self.content_type or "")
        self.file = self.spool.file

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take a chunk; no further handler gets it."""
        self.spool.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        """The finished upload, with its hash or its problem."""
        file = self.spool.finish()
        if not file.problem:
            file.seek(0)
        return file

    def upload_interrupted(self) -> None:
        """Drop what the sender did not finish."""
        if hasattr(self, "file"):  # the sender may be gone before any file began
            self.file.close()


def receive_body(request: HttpRequest, *, name: str) -> ReceivedFile:
    """The body of ``request`` as one file, which the caller closes.

    Refused before a byte is read when its announced length is over the cap (``TooLargeError``) or over what the disk
    has free (``DiskFullError``), and later when the disk fills up meanwhile. ``CutShortError`` when the sender goes."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if announced > settings.MAX_UPLOAD:
        raise TooLargeError
    if announced > shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free:
        raise DiskFullError
    file = _spool_body(request, Spool(name, request.content_type or ""))
    if file.problem or file.size != announced:
        file.close()
        raise DiskFullError if file.problem else CutShortError
    return file


def _spool_body(request: HttpRequest, spool: Spool) -> ReceivedFile:
    try:
        while not spool.file.problem and (chunk := request.read(CHUNK_BYTES)):
            spool.write(chunk)
    except Exception as error:
        spool.file.close()
        if isinstance(error, UnreadablePostError):
            raise CutShortError from error
        raise
    return spool.finish()


def refuse_huge_form(request: HttpRequest) -> None:
    """Raise ``TooLargeError``, before anything is read, for a form that no honest choice of files adds up to."""
    if _is_huge_form(request):
        raise TooLargeError


def _is_huge_form(request: HttpRequest) -> bool:
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    return bool(announced > FORM_CAPS * settings.MAX_UPLOAD)


def is_disk_full(error: Exception) -> bool:
    """Whether ``error`` says, in the system's or a database's way, that there is no room left."""
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return isinstance(error, OperationalError) and any(words in str(error) for words in FULL_WORDS)


def remove_abandoned() -> int:
    """Remove what a server that was killed in the middle of an upload left behind. Returns how many files."""
    removed = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # another process was faster
    return removed

"""Receiving bytes: hashed while they arrive, refused before they are read whole, and never more than one copy."""

from __future__ import annotations

import errno
import hashlib
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class ReceivedFile(TemporaryUploadedFile):
    """An upload on disk with its hash. ``problem`` is empty, ``too_large`` or ``disk_full``: then no bytes are left."""

    sha256: str = ""
    problem: str = ""


class HashingUploadHandler(TemporaryFileUploadHandler):
    """Writes each file to the temporary folder and hashes it on the way. A file over the cap, or one for which the
    disk has no room, is dropped at that moment; the view is told and can say so where the person is."""

    file: ReceivedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file.close()
        self.file = ReceivedFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)
        self.digest = hashlib.sha256()
        self.problem = ""
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk unless this file is already refused."""
        self.received += len(raw_data)
        if self.received > settings.MAX_UPLOAD:
            self._refuse("too_large")
        if self.problem:
            return
        try:
            self.file.write(raw_data)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self._refuse("disk_full")
            return
        self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        """The finished upload, with its hash or its problem."""
        try:
            self.file.flush()
        except OSError:
            self._refuse("disk_full")
        self.file.seek(0)
        self.file.size = file_size
        self.file.sha256, self.file.problem = self.digest.hexdigest(), self.problem
        return self.file

    def _refuse(self, problem: str) -> None:
        if not self.problem:
            self.problem = problem
            self.file.truncate(0)

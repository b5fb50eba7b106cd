"""Fetching what was handed in by its address: a worker downloads it, and it is staged like any other document."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.conf import settings

from classifyhub.formats import format_size
from jobs import errands, kinds, receiving, uploads
from jobs.models import Errand
from jobs.uploads import ReceivedFile, Spool
from jobs.web.addresses import RefusedAddressError, Rules

TRIES = 3
# Seconds before the second and the third.
PAUSES = (5, 30)


def fetch(document_id: int) -> None:
    """Fetch one document. Safe to call twice: the second finds nothing to do."""
    errand = errands.claim(document_id, Errand.Kind.FETCH)
    if errand is None:
        return
    try:
        _fetch(errand)
    except RefusedAddressError as error:
        _end(errand, error.code, is_transient=error.is_transient)
    except uploads.DiskFullError:
        _end(errand, "disk_full")
    except receiving.BatchClosedError:
        _end(errand, "closed")


def rules() -> Rules:
    """What the operator allows."""
    return Rules(networks=settings.FETCH_NETWORKS, ports=settings.FETCH_PORTS)


def _fetch(errand: Errand) -> None:
    from jobs.web.download import download  # noqa: PLC0415 - a desk that fetches nothing does without httpx

    spool = Spool("", "")
    with spool.file as file:
        found = download(errand.address, _Sink(spool), rules=rules(), most=settings.MAX_UPLOAD)
        upload = spool.finish()
        if file.problem:  # the last bytes found no room
            raise uploads.DiskFullError
        receiving.attach(errand, upload, name=_name(found.name, upload), claimed_type=found.content_type)


class _Sink:
    """A spool as the downloader sees it."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.write = spool.write

    @property
    def problem(self) -> str:
        return self._spool.file.problem


def _name(name: str, upload: ReceivedFile) -> str:
    """With the ending of what it is, where the server gave a name without any."""
    cleaned = receiving.name_fields(name)["name"]
    if PurePosixPath(cleaned).suffix:
        return cleaned
    endings = kinds.ENDINGS.get(receiving.sniff(upload, cleaned), ("",))
    return cleaned + endings[0]


def _end(errand: Errand, code: str, *, is_transient: bool = False) -> None:
    """Later again where that may help, else with its reason on the document."""
    if is_transient and errand.attempt < TRIES:
        errands.postpone(errand, seconds=PAUSES[errand.attempt - 1])
    else:
        errands.refuse(errand, f"{code}:{format_size(settings.MAX_UPLOAD)}" if code == "too_large" else code)

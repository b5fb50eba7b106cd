"""Documents that a vendor fetches by itself, under the same rules as the desk's own fetching."""

from __future__ import annotations

from jobs.standins.exchange import RefusedError
from jobs.web import addresses
from jobs.web.addresses import RefusedAddressError, Rules
from jobs.web.download import download


class Fetcher:
    """``reach`` says which addresses may be asked; by default public ones alone."""

    def __init__(self, reach: Rules | None = None) -> None:
        self.reach = reach or Rules()

    def fetch(self, url: str, *, most: int) -> tuple[bytes, str]:
        """The bytes at ``url`` and their name. Raises ``RefusedError``: 413 for more than ``most`` bytes, else 400."""
        sink = _Bytes(most)
        try:
            found = download(url, sink, rules=self.reach, most=most, seconds=30)
            name = found.name or addresses.read(url, rules=self.reach).name
        except RefusedAddressError as error:
            if error.code == "too_large":
                raise RefusedError(413, "The document at the URL is too large.") from error
            raise RefusedError(400, f"The document could not be fetched from the URL ({error.code}).") from error
        return bytes(sink.content), name


class _Bytes:
    def __init__(self, most: int) -> None:
        self.content = bytearray()
        self.most = most

    @property
    def problem(self) -> str:
        return "too_large" if len(self.content) > self.most else ""

    def write(self, chunk: bytes) -> None:
        self.content += chunk

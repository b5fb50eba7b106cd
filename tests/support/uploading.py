"""Files as they arrive."""

from __future__ import annotations

from jobs.uploads import ReceivedFile, Spool


def sent(content: bytes = b"Dear Sir", name: str = "letter.txt", content_type: str = "text/plain") -> ReceivedFile:
    """An upload that came in whole; close it, as a view does."""
    spool = Spool(name, content_type)
    spool.write(content)
    return spool.finish()

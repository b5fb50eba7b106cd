"""Names of static files with a hash of their content, so that browsers may keep them for good."""

from __future__ import annotations

import functools

import structlog
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

logger = structlog.get_logger(__name__)


class StaticNames(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # which carries no types
    """As whitenoise has it, but a file that came after the last ``collectstatic``, as in an update of a desk that still
    runs, costs the page its style and not the page."""

    def stored_name(self, name: str) -> str:
        """The name with its hash, or ``name`` itself where it has none yet, which the log then says."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            _tell_missing(name)
            return name


@functools.lru_cache(1_000)
def _tell_missing(name: str) -> None:
    """Once for each name: a page asks for its files every time."""
    logger.error("static file is not collected; start the desk again", name=name)

"""One small file that proves that web servers and workers share the data folder: the web writes it, workers read it."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings

from classifyhub.environment import write_once


def place() -> str:
    """The marker of this data folder, written by whoever asks first. Raises OSError where it cannot be written."""
    path = _path()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_once(path, secrets.token_hex(16))
    return path.read_text(encoding="ascii")


def read() -> str:
    """The marker seen here; empty where there is none."""
    try:
        return _path().read_text(encoding="ascii")
    except OSError:
        return ""


def _path() -> Path:
    return Path(settings.DATA_DIR) / "tmp" / "ready-marker"

"""The one encoder of this process: where it is looked for, made in the background when it is missing, loaded when a
text first needs it."""

from __future__ import annotations

import functools
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine.embedding.encoder import Encoder
from classifyhub.engine.embedding.locating import Unavailable, check_installed
from classifyhub.engine.embedding.models import find_made, load

OFF = "off"
_ROOT = Path(__file__).parents[3]
_LOGGER = logging.getLogger(__name__)
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Place:
    """Below ``folder`` is the converted model, or will be; ``named`` is a folder or a model of the cache with other
    weights than the package's, or "off" for none. ``waits`` for a model that has to be made first."""

    folder: Path
    named: str = ""
    waits: bool = False


_finders: list[Callable[[], Place]] = []
_children: list[subprocess.Popen[bytes]] = []


def use_encoder(find_place: Callable[[], Place]) -> None:
    """From now on this process has the encoder in the place that ``find_place`` gives, which is asked when a text first
    needs it."""
    _finders[:] = [find_place]


def current_encoder() -> Encoder | None:
    """The encoder, or null where none is to be had, or not yet: then it is made in the background, once. Safe to call
    from several threads."""
    if not _finders or (place := _finders[0]()).named == OFF:
        return None
    with _LOADING:
        try:
            made = _find(place)
            if not made.is_dir():
                _make(place)
            return load(made) if made.is_dir() else None
        except Unavailable as error:
            _say_why(str(error))
            return None


@functools.cache
def _find(place: Place) -> Path:
    return find_made(place.folder, place.named)


@functools.cache
def _make(place: Place) -> None:
    """Have another process convert the weights: it takes some seconds and much memory, once."""
    child = start_preparing(place.folder, place.named)
    _children.append(child)
    if place.waits:
        child.wait()


def start_preparing(folder: Path, named: str = "") -> subprocess.Popen[bytes]:
    """A process of its own that makes the converted model below ``folder`` unless it is there, and ends. What it has to
    say goes to where this process' own words go. Raises ``Unavailable`` where that much is missing."""
    check_installed(named)
    _LOGGER.info("Preparing the sentence encoder in %s", folder)
    command = ["nice", "-n", "10", sys.executable, "-m", "classifyhub.engine.embedding", str(folder), named]
    return subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@functools.cache
def _say_why(reason: str) -> None:
    """Once in a process."""
    _LOGGER.warning("Rules that no known type covers are judged by their words alone. %s", reason)

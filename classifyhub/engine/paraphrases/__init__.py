"""The known types in other words, for rules that name none: "Who worked how long on which day" is a timesheet.

``paraphrases.yaml`` has a sentence or two for each type of the pack, written for this project."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import yaml

from classifyhub.engine.pack import load_known_types
from classifyhub.engine.pack.compiled import keep_compiled
from classifyhub.engine.pack.entries import PackError

FILE = Path(__file__).with_name("paraphrases.yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def load_paraphrases() -> Mapping[str, str]:
    """From the key of a known type to what it is. Raises ``PackError``."""
    return dict(keep_compiled([FILE], _read, name="paraphrases"))


def _read() -> tuple[tuple[str, str], ...]:
    pairs = yaml.load(FILE.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe one either way
    unknown = pairs.keys() - {kind.key for kind in load_known_types()}
    if unknown or not all(isinstance(text, str) and text.strip() for text in pairs.values()):
        raise PackError(f"{FILE.name}: unknown types or no text: {', '.join(map(str, unknown)) or '-'}")
    return tuple(pairs.items())

"""Measure one section in a process of its own: ``python -m classifyhub.bench.measuring SECTION SIZES ANSWER``.

``classifyhub.bench`` starts it with the environment of the place. What was found is written to the file ``ANSWER``."""

from __future__ import annotations

import json
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from classifyhub.bench.figures import SkippedError


def measure(section: str, sizes: dict[str, int]) -> dict[str, Any]:
    """The section's figures, or why it was skipped."""
    try:
        figures = import_module(f"classifyhub.bench.{section}").measure(**sizes)
    except SkippedError as reason:
        return {"skipped": str(reason)}
    return {"figures": [figure.to_json() for figure in figures]}


def _interrupt_once(*_arguments: object) -> None:
    """The first Ctrl-C unwinds, and so ends what was started; a second one must not break into that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Set Django up, measure, write."""
    section, sizes, answer = sys.argv[1:]
    signal.signal(signal.SIGINT, _interrupt_once)
    django.setup()  # before the section's module is imported: it may import models
    Path(answer).write_text(json.dumps(measure(section, json.loads(sizes))), encoding="utf-8")


if __name__ == "__main__":
    main()

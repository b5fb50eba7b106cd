#!/usr/bin/env python
"""Command line of the project: ``python manage.py up`` starts everything."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifyhub.engine.embedding import Place

_DJANGO_OPTIONS = ("--preset", "--settings", "--pythonpath", "--traceback", "--verbosity", "--help", "-h", "-v")


def main() -> None:
    """Run one command."""
    try:
        if _needs_no_desk(sys.argv[1:]):
            classify_without_desk(sys.argv[2:])
        run_with_desk()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it; nobody who pressed Ctrl-C asked for a traceback


def _needs_no_desk(arguments: list[str]) -> bool:
    """Whether the rules come from a file, so that neither settings nor database are looked at: to load Django would
    take longer than to answer."""
    names = {argument.partition("=")[0] for argument in arguments}
    return arguments[:1] == ["classify"] and "--rules" in names and names.isdisjoint(_DJANGO_OPTIONS)


def classify_without_desk(arguments: list[str]) -> None:
    """Does not return."""
    from classifyhub.engine.cli import main as classify  # noqa: PLC0415 - only here
    from classifyhub.engine.embedding import use_encoder  # noqa: PLC0415

    use_encoder(_find_encoder)
    sys.exit(classify(arguments))


def _find_encoder() -> "Place":
    """Where the desk keeps it; looked up only for a rule that needs it, for it takes Django."""
    from classifyhub import settings  # noqa: PLC0415
    from classifyhub.engine.embedding import Place  # noqa: PLC0415

    return Place(settings.DATA_DIR / "models", settings.EMBEDDING_MODEL, waits=True)


def run_with_desk() -> None:
    """A setting that cannot be used ends in one line and not in a traceback."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - see above
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()

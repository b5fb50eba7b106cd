#!/usr/bin/env python
"""Command line of the project: ``python manage.py up`` starts everything."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command; a setting that cannot be used ends in one line and not in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifyhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it; nobody who pressed Ctrl-C asked for a traceback


if __name__ == "__main__":
    main()

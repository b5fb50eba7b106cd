"""``manage.py prune``: what the clock does every night, now."""

from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import ngettext

from jobs import erasure


class Command(BaseCommand):
    """For whoever shortened a retention and will not wait for the night."""

    help = "Erase documents past their retention, uploads that nobody launched, and what old log-ins left."

    def handle(self, **_options: Any) -> None:
        """Erase, and say how many documents it was."""
        erased = erasure.prune()
        words = ngettext("%(number)d document erased", "%(number)d documents erased", erased)
        self.stdout.write(words % {"number": erased})

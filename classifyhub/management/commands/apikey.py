"""``manage.py apikey create NAME``: a key for a program, on a machine where nobody opens a browser."""

import datetime
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from classifyhub.accounts import keys
from classifyhub.accounts.models import Project


class Command(BaseCommand):
    """The secret alone goes to stdout, so that a script can take it: ``KEY=$(manage.py apikey create Scanner)``."""

    help = "Create an API key and print its secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        """``create NAME [--project SLUG] [--days N]``."""
        create = parser.add_subparsers(dest="verb", required=True).add_parser("create", help=self.help)
        create.add_argument("name", help="what the settings call it, such as the program that uses it")
        create.add_argument("--project", metavar="SLUG", help="where it is valid; not needed while there is only one")
        create.add_argument("--days", type=int, metavar="N", help="when it expires, in days; never, if left out")

    def handle(self, *, name: str, project: str | None, days: int | None, **_options: Any) -> None:
        """Make the key; nobody in particular did, says the audit log."""
        if days is not None and days < 1:
            raise CommandError(_("--days is a number from 1 on."))
        expires_at = timezone.now() + datetime.timedelta(days=days) if days else None
        key, secret = keys.create_key(find_project(project), name, by=None, expires_at=expires_at)
        shown_once = _("%(key)s of %(project)s, shown this once:")
        self.stderr.write(shown_once % {"key": key.name, "project": key.project.name})
        self.stdout.write(secret)


def find_project(slug: str | None) -> Project:
    """The project with this slug, or the only one. Raises CommandError, which names those there are."""
    projects = list(Project.objects.order_by("slug"))
    wanted = [project for project in projects if slug in {None, project.slug}]
    if len(wanted) == 1:
        return wanted[0]
    slugs = {"slug": slug, "slugs": ", ".join(project.slug for project in projects)}
    if slug is None:
        raise CommandError(_("Say which project with --project. There are: %(slugs)s.") % slugs)
    raise CommandError(_("There is no project %(slug)s. There are: %(slugs)s.") % slugs)

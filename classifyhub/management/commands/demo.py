"""``manage.py demo``: load the sample desk from the command line, or remove it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import gettext as _

from classifyhub.accounts.models import Project, User
from jobs.erasure import CopiesLeftError
from jobs.sample import desk


class Command(BaseCommand):
    """The same verbs as the button on Home. Workers classify the documents when they run."""

    help = "Load the sample desk: a project of its own with starter presets and generated documents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--for`` names its owner, by default the first admin; ``--remove`` removes it."""
        parser.add_argument("--for", dest="email", help="e-mail of the person who gets it")
        parser.add_argument("--remove", action="store_true", help="remove the sample desk with all it holds")

    def handle(self, *_args: Any, email: str | None, remove: bool, **_options: Any) -> None:
        """Load or remove; says in one line what was done."""
        person = _find_person(email)
        if not remove:
            project = desk.load(by=person)
            address = settings.PUBLIC_URL + reverse("home", args=[project.slug])
            self.stdout.write(_("Sample desk of %(name)s: %(address)s") % {"name": person, "address": address})
            return
        for project in Project.objects.visible_to(person).filter(is_sample=True):
            try:
                desk.remove(project, by=person)
            except CopiesLeftError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(_("Sample desk removed"))


def _find_person(email: str | None) -> User:
    if email is None:
        person = User.objects.filter(is_superuser=True).order_by("pk").first()
        if person is None:
            raise CommandError(_("Nobody is here yet. Start the desk once with: manage.py up"))
        return person
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(_("Nobody has the e-mail %(email)s.") % {"email": email}) from None

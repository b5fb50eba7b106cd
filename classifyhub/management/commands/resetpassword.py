"""``manage.py resetpassword EMAIL``: the way back in when nobody can log in any more."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from classifyhub.accounts import links
from classifyhub.accounts.models import User


class Command(BaseCommand):
    """Prints a one-time link; the password itself is chosen in the browser and never passes a terminal."""

    help = "Print a one-time link with which a person sets a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        """The person, by the e-mail they log in with."""
        parser.add_argument("email")

    def handle(self, *, email: str, **_options: Any) -> None:
        """Links made for this person before stop working."""
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(_("Nobody here logs in as %(email)s.") % {"email": email}) from None
        if not user.is_active:
            raise CommandError(_("%(email)s is switched off.") % {"email": email})
        self.stdout.write(links.url_of(links.make_again(user, project=None, by=None)))

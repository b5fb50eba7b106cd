"""``manage.py prepare``: what happens once before the team mode's processes start."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from classifyhub.up import checks, preparation, welcome


class Command(BaseCommand):
    """Tables, static files and the first person, as ``up`` prepares them; its neighbours wait for it to end."""

    help = "Bring tables, static files and the first person up to date. Repeating it does no harm."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        """Prepare, and say where the desk is."""
        environment = settings.ENVIRONMENT
        try:
            checks.check_data_dir(settings.DATA_DIR)
            checks.check_database(environment.database_url)
            preparation.prepare_database(settings.DATA_DIR)
            preparation.prepare_files()
            made = preparation.first_person(environment)
        except checks.CannotStartError as error:
            raise CommandError(error) from error
        self.stdout.write("\n".join(welcome.tell(made, environment)))

"""``manage.py up``: the whole desk with one command."""

import os
import time
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils.translation import gettext as _

from classifyhub.environment import Environment
from classifyhub.up import checks, preparation, welcome
from classifyhub.up.programs import embedded_plan


class Command(BaseCommand):
    """Checks and prepares, then becomes the supervisor that starts and looks after everything."""

    help = "Start the whole desk: check, migrate, then web server, workers and clock. Ctrl-C stops it."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        """Does not return. What prevents the start is said in one line, with a non-zero exit status."""
        environment: Environment = settings.ENVIRONMENT
        started_at = time.monotonic()
        try:
            self._check(environment)
            self._prepare(environment)
        except checks.CannotStartError as error:
            raise CommandError(error) from error
        os.chdir(settings.BASE_DIR)  # from here on modules are found by name
        embedded_plan(environment, started_at=started_at).become()

    def _check(self, environment: Environment) -> None:
        checks.check_data_dir(environment.data_dir)
        checks.hold_the_lock(environment.data_dir)
        checks.check_port(environment.bind, environment.port)
        checks.check_database(environment.database_url)
        checks.check_broker(environment.broker_url)

    def _prepare(self, environment: Environment) -> None:
        if environment.has_embedded_broker:
            # What a killed worker still held. The lock says that no worker of this folder lives.
            preparation.give_back_messages()
        copies = preparation.prepare_database(environment.data_dir)
        if copies:
            self.stdout.write(_("The database was copied to %(folder)s before its migration.") % {"folder": copies})
        preparation.prepare_files()
        self.stdout.write("\n".join(welcome.tell(preparation.first_person(environment), environment)))

"""``manage.py up``: the whole desk with one command."""

import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connections
from django.utils.translation import gettext as _

from classifyhub.environment import Environment
from classifyhub.up import checks, preparation, welcome
from classifyhub.up.programs import embedded_programs
from classifyhub.up.supervisor import Console, Supervisor


class Command(BaseCommand):
    """Checks, prepares, starts and looks after everything; Ctrl-C ends it in order."""

    help = "Start the whole desk: check, migrate, then web server, workers and clock. Ctrl-C stops it."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        """Run until a signal. What prevents the start is said in one line, with a non-zero exit status."""
        environment: Environment = settings.ENVIRONMENT
        started = time.monotonic()
        try:
            checks.check_data_dir(environment.data_dir)
            with checks.only_one(environment.data_dir):
                self._prepare(environment)
                status = self._run(environment, started=started)
        except checks.CannotStartError as error:
            raise CommandError(error) from error
        if status:
            sys.exit(status)

    def _prepare(self, environment: Environment) -> None:
        checks.check_port(environment.bind, environment.port)
        checks.check_database(environment.database_url)
        checks.check_broker(environment.broker_url)
        if environment.has_embedded_broker:
            # What a killed worker still held. The lock says that no worker of this folder lives.
            preparation.give_back_messages()
        copies = preparation.prepare_database(environment.data_dir)
        if copies:
            self.stdout.write(_("The database was copied to %(folder)s before its migration.") % {"folder": copies})
        preparation.collect_static_files()
        for line in welcome.tell(preparation.first_person(environment), environment):
            self.stdout.write(line)
        self.stdout.flush()
        connections.close_all()

    def _run(self, environment: Environment, *, started: float) -> int:
        console = Console(sys.stdout)
        arguments = (environment, console, started)
        threading.Thread(target=announce_when_it_answers, args=arguments, daemon=True).start()
        return Supervisor(embedded_programs(environment), console=console).run()


def announce_when_it_answers(environment: Environment, console: Console, started: float) -> None:
    """Say the address once the web server answers there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(environment.bind, environment.bind)  # noqa: S104 - compared only
    url = f"http://[{host}]" if ":" in host else f"http://{host}"
    while True:
        try:
            with urllib.request.urlopen(f"{url}:{environment.port}/healthz", timeout=30):  # noqa: S310 - our own
                break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.1)
    seconds = time.monotonic() - started
    console.say(
        "up", _("Ready at %(url)s after %(seconds).1f s.") % {"url": environment.public_url, "seconds": seconds}
    )

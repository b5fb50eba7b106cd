"""What happens once before the processes start: tables, static files, the first person. Repeating it does no harm."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from classifyhub import broker, marker
from classifyhub.accounts import people
from classifyhub.accounts.people import Bootstrap
from classifyhub.celery import app
from classifyhub.engine.kinds import load_index
from classifyhub.engine.naming import load_names
from classifyhub.environment import Environment
from classifyhub.up.checks import CannotStartError, first_line
from rules import drafts

COPIES_KEPT = 3


def prepare_database(data_dir: Path) -> Path | None:
    """Bring the tables up to date. Returns the folder of the copies made before, None where nothing was to be done."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return None
    copies = None
    if executor.loader.applied_migrations:
        copies = copy_databases(data_dir)
    call_command("migrate", interactive=False, verbosity=0)
    return copies


def copy_databases(data_dir: Path) -> Path | None:
    """Copy the SQLite files of the data folder into ``backups/<time>/`` and keep the last three such folders.

    Uses SQLite's backup call, so that a copy is whole even while others write. Returns the folder, None where the data
    lives on a server that is backed up by other means. Raises CannotStartError: without a copy nothing is migrated.
    """
    sources = sorted(path for path in data_dir.glob("*.sqlite3") if path.stat().st_size)
    if connection.vendor != "sqlite" or not sources:
        return None
    folder = data_dir / "backups" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    try:
        folder.mkdir(parents=True, mode=0o700)
        for source in sources:
            _copy(source, folder / source.name)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotStartError(
            _("The database could not be copied before its migration: %(reason)s.") % {"reason": first_line(error)}
        ) from error
    for old in sorted(folder.parent.iterdir())[:-COPIES_KEPT]:
        shutil.rmtree(old)
    return folder


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)


def prepare_files() -> None:
    """Write style sheets and scripts with their hashed names into the data folder, the marker workers look for, and
    the knowledge pack as it is loaded."""
    call_command("collectstatic", interactive=False, verbosity=0)
    marker.place()
    load_names()  # put together once, and kept where every process and the next start find it
    load_index()


def give_back_messages() -> None:
    """Free what killed workers still held in the embedded queue. Only while no worker of this data folder lives."""
    with app.connection_for_write() as queue:
        broker.connect(queue.virtual_host).execute("UPDATE message SET visible_at = 0")


def first_person(environment: Environment) -> Bootstrap:
    """Make the first admin, project, API key and preset where nobody is there yet. Raises CannotStartError."""
    try:
        with transaction.atomic():
            made = people.bootstrap(
                email=environment.admin_email,
                password=environment.admin_password,
                api_key=environment.bootstrap_api_key,
            )
            if made.created:
                drafts.ensure_default_preset(made.project, by=made.user)
    except ValueError as error:  # a password or a key from the environment that is too weak
        raise CannotStartError(first_line(error)) from error
    return made

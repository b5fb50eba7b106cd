"""What happens once before the processes start."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from classifyhub import broker
from classifyhub.accounts.models import ApiKey, Project, User
from classifyhub.celery import app
from classifyhub.environment import Environment
from classifyhub.up import preparation, welcome
from classifyhub.up.checks import CannotStartError
from rules.models import Preset

ROOT = Path(__file__).resolve().parents[2]
needs_sqlite = pytest.mark.skipif(
    "sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="a server is backed up by other means"
)


def prepare(folder, *arguments):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classifyhub.settings",
        "CLASSIFYHUB_DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "CELERY_BROKER_URL": "",
    }
    command = [sys.executable, "manage.py", *(arguments or ["prepare"])]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def write_rows(path, *values):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS kept (value TEXT)")
        database.executemany("INSERT INTO kept VALUES (?)", [(value,) for value in values])


def read_rows(path):
    with closing(sqlite3.connect(path)) as database:
        return [value for (value,) in database.execute("SELECT value FROM kept")]


@needs_sqlite
def test_copies_are_whole_while_somebody_writes(tmp_path):
    write_rows(tmp_path / "db.sqlite3", "first")
    write_rows(tmp_path / "queue.sqlite3", "message")

    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO kept VALUES ('committed, and only in the log as yet')")
        writer.commit()
        writer.execute("INSERT INTO kept VALUES ('not committed')")
        folder = preparation.copy_databases(tmp_path)

    assert read_rows(folder / "db.sqlite3") == ["first", "committed, and only in the log as yet"]
    assert read_rows(folder / "queue.sqlite3") == ["message"]


@needs_sqlite
def test_the_last_three_copies_are_kept(tmp_path):
    write_rows(tmp_path / "db.sqlite3", "row")

    folders = [preparation.copy_databases(tmp_path) for _ in range(5)]

    assert sorted((tmp_path / "backups").iterdir()) == folders[-3:]


@needs_sqlite
def test_where_no_copy_can_be_made_nothing_is_migrated(tmp_path):
    write_rows(tmp_path / "db.sqlite3", "row")
    (tmp_path / "backups").write_text("in the way")

    with pytest.raises(CannotStartError, match=r"could not be copied before its migration: .+\.$"):
        preparation.copy_databases(tmp_path)


@needs_sqlite
def test_an_empty_folder_needs_no_copy(tmp_path):
    assert preparation.copy_databases(tmp_path) is None
    assert not (tmp_path / "backups").exists()


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """A folder after its first start, and what was told."""
    folder = tmp_path_factory.mktemp("prepared")
    return folder, prepare(folder)


@pytest.fixture
def prepared(first_start, tmp_path):
    """A folder of the test's own in the state after a first start."""
    return Path(shutil.copytree(first_start[0], tmp_path / "prepared"))


def test_a_first_start_needs_no_copy_and_a_migration_that_is_due_later_is_preceded_by_one(prepared):
    assert not (prepared / "backups").exists()
    prepare(prepared, "migrate", "sessions", "zero", "-v0")

    prepare(prepared)

    [copies] = (prepared / "backups").iterdir()
    with closing(sqlite3.connect(copies / "db.sqlite3")) as copy:
        assert copy.execute("SELECT count(*) FROM accounts_user").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'django_session'").fetchone() == (0,)
    with closing(sqlite3.connect(prepared / "db.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'django_session'").fetchone() == (1,)


def test_the_first_start_tells_login_password_and_key_and_the_second_tells_them_no_more(first_start, prepared):
    told = first_start[1]
    assert [line.split()[0] for line in told.splitlines()] == ["Address", "Data", "Login", "Password", "API"]
    assert told.count("(shown this once)") == 2

    told_again = prepare(prepared)

    assert [line.split()[0] for line in told_again.splitlines()] == ["Address", "Data"]
    assert not (prepared / "backups").exists()


def test_static_files_are_written_with_hashed_names(first_start):
    names = {path.name for path in (first_start[0] / "static").rglob("*") if path.is_file()}

    assert "staticfiles.json" in names
    assert any(name.count(".") == 2 and name.endswith(".css") for name in names)


@pytest.fixture
def environment():
    return Environment.read({}, base_dir=ROOT)


@pytest.mark.django_db
def test_the_first_person_gets_a_project_a_key_and_a_published_preset(environment):
    made = preparation.first_person(environment)

    assert made.created
    assert User.objects.get().check_password(made.password)
    assert Project.objects.get().api_keys.count() == 1
    assert Preset.objects.get(is_default=True).published is not None


@pytest.mark.django_db
def test_nobody_is_made_twice(environment):
    preparation.first_person(environment)

    made = preparation.first_person(replace(environment, admin_email="somebody@else"))

    assert not made.created
    assert (User.objects.count(), ApiKey.objects.count(), Preset.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_what_the_environment_gives_is_used_and_not_told(environment):
    given = replace(environment, admin_password="correct horse battery", bootstrap_api_key="chub_" + "a" * 48)

    made = preparation.first_person(given)
    told = "\n".join(welcome.tell(made, given))

    assert User.objects.get().check_password("correct horse battery")
    assert "correct horse" not in told
    assert "chub_" not in told
    assert "the one in CLASSIFYHUB_ADMIN_PASSWORD" in told


@pytest.mark.django_db
def test_a_limit_the_machine_lacks_is_told_at_every_start(environment, monkeypatch):
    made = preparation.first_person(environment)
    assert "memory limit" not in "\n".join(welcome.tell(made, environment))

    monkeypatch.setattr(sys, "platform", "darwin")

    assert "memory limit" in "\n".join(welcome.tell(made, environment))


@pytest.mark.django_db
def test_a_weak_password_is_refused_in_one_line(environment):
    with pytest.raises(CannotStartError) as refused:
        preparation.first_person(replace(environment, admin_password="password"))

    assert "\n" not in str(refused.value)
    assert not User.objects.exists()


def test_messages_a_killed_worker_held_are_given_back():
    with app.connection_for_write() as queue:
        if queue.transport_cls != "sqlite-queue":
            pytest.skip("a server gives them back by itself")
        messages = broker.connect(queue.virtual_host)
    messages.execute("INSERT INTO message (queue, body, visible_at) VALUES ('held', '{}', 9e9)")

    preparation.give_back_messages()

    assert messages.execute("DELETE FROM message WHERE queue = 'held' RETURNING visible_at").fetchall() == [(0.0,)]


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_left_alone(tmp_path):
    assert preparation.prepare_database(tmp_path) is None
    assert connection.introspection.table_names()

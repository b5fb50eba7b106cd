"""A PostgreSQL of the test run's own: made from the installed binaries, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.support.programs import find_program, running

FOLDERS = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin")

# Nothing here outlives the run, so nothing has to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Else what the planner knows of a table would hang on when it was last looked at behind the tests' back.
STEADY = "autovacuum=off"


@contextmanager
def running_postgres(*more: str) -> Iterator[str]:
    """Yield the URL of a database ``classifyhub`` that is yet to be created, on a server of its own.

    ``more`` are further settings. The server listens on a socket file in its own folder, so that no port can clash and
    no other person of the machine reaches it. Raises MissingProgramError.
    """
    binary = find_program("postgres", package="postgresql", folders=FOLDERS)
    folder = Path(tempfile.mkdtemp(prefix="classifyhub-pg-")).resolve()
    user = _unprivileged_user()
    if user:
        shutil.chown(folder, user)
    try:
        _make_cluster(binary.parent / "initdb", folder=folder, user=user)
        settings = [f"unix_socket_directories={folder}", "listen_addresses=", *FAST, *more]
        command = [str(binary), "-D", str(folder / "data"), *(part for item in settings for part in ("-c", item))]
        with running(
            command,
            is_ready=lambda: _answers(folder),
            log=folder / "log",
            user=user,
            stop_signal=signal.SIGINT,  # "fast": drops connections that a failed test left open
        ):
            yield f"postgres://classifyhub@{quote(str(folder), safe='')}/classifyhub"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; then somebody else has to."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _make_cluster(initdb: Path, *, folder: Path, user: str | None) -> None:
    options = ["--username=classifyhub", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(
        [str(initdb), "-D", str(folder / "data"), *options],
        check=True,
        capture_output=True,
        cwd=folder,
        user=user,
        group=user and pwd.getpwnam(user).pw_gid,
        extra_groups=[] if user else None,
    )


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="classifyhub", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True

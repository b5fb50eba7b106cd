"""What must be true before the desk starts. Each check raises CannotStartError with one line that says what to do."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from classifyhub.celery import app
from classifyhub.environment import prepare_data_dir

MEGABYTE = 10**6
LEAST_FREE = 200 * MEGABYTE  # a migration copies the database first, and a run writes page images


class CannotStartError(Exception):
    """The desk cannot start; the message is one line for the person at the terminal."""


def check_data_dir(data_dir: Path) -> None:
    """Make the data folder where it is missing, and find out by writing that it can be written."""
    try:
        prepare_data_dir(data_dir)
        with tempfile.NamedTemporaryFile(dir=data_dir / "tmp") as probe:
            probe.write(b"\0" * MEGABYTE)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise CannotStartError(
            _("The data folder %(folder)s cannot be written: %(reason)s.")
            % {"folder": data_dir, "reason": error.strerror}
        ) from error
    free = shutil.disk_usage(data_dir).free
    if free < LEAST_FREE:
        raise CannotStartError(
            _("The disk is full: %(free)d MB are free for the data folder %(folder)s, %(least)d MB are needed.")
            % {"free": free // MEGABYTE, "folder": data_dir, "least": LEAST_FREE // MEGABYTE}
        )


def hold_the_lock(data_dir: Path) -> None:
    """Refuse a second desk on one data folder. The system drops the lock with this process, however that ends."""
    lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 20).decode("ascii", "replace")
        os.close(lock)
        raise CannotStartError(
            _("The desk already runs on the data folder %(folder)s (process %(pid)s).")
            % {"folder": data_dir, "pid": holder or "?"}
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    os.set_inheritable(lock, True)  # the process becomes its supervisor, and goes on holding it


def check_port(bind: str, port: int) -> None:
    """Bind the address as the web server will, and let it go again."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise CannotStartError(_refusal(error, bind=bind, port=port)) from error


def _refusal(error: OSError, *, bind: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return _("Port %(port)d is in use: stop what listens there, or set CLASSIFYHUB_PORT.") % {"port": port}
    return _("The address %(bind)s, port %(port)d, cannot be used: %(reason)s.") % {
        "bind": bind,
        "port": port,
        "reason": error.strerror,
    }


def check_database(url: str) -> None:
    """Connect once."""
    try:
        connection.ensure_connection()
    except (DatabaseError, ImproperlyConfigured) as error:
        raise CannotStartError(
            _("The database at %(place)s cannot be reached: %(reason)s")
            % {"place": _without_secrets(url), "reason": first_line(error)}
        ) from error
    finally:
        connection.close()


def check_broker(url: str) -> None:
    """Connect once."""
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, reraise_as_library_errors=True)
    except (OperationalError, OSError) as error:
        raise CannotStartError(
            _("The broker at %(place)s cannot be reached: %(reason)s")
            % {"place": _without_secrets(url), "reason": first_line(error)}
        ) from error


def first_line(error: Exception) -> str:
    """What a library says first; the rest is advice for somebody else."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

"""What prevents a start, each told in one line."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from classifyhub.up import checks
from classifyhub.up.checks import CannotStartError
from tests.support.programs import free_port

ROOT = Path(__file__).resolve().parents[2]


def refusal(check, *arguments):
    with pytest.raises(CannotStartError) as refused:
        check(*arguments)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def full_disk(tmp_path):
    """A file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_data_folder_is_made_and_left_without_a_trace(tmp_path):
    checks.check_data_dir(tmp_path / "new" / "data")

    assert list((tmp_path / "new" / "data" / "tmp").iterdir()) == []


def test_a_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")

    said = refusal(checks.check_data_dir, tmp_path / "file" / "data")

    assert said == f"The data folder {tmp_path}/file/data cannot be written: Not a directory."


def test_a_data_folder_that_may_only_be_read():
    # /proc refuses to be written even to root.
    said = refusal(checks.check_data_dir, Path("/proc/self/data"))

    assert said.startswith("The data folder /proc/self/data cannot be written: ")


def test_a_disk_without_any_room(full_disk):
    (full_disk / "filler").write_bytes(b"\0" * 900_000)

    said = refusal(checks.check_data_dir, full_disk / "data")

    assert said == f"The data folder {full_disk}/data cannot be written: No space left on device."


def test_a_disk_with_too_little_room(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "LEAST_FREE", shutil.disk_usage(tmp_path).total * 2)

    said = refusal(checks.check_data_dir, tmp_path)

    assert said.startswith("The disk is full: ")
    assert f"for the data folder {tmp_path}" in said


def test_a_second_desk_on_the_same_data_folder(tmp_path):
    held = "from classifyhub.up import checks; from pathlib import Path; import django; django.setup();"
    held += f"checks.hold_the_lock(Path({str(tmp_path)!r})); print('held', flush=True); input()"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "classifyhub.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup(); {held}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        other.stdout.readline()

        said = refusal(checks.hold_the_lock, tmp_path)
        assert said == f"The desk already runs on the data folder {tmp_path} (process {other.pid})."
        other.kill()

    checks.hold_the_lock(tmp_path)  # a killed holder holds nothing


def test_a_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        said = refusal(checks.check_port, "127.0.0.1", port)

    assert said == f"Port {port} is in use: stop what listens there, or set CLASSIFYHUB_PORT."


def test_an_address_that_is_not_ours():
    said = refusal(checks.check_port, "192.0.2.1", 8000)

    assert said.startswith("The address 192.0.2.1, port 8000, cannot be used: ")


def test_a_name_that_is_no_address():
    said = refusal(checks.check_port, "desk.invalid", 8000)

    assert said.startswith("The address desk.invalid, port 8000, cannot be used: ")


def test_a_free_port_stays_free():
    port = free_port()

    checks.check_port("127.0.0.1", port)

    with closing(socket.create_server(("127.0.0.1", port))):
        pass


@pytest.mark.django_db
def test_a_database_that_answers():
    checks.check_database(connection.settings_dict["NAME"])


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:{port}/desk"),
        ("CELERY_BROKER_URL", "redis://:hunter2@127.0.0.1:{port}/0"),
        ("DATABASE_URL", "sqlite:////proc/self/db.sqlite3"),
    ],
)
def test_a_database_or_broker_that_cannot_be_reached_ends_the_start(tmp_path, variable, url):
    url = url.format(port=free_port())
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "classifyhub.settings",
        "CLASSIFYHUB_DATA_DIR": str(tmp_path),
        "CLASSIFYHUB_PORT": str(free_port()),
        "DATABASE_URL": "",
        "CELERY_BROKER_URL": "",
        variable: url,
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )

    [line] = ran.stderr.splitlines()
    assert ran.returncode == 1
    assert "cannot be reached: " in line
    assert url.rpartition("@")[2] in line
    assert "hunter2" not in ran.stdout + ran.stderr

"""What the environment may say, and what becomes of it when it says nothing or something else."""

import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from classifyhub.environment import NAMES, Environment, prepare_data_dir, stored_secrets

ROOT = Path(__file__).resolve().parents[2]


def read(**variables):
    return Environment.read(variables, base_dir=Path("/srv/desk"))


def test_nothing_needs_to_be_set():
    environment = read()

    assert environment.data_dir == Path("/srv/desk/var")
    assert environment.database["NAME"] == "/srv/desk/var/db.sqlite3"
    assert environment.broker_url == "sqlite-queue:////srv/desk/var/queue.sqlite3"
    assert environment.has_embedded_broker
    assert environment.public_url == "http://localhost:8000"
    assert environment.bind == "127.0.0.1"
    assert environment.max_upload == 200_000_000
    assert environment.trusted_proxies == 0
    assert environment.admin_email == "admin@localhost"
    assert not environment.is_https


def test_an_empty_variable_counts_as_not_set():
    assert read(**dict.fromkeys(NAMES, " ")) == read()


def test_every_field_comes_from_the_variable_of_its_name():
    assert len(fields(Environment)) == len(NAMES)


@pytest.mark.parametrize(
    ("given", "folder"),
    [("/data", "/data"), ("elsewhere", "/srv/desk/elsewhere"), ("../beside", "/srv/beside"), ("~/desk", "~/desk")],
)
def test_a_relative_data_folder_hangs_from_the_project(given, folder):
    assert read(CLASSIFYHUB_DATA_DIR=given).data_dir == Path(folder).expanduser()


def test_a_data_folder_may_have_any_name():
    environment = read(CLASSIFYHUB_DATA_DIR="/my data/50% #1?")

    assert environment.database["NAME"] == "/my data/50% #1?/db.sqlite3"


@pytest.mark.parametrize(
    ("given", "size"), [("1", 1), ("5KB", 5_000), ("200 mb", 200_000_000), ("2 GB", 2_000_000_000)]
)
def test_sizes_are_read_with_and_without_a_unit(given, size):
    assert read(CLASSIFYHUB_MAX_UPLOAD=given).max_upload == size


def test_documents_are_fetched_from_public_servers_on_the_usual_ports_unless_said_otherwise():
    usual = read()
    assert (usual.fetch_networks, usual.fetch_ports) == ((), frozenset({80, 443}))

    own = read(CLASSIFYHUB_FETCH_NETWORKS="10.20.0.0/16, 192.168.7.12,fd00::/8", CLASSIFYHUB_FETCH_PORTS="443, 8443")
    assert [str(network) for network in own.fetch_networks] == ["10.20.0.0/16", "192.168.7.12/32", "fd00::/8"]
    assert own.fetch_ports == {443, 8443}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLASSIFYHUB_PORT", "eighty"),
        ("CLASSIFYHUB_PORT", "0"),
        ("CLASSIFYHUB_PORT", "65536"),
        ("CLASSIFYHUB_PORT", "²"),
        ("CLASSIFYHUB_PUBLIC_URL", "desk.example.org"),
        ("CLASSIFYHUB_PUBLIC_URL", "ftp://desk.example.org"),
        ("CLASSIFYHUB_PUBLIC_URL", "https://desk.example.org/path"),
        ("CLASSIFYHUB_PUBLIC_URL", "https://desk.example.org:port"),
        ("CLASSIFYHUB_MAX_UPLOAD", "a lot"),
        ("CLASSIFYHUB_MAX_UPLOAD", "-1"),
        ("CLASSIFYHUB_FETCH_NETWORKS", "10.20.0.1/16"),
        ("CLASSIFYHUB_FETCH_NETWORKS", "intranet"),
        ("CLASSIFYHUB_FETCH_PORTS", "http"),
        ("CLASSIFYHUB_FETCH_PORTS", "443, 70000"),
        ("CLASSIFYHUB_TRUSTED_PROXIES", "-1"),
        ("CLASSIFYHUB_TRUSTED_PROXIES", "one"),
        ("CLASSIFYHUB_TRUSTED_PROXIES", "10.0.0.1"),
        ("CLASSIFYHUB_LOG_FORMAT", "xml"),
        ("CLASSIFYHUB_LOG_LEVEL", "loud"),
        ("CLASSIFYHUB_ENCRYPTION_KEYS", "short"),
    ],
)
def test_what_cannot_be_used_is_refused_by_the_name_of_its_variable(variable, value):
    with pytest.raises(ImproperlyConfigured, match=variable):
        read(**{variable: value})


def test_a_refusal_repeats_no_secret():
    with pytest.raises(ImproperlyConfigured) as refused:
        read(CLASSIFYHUB_ENCRYPTION_KEYS=f"{Fernet.generate_key().decode()}, almost-a-key")
    assert "Key 2 of CLASSIFYHUB_ENCRYPTION_KEYS" in str(refused.value)
    assert "almost-a-key" not in str(refused.value)

    with pytest.raises(ImproperlyConfigured) as refused:
        _ = read(DATABASE_URL="nonsense://me:hunter2@host/name").database
    assert "DATABASE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_public_address_decides_hosts_origins_and_cookies():
    environment = read(CLASSIFYHUB_PUBLIC_URL="https://Desk.example.org:8443/")

    assert environment.public_url == "https://desk.example.org:8443"
    assert environment.is_https
    assert environment.allowed_hosts == ["desk.example.org", "localhost", "127.0.0.1", "[::1]"]
    assert environment.trusted_origins == ["https://desk.example.org:8443"]


def test_a_port_that_browsers_leave_out_is_left_out():
    assert read(CLASSIFYHUB_PUBLIC_URL="https://desk.example.org:443").public_url == "https://desk.example.org"
    assert read(CLASSIFYHUB_PUBLIC_URL="http://[::1]:80").allowed_hosts[0] == "[::1]"


def test_loopback_may_be_spelled_in_every_way():
    environment = read(CLASSIFYHUB_PORT="9000")

    assert environment.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert "http://127.0.0.1:9000" in environment.trusted_origins


def test_the_example_file_documents_every_variable_that_is_read():
    example = (ROOT / ".env.example").read_text()
    documented = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example, flags=re.MULTILINE))

    assert documented == {*NAMES, "POSTGRES_PASSWORD"}  # the last is docker-compose.yml's own


def test_the_example_file_is_a_valid_environment_once_copied():
    lines = (line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#"))
    variables = dict(line.split("=", 1) for line in lines)

    assert read(**variables) == read()


def test_nothing_else_of_the_project_reads_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix()
        for package in ("classifyhub", "rules", "jobs")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bos\.environ\b(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|\bgetenv\b", path.read_text())
    }

    # These hand it on to processes they start (bench, processes, sandbox, tesseract), or are set by tests (failpoints).
    readers = {path for path in readers if not path.startswith("classifyhub/bench/")}
    assert readers <= {
        "jobs/failpoints.py",
        "classifyhub/settings.py",
        "classifyhub/up/processes.py",
        "classifyhub/engine/ocr/library.py",
        "classifyhub/engine/ocr/tesseract.py",
        "classifyhub/engine/sandbox.py",
        "classifyhub/engine/sandbox_child.py",
    }


def test_secrets_are_generated_once_and_only_their_owner_reads_them(tmp_path):
    folder = tmp_path / "new"

    first, second = stored_secrets(folder), stored_secrets(folder)

    assert first == second
    assert len(first["secret_key"]) >= 50
    Fernet(first["encryption_key"])
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secrets.json"]


def test_processes_that_start_together_agree_on_the_secrets(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(stored_secrets, [tmp_path] * 32))

    assert all(secrets == found[0] for secrets in found)


def test_secrets_are_not_written_by_commands_that_need_none(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment |= {"CLASSIFYHUB_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "classifyhub.settings"}
    script = "import django; django.setup()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []

    script += "; from django.conf import settings; print(settings.SECRET_KEY, settings.ENCRYPTION_KEYS[0])"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == list(json.loads((tmp_path / "secrets.json").read_text()).values())


def test_a_variable_that_cannot_be_used_ends_a_command_in_one_line(tmp_path):
    environment = os.environ | {"CLASSIFYHUB_PORT": "eighty", "DJANGO_SETTINGS_MODULE": "classifyhub.settings"}
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1
    assert ran.stderr.splitlines() == ["CLASSIFYHUB_PORT is a number from 1 to 65535, not 'eighty'."]


def test_the_data_folder_is_prepared_as_often_as_one_likes(tmp_path):
    prepare_data_dir(tmp_path / "data")
    prepare_data_dir(tmp_path / "data")

    assert (tmp_path / "data" / "tmp").is_dir()


@pytest.mark.parametrize("make", [prepare_data_dir, stored_secrets])
def test_nobody_but_its_owner_may_enter_a_new_data_folder(tmp_path, make):
    make(tmp_path / "data")

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_data_folder_that_somebody_opened_for_a_group_stays_open(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o770)

    prepare_data_dir(tmp_path / "data")

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o770

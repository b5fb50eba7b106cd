"""The team mode without containers: the commands of docker-compose.yml as processes on this machine."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from classifyhub.environment import NAMES
from tests.project.test_compose import DOCKERFILE, OURS, environment_of
from tests.support.programs import free_port, running, wait_until

pytestmark = [pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(postgres_url, redis_url, tmp_path):
    """What compose gives each of our services, with database, broker and files of this test run in place of its own."""
    server = postgres_url.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE team")
    here = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DJANGO_SETTINGS_MODULE": "classifyhub.settings",
        "HOSTNAME": socket.gethostname(),
        "DATABASE_URL": f"{server}/team",
        "CELERY_BROKER_URL": redis_url,
        "CLASSIFYHUB_DATA_DIR": str(tmp_path / "data"),
    }
    outside = {name: value for name, value in os.environ.items() if name not in NAMES}
    yield lambda service: outside | environment_of(service) | here
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE team WITH (FORCE)")


def command_of(service, *, port, folder):
    """The service's command, else the image's, with the places that a container would have to itself moved."""
    image = json.loads(re.search(r"^CMD (\[.*?\])", DOCKERFILE.replace("\\\n", ""), flags=re.MULTILINE)[1])
    moved = {"--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{port}", "/tmp/clock": str(folder / "clock")}  # noqa: S108
    return [moved.get(part, part) for part in OURS[service].get("command", image)]


def ask(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def is_well(service, environment):
    """What the container engine would ask: the service's health check."""
    test = shlex.split(OURS[service]["healthcheck"]["test"][1].replace("$$HOSTNAME", socket.gethostname()))
    return subprocess.run(test, cwd=ROOT, env=environment(service), capture_output=True, check=False).returncode == 0


def test_everything_starts_finds_each_other_and_stops(environment, tmp_path):
    port = free_port()
    prepared = subprocess.run(
        command_of("migrate", port=port, folder=tmp_path),
        cwd=ROOT,
        env=environment("migrate"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert prepared.returncode == 0, prepared.stderr
    with ExitStack() as services:
        processes = {
            name: services.enter_context(
                running(
                    command_of(name, port=port, folder=tmp_path),
                    is_ready=lambda: True,
                    log=tmp_path / f"{name}.log",
                    env=environment(name),
                    cwd=ROOT,
                )
            )
            for name in ("web", "worker-local", "worker-call", "beat")
        }
        wait_until(
            lambda: ask(port, "/readyz")[0] == 200, process=processes["web"], log=tmp_path / "web.log", seconds=90
        )
        assert ask(port, "/healthz") == (200, "ok")
        assert is_well("worker-local", environment)
        assert is_well("worker-call", environment)
        assert {name: process.poll() for name, process in processes.items() if process.poll() is not None} == {}
    assert {name: process.returncode for name, process in processes.items()} == dict.fromkeys(processes, 0)

"""docker-compose.yml and Dockerfile, held against the settings: neither can be run where there is no engine."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import get_commands

from classifyhub.environment import NAMES, Environment

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEYS", "PASSWORD", "API_KEY", "DATABASE_URL")

ANSWERS = {
    "POSTGRES_PASSWORD": "correcthorse",
    "CLASSIFYHUB_PUBLIC_URL": "https://desk.example.org",
    "CLASSIFYHUB_SECRET_KEY": secrets.token_urlsafe(50),
    "CLASSIFYHUB_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "CLASSIFYHUB_ADMIN_EMAIL": "chief@example.org",
}


def filled_in(value):
    """The value as compose reads it, with ANSWERS as .env; a required variable without an answer raises KeyError."""
    return VARIABLE.sub(lambda found: ANSWERS.get(found[1], found[3]) if found[2] == "-" else ANSWERS[found[1]], value)


def environment_of(name):
    return {key: filled_in(value) for key, value in OURS[name]["environment"].items()}


def seconds(duration):
    return float(duration.removesuffix("s"))


@pytest.mark.parametrize("name", OURS)
def test_services_set_only_variables_that_settings_read(name):
    assert set(OURS[name]["environment"]) <= set(NAMES)


@pytest.mark.parametrize("name", OURS)
def test_what_the_services_set_is_a_whole_team_environment(name):
    environment = Environment.read(environment_of(name), base_dir=ROOT)
    assert environment.database_url.startswith("postgres://")
    assert not environment.has_embedded_broker
    assert environment.is_https
    assert environment.secret_key
    assert environment.encryption_keys


def test_the_image_sets_only_variables_that_settings_read():
    assert set(re.findall(r"\b(CLASSIFYHUB_\w+)=", DOCKERFILE)) <= set(NAMES)


def test_the_web_server_keeps_no_log_of_addresses_for_a_one_time_link_is_a_secret_in_one():
    assert "access-log" not in DOCKERFILE


def test_every_variable_of_the_env_file_is_documented():
    used = {found[1] for found in VARIABLE.finditer((ROOT / "docker-compose.yml").read_text())}
    documented = set(re.findall(r"^#?\s*([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert used <= documented


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name):
    for key, value in SERVICES[name].get("environment", {}).items():
        if key.endswith(SECRETS):
            assert VARIABLE.search(value), key


def test_each_queue_has_a_worker_and_each_worker_a_queue():
    commands = [service["command"] for name, service in OURS.items() if name.startswith("worker-")]
    served = {command[command.index("-Q") + 1] for command in commands}
    assert served == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_the_commands_exist():
    programs = {service["command"][0] for service in OURS.values() if "command" in service} | {"gunicorn"}
    assert {program for program in programs if not (Path(sys.executable).parent / program).exists()} == set()
    assert OURS["migrate"]["command"][:2] == ["python", "manage.py"]
    assert OURS["migrate"]["command"][2] in get_commands()


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"migrate"}))
def test_nothing_starts_before_the_tables_are_there(name):
    assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"migrate"}))
def test_what_keeps_running_is_restarted_and_says_whether_it_is_well(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    # The web server's check is the image's own.
    assert "HEALTHCHECK" in DOCKERFILE if name == "web" else SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("worker-")])
def test_workers_are_given_the_time_to_hand_back_what_they_hold(name):
    assert OURS[name]["stop_signal"] == "SIGQUIT"
    assert seconds(OURS[name]["stop_grace_period"]) > 20
    script = "from django.conf import settings; print(settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT)"
    shutdown = in_team_mode("-c", f"import django; django.setup(); {script}")
    assert float(shutdown) < seconds(OURS[name]["stop_grace_period"])


@pytest.mark.parametrize("name", OURS)
def test_every_process_of_ours_shares_the_files_and_is_nobody_special(name):
    assert OURS[name]["volumes"] == ["files:/data"]
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert "user" not in OURS[name]
    assert re.findall(r"^USER (.+)$", DOCKERFILE, flags=re.MULTILINE) == ["10001:10001"]


def test_database_and_broker_are_reached_from_inside_alone():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert SERVICES["web"]["ports"][0].startswith("${CLASSIFYHUB_BIND:-127.0.0.1}:")


def test_redis_keeps_its_queue_over_a_restart_and_never_drops_from_it():
    options = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes --appendfsync everysec --maxmemory-policy noeviction" in options
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_the_deployment_check_finds_nothing_in_team_mode():
    said = in_team_mode("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert said.startswith("System check identified no issues")


def in_team_mode(*arguments):
    ours = (*NAMES, "DJANGO_ALLOW_ASYNC_UNSAFE")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= environment_of("web") | {"DJANGO_SETTINGS_MODULE": "classifyhub.settings"}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout

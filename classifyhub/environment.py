"""What comes from outside: the environment variables and the secrets kept beside the data.

``Environment.read`` is the only place where the project looks at environment variables; ``.env.example`` documents
each of them, and a test compares the two. An empty variable counts as one that is not set.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

NAMES = (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CLASSIFYHUB_DATA_DIR",
    "CLASSIFYHUB_BIND",
    "CLASSIFYHUB_PORT",
    "CLASSIFYHUB_METRICS_TOKEN",
    "CLASSIFYHUB_PUBLIC_URL",
    "CLASSIFYHUB_TRUSTED_PROXIES",
    "CLASSIFYHUB_SECRET_KEY",
    "CLASSIFYHUB_ENCRYPTION_KEYS",
    "CLASSIFYHUB_ADMIN_EMAIL",
    "CLASSIFYHUB_ADMIN_PASSWORD",
    "CLASSIFYHUB_BOOTSTRAP_API_KEY",
    "CLASSIFYHUB_MAX_UPLOAD",
    "CLASSIFYHUB_FETCH_NETWORKS",
    "CLASSIFYHUB_FETCH_PORTS",
    "CLASSIFYHUB_EMBEDDING_MODEL",
    "CLASSIFYHUB_LOG_FORMAT",
    "CLASSIFYHUB_LOG_LEVEL",
)

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Environment:
    """The variables, parsed; every default is the embedded mode's. ``None`` means "generate or ask at start"."""

    data_dir: Path
    database_url: str
    broker_url: str
    bind: str
    port: int
    public_url: str
    trusted_proxies: int
    secret_key: str | None
    encryption_keys: tuple[str, ...]
    admin_email: str
    admin_password: str | None
    bootstrap_api_key: str | None
    metrics_token: str
    max_upload: int
    fetch_networks: tuple[IPv4Network | IPv6Network, ...]
    fetch_ports: frozenset[int]
    embedding_model: str
    log_format: str
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str], *, base_dir: Path) -> Environment:
        """Parse ``environ``; relative paths hang from ``base_dir``. Raises ImproperlyConfigured naming the variable."""

        def text(name: str, default: str = "") -> str:
            return environ.get(name, "").strip() or default

        data_dir = (base_dir / Path(text("CLASSIFYHUB_DATA_DIR", "var")).expanduser()).resolve()
        port = _port(text("CLASSIFYHUB_PORT", "8000"))
        return cls(
            data_dir=data_dir,
            database_url=text("DATABASE_URL", f"sqlite:///{quote(str(data_dir))}/db.sqlite3"),
            broker_url=text("CELERY_BROKER_URL", f"sqlite-queue:///{quote(str(data_dir))}/queue.sqlite3"),
            bind=text("CLASSIFYHUB_BIND", "127.0.0.1"),
            port=port,
            public_url=_origin(text("CLASSIFYHUB_PUBLIC_URL", f"http://localhost:{port}")),
            trusted_proxies=_proxies(text("CLASSIFYHUB_TRUSTED_PROXIES", "0")),
            secret_key=text("CLASSIFYHUB_SECRET_KEY") or None,
            encryption_keys=_fernet_keys(text("CLASSIFYHUB_ENCRYPTION_KEYS")),
            admin_email=text("CLASSIFYHUB_ADMIN_EMAIL", "admin@localhost"),
            admin_password=text("CLASSIFYHUB_ADMIN_PASSWORD") or None,
            bootstrap_api_key=text("CLASSIFYHUB_BOOTSTRAP_API_KEY") or None,
            metrics_token=text("CLASSIFYHUB_METRICS_TOKEN"),
            max_upload=_size(text("CLASSIFYHUB_MAX_UPLOAD", "200 MB")),
            fetch_networks=_networks(text("CLASSIFYHUB_FETCH_NETWORKS")),
            fetch_ports=_ports(text("CLASSIFYHUB_FETCH_PORTS", "80, 443")),
            embedding_model=text("CLASSIFYHUB_EMBEDDING_MODEL"),
            log_format=_one_of("CLASSIFYHUB_LOG_FORMAT", text("CLASSIFYHUB_LOG_FORMAT", "text"), ("text", "json")),
            log_level=_one_of(
                "CLASSIFYHUB_LOG_LEVEL",
                text("CLASSIFYHUB_LOG_LEVEL", "INFO").upper(),
                ("DEBUG", "INFO", "WARNING", "ERROR"),
            ),
        )

    @property
    def is_https(self) -> bool:
        """Whether people reach the desk over TLS: decides secure cookies, redirects and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def database(self) -> dict[str, Any]:
        """``DATABASE_URL`` as Django wants it. Raises ImproperlyConfigured, silent about the URL: it has a password."""
        try:
            return dict(dj_database_url.parse(self.database_url))
        except ValueError as error:
            raise ImproperlyConfigured("DATABASE_URL is no address like postgres://user:password@host/name.") from error

    @property
    def has_embedded_broker(self) -> bool:
        """Whether the queue is the SQLite file of the data folder and not a broker of its own."""
        return self.broker_url.startswith("sqlite-queue:")

    @property
    def allowed_hosts(self) -> list[str]:
        """The public host, and loopback: health checks inside a container ask ``127.0.0.1``."""
        host = urlsplit(self.public_url).hostname or "localhost"
        return list(dict.fromkeys((f"[{host}]" if ":" in host else host, *LOOPBACK)))

    @property
    def trusted_origins(self) -> list[str]:
        """Origins whose forms are accepted: the public one, and its loopback spellings when that is one of them."""
        url = urlsplit(self.public_url)
        if self.allowed_hosts[0] not in LOOPBACK:
            return [self.public_url]
        return [f"{url.scheme}://{host}:{url.port}" if url.port else f"{url.scheme}://{host}" for host in LOOPBACK]


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise ImproperlyConfigured(f"CLASSIFYHUB_PORT is a number from 1 to 65535, not {value!r}.")
    return int(value)


def _ports(value: str) -> frozenset[int]:
    ports = [port.strip() for port in value.split(",") if port.strip()]
    if not all(port.isascii() and port.isdigit() and 0 < int(port) < 65536 for port in ports):
        raise ImproperlyConfigured(f"CLASSIFYHUB_FETCH_PORTS is a list of ports like 80, 443, not {value!r}.")
    return frozenset(map(int, ports))


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(network.strip()) for network in value.split(",") if network.strip())
    except ValueError as error:
        raise ImproperlyConfigured(
            f"CLASSIFYHUB_FETCH_NETWORKS is a list of networks like 10.20.0.0/16, 192.168.7.12, not {value!r}."
        ) from error


def _proxies(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) == 1):
        raise ImproperlyConfigured(f"CLASSIFYHUB_TRUSTED_PROXIES is a number from 0 to 9, not {value!r}.")
    return int(value)


def _origin(value: str) -> str:
    """As a browser spells it: lower case, and no port where it is the scheme's own."""
    url = urlsplit(value.rstrip("/"))
    try:
        port = url.port
    except ValueError:  # not a number
        port = 0
    if url.scheme not in DEFAULT_PORTS or not url.hostname or url.path or url.query or port == 0:
        raise ImproperlyConfigured(
            f"CLASSIFYHUB_PUBLIC_URL is an address like https://desk.example.org without a path, not {value!r}."
        )
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}" if port in {None, DEFAULT_PORTS[url.scheme]} else f"{url.scheme}://{host}:{port}"


def _size(value: str) -> int:
    match = re.fullmatch(r"(\d+)\s*(|KB|MB|GB)", value.upper())
    if match is None:
        raise ImproperlyConfigured(f"CLASSIFYHUB_MAX_UPLOAD is a size like 200 MB, not {value!r}.")
    return int(match[1]) * UNITS[match[2]]


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is one of {', '.join(choices)}, not {value!r}.")
    return value


def _fernet_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            # The key itself never reaches a message: messages end up in logs.
            raise ImproperlyConfigured(
                f"Key {number} of CLASSIFYHUB_ENCRYPTION_KEYS is not a Fernet key (32 bytes, url-safe base64)."
            ) from None
    return keys


GENERATORS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(50),
    "encryption_key": lambda: Fernet.generate_key().decode(),
}


def stored_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this installation, generated on first use into ``secrets.json`` (mode 0600).

    Whichever process comes first decides; the others, started at the same moment, read what it wrote.
    Raises OSError where the folder cannot be written.
    """
    path = data_dir / "secrets.json"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, json.dumps({name: generate() for name, generate in GENERATORS.items()}, indent=2))
    return dict(json.loads(path.read_text(encoding="utf-8")))


def write_once(path: Path, content: str) -> None:
    """Write a file of mode 0600 unless there is one: of two writers one wins, and no reader sees half of it."""
    # A hard link appears whole or not at all, and never replaces a file.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as draft:  # mode 0600 by mkstemp
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass


def prepare_data_dir(data_dir: Path) -> None:
    """Make the data folder and the folders inside it that every process expects. Only its owner may enter: documents,
    sessions and keys lie in it, also on a machine that others log in to. One that is there already stays as it is."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("files", "renders", "readings", "tmp", "static"):
        (data_dir / name).mkdir(parents=True, exist_ok=True)

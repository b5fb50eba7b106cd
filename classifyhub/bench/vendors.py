"""A vendor to measure against: its stand-in in a process of its own, and a desk's way to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from classifyhub.accounts.models import Project, User
from classifyhub.bench.desks import ROOT
from rules import connections, drafts, publishing
from rules.models import Connection, PresetVersion
from rules.starters import STARTERS
from tests.support.programs import die_with_parent


@dataclass(frozen=True, slots=True)
class Times:
    """When a document was accepted at the vendor and when it was through there, in seconds since 1970."""

    accepted_at: float
    ended_at: float | None

    @property
    def own(self) -> float:
        """The vendor's own time, in seconds."""
        if self.ended_at is None:
            raise ValueError("it is not through there")
        return self.ended_at - self.accepted_at


class Vendor:
    """The stand-in behind ``url``; it takes ``key``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        greeting = self._read()
        self.url: str = greeting["url"]
        self.key: str = greeting["key"]

    def launch(self, jobs: int, *, least: float, most: float, ready: float, seed: int = 7) -> list[str]:
        """Have it accept jobs of its own making; their ids. It forgets all that was before."""
        self._ask("forget")
        return list(self._ask("launch", jobs=jobs, least=least, most=most, ready=ready, seed=seed))

    def requests(self) -> int:
        """How many came since it last forgot."""
        return int(self._ask("report")["requests"])

    def times(self) -> dict[str, Times]:
        """Of each accepted document, by the vendor's id of its job."""
        return {job: Times(at, ended) for job, _key, at, ended in self._ask("report")["documents"]}

    def times_by_key(self) -> dict[str, Times]:
        """The same by the key it was sent under."""
        return {key: Times(at, ended) for _job, key, at, ended in self._ask("report")["documents"]}

    def _ask(self, verb: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        self._process.stdin.write(json.dumps({"verb": verb, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the stand-in has ended")
        return json.loads(line)


@contextmanager
def running_vendor(name: str, **settings: float) -> Iterator[Vendor]:
    """The stand-in for ``name`` with its quick answers; gone afterwards."""
    command = [sys.executable, "-m", "classifyhub.bench.vendor_process", name, json.dumps(settings)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, and no lock is taken in it
    ) as process:
        yield Vendor(process)
        process.communicate(timeout=60)


def publish_remote(connection: Connection, *, by: User) -> PresetVersion:
    """A published version that sends its documents through ``connection``."""
    project = connection.project
    preset = drafts.create_preset(project, connection.name, by=by, rules=STARTERS[0].draft_rules())
    version = publishing.publish(preset, by=by, note="")
    PresetVersion.objects.filter(pk=version.pk).update(provider=connection.provider, connection=connection)
    return PresetVersion.objects.get(pk=version.pk)


def connect(project: Project, vendor: Vendor, provider: str, *, name: str, by: User) -> Connection:
    """A connection of ``project`` to the stand-in."""
    return connections.add(project, provider, secret=vendor.key, by=by, name=name, base_url=vendor.url)

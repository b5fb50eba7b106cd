"""SQL statements per document over the whole path, counted as they leave for the database.

Nothing runs beside it: requests go through Django's test client, and tasks are called one by one, where a worker would
run them. What the tray and the pages poll is not counted, for it does not grow with the documents."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Project, User
from classifyhub.bench.figures import Aim, Figure, Spread
from classifyhub.bench.filling import publish_echo
from classifyhub.bench.visiting import write_letters
from jobs import tasks
from jobs.models import Document, IntakeBatch, Job, Status
from rules.models import PresetVersion

AROUND = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
AIM = Aim(20)
STEPS = ("upload", "check", "launch", "claim and answer")


class Counting:
    """Counts statements by step, and apart from them those that only open and close transactions."""

    def __init__(self) -> None:
        self.statements: Counter[str] = Counter()
        self.around = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is executed inside under ``name``."""

        def count(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            if sql.startswith(AROUND):
                self.around += 1
            else:
                self.statements[name] += 1
            return execute(sql, *arguments)

        with connection.execute_wrapper(count):
            yield


def measure(*, documents: int) -> list[Figure]:
    """One drop, its checks, its launch, and its jobs with a provider that answers at once."""
    call_command("prepare", verbosity=0)
    user = User.objects.get()
    version = publish_echo(user.memberships.get().project, by=user)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    counting = Counting()
    _walk(counting, client, version, documents)
    if Job.objects.filter(status=Status.COMPLETED).count() != documents:
        raise RuntimeError("not every document was answered")
    return list(_figures(counting, documents))


def _walk(counting: Counting, client: Client, version: PresetVersion, documents: int) -> None:
    project = version.project
    _upload(counting, client, project, documents)
    with counting.step("check"):
        for key in Document.objects.values_list("pk", flat=True).order_by("pk"):
            tasks.check_document(key)
    with counting.step("launch"):
        fields = {"batch": IntakeBatch.objects.get().uid, "version": version.uid}
        client.post(reverse("upload_launch", args=[project.slug]), fields)
        tasks.dispatch(project.runs.get().pk)
    jobs = list(Job.objects.values_list("pk", flat=True).order_by("pk"))
    with counting.step("claim and answer"):
        for key in jobs:
            tasks.call_job(key)


def _upload(counting: Counting, client: Client, project: Project, documents: int) -> None:
    with counting.step("upload"):
        fields = {"drop": str(uuid.uuid4()), "expected": documents}
        batch = client.post(reverse("intake_open", args=[project.slug]), fields).json()["batch"]
        for letter in write_letters(documents):
            address = f"{batch}files/{uuid.uuid4()}/"
            client.put(address, letter, content_type="text/plain", headers={"X-File-Name": "letter.txt"})


def _figures(counting: Counting, documents: int) -> Iterator[Figure]:
    each = {step: counting.statements[step] / documents for step in STEPS}
    job = each["launch"] + each["claim and answer"]
    yield _figure("from upload to answer", sum(each.values()), aim=AIM)
    yield _figure("of it the job: launch, claim and answer", job, aim=AIM)
    for step, value in each.items():
        yield _figure(f"of it {step}", value)
    yield _figure("besides: begin, savepoint, release", counting.around / documents)


def _figure(name: str, value: float, aim: Aim | None = None) -> Figure:
    return Figure(name=name, value=Spread.of([value]), unit="per document", aim=aim)

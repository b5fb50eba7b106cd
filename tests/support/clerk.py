"""Somebody at work over HTTP, without a browser: the requests that the pages send, one verb each."""

from __future__ import annotations

import csv
import io
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Project, Role, User
from jobs.models import Document, IntakeBatch, Run
from rules.models import PresetVersion
from tests.support.factories import INVOICE, LETTER, a_member, a_project, a_version

ENOUGH_SECONDS = 120


def wait_until(holds: Callable[[], Any], *, what: str, seconds: float = ENOUGH_SECONDS) -> Any:
    """Ask ``holds`` until its answer is true, and give that answer. AssertionError when it never is; how long it took
    is nobody's business."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return answer


class Clerk:
    """A member of a project with a published preset, logged in. What they are answered is checked as it comes."""

    def __init__(
        self,
        project: Project | None = None,
        *,
        user: User | None = None,
        rules: tuple[dict[str, str], ...] = (INVOICE, LETTER),
        role: Role = Role.ADMIN,
    ) -> None:
        self.project = project or a_project()
        self.user = user or a_member(self.project, role)
        self.version: PresetVersion = a_version(self.project, rules=rules, provider="local")
        self.client = Client()
        self.client.force_login(self.user)

    def url(self, name: str, *parts: object) -> str:
        return reverse(name, args=[self.project.slug, *parts])

    def get(self, name: str, *parts: object, **query: str) -> Any:
        answer = self.client.get(self.url(name, *parts), query)
        assert answer.status_code == 200, f"{name}: {answer.status_code}"
        return answer

    def post(self, name: str, *parts: object, **data: object) -> Any:
        """Send a form; where it leads to is opened, as a browser does."""
        answer = self.client.post(self.url(name, *parts), data)
        while "Location" in answer:
            answer = self.client.get(answer["Location"])
        assert answer.status_code == 200, f"{name}: {answer.status_code}"
        return answer

    def upload(self, files: Mapping[str, bytes]) -> IntakeBatch:
        """Announce the files, then send each as the body of a request, as the tray does."""
        announced = {"expected": str(len(files)), "drop": str(uuid.uuid4())}
        batch = self.client.post(self.url("intake_open"), announced).json()["batch"]
        for name, content in files.items():
            address = f"{batch}files/{uuid.uuid4()}/"
            headers = {"X-File-Name": quote(name)}
            answer = self.client.put(address, content, content_type="application/octet-stream", headers=headers)
            assert answer.status_code == 201, f"{name}: {answer.content!r}"
        return IntakeBatch.objects.open().get(project=self.project, by=self.user)

    def launch(self, batch: IntakeBatch) -> Run:
        self.post("upload_launch", batch=batch.uid, version=self.version.uid)
        return Run.objects.get(batches=batch)

    def classify(self, files: Mapping[str, bytes], *, also_troubled: bool = False) -> Run:
        """Upload, wait for the checks, launch. ``also_troubled`` takes along what the checks would leave out."""
        batch = self.upload(files)
        wait_until_checked(batch)
        if also_troubled:
            self.post("upload_choose", take="all")
        return self.launch(batch)

    def review(self, **query: str) -> dict[str, Any]:
        """What the review page shows now: the worst waiting document, in this person's hands."""
        context = self.get("review", **query).context
        return {name: context[name] for name in ("item", "claim", "document", "result", "why", "options")}

    def decide(self, shown: Mapping[str, Any], **press: str) -> Any:
        """Press a button of the review page that was ``shown``: ``action="approve"`` or ``type="Invoice"``."""
        return self.post("review_decide", shown["item"].uid, token=shown["claim"].token, **press)

    def export(self, run: Run) -> list[dict[str, str]]:
        """The run's CSV as a spreadsheet would read it."""
        answer = self.get("run_export", run.uid)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


def wait_until_checked(batch: IntakeBatch) -> None:
    """Until a worker has looked into every staged document."""
    unchecked = batch.documents.filter(check_state=Document.Check.PENDING)
    wait_until(lambda: not unchecked.exists(), what="the last check")


def wait_until_done(run: Run) -> None:
    """Until the run is finished, every job of it final."""
    wait_until(lambda: Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists(), what="the end of the run")
    run.refresh_from_db()

"""The sample desk: a project of its own with starter presets and a run over a dozen invented documents."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from classifyhub.accounts import projects
from classifyhub.accounts.models import Project, User
from jobs import erasure, intake, runs, tasks
from jobs.models import Document, Run
from rules import drafts, publishing
from rules.models import PresetVersion
from rules.shape import Draft, make_rules
from rules.starters import STARTERS, Starter

# The sample shows both ways an answer can go: what the engine is sure of passes, the rest waits.
AUTO_APPROVE_AT = 0.98
CLASSIFIED_WITH = "accounts-payable"


def load(*, by: User) -> Project:
    """Make the sample project and start its run. A second load makes nothing new while the first one is there."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # the second click of two waits, and finds the project
        existing = Project.objects.visible_to(by).filter(is_sample=True).first()
        if existing is not None:
            return existing
        project = projects.create_project(_("Sample desk"), by=by, is_sample=True)
    version = _publish_starters(project, by=by)
    documents = _stage(project, by=by)
    with transaction.atomic():
        run = runs.create(project, version, documents, by=by, name=_("A week of post"), source=Run.Source.SAMPLE)
        tasks.send_on_commit(tasks.dispatch, run.pk)
    for document in documents:
        tasks.send(tasks.check_document, document.pk)
    return project


def remove(project: Project, *, by: User) -> None:
    """Remove the sample project and all it holds."""
    if not project.is_sample:
        raise ValueError("only the sample desk is removed like this")
    erasure.remove_project(project, by=by)


def _publish_starters(project: Project, *, by: User) -> PresetVersion:
    """Every starter as a published preset; the version that the sample is classified with."""
    versions = {starter.key: _publish(project, starter, by=by) for starter in STARTERS}
    chosen = versions[CLASSIFIED_WITH]
    assert chosen.preset is not None  # noqa: S101  # publish() makes versions of a preset only
    drafts.set_default(chosen.preset, by=by)
    return chosen


def _publish(project: Project, starter: Starter, *, by: User) -> PresetVersion:
    draft = Draft(rules=make_rules(starter.draft_rules()), auto_approve_at=AUTO_APPROVE_AT)
    preset = drafts.create_preset(project, _(starter.name), by=by, draft=draft)
    return publishing.publish(preset, by=by, note=_("Starter"))


def _stage(project: Project, *, by: User) -> list[Document]:
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR / "tmp") as folder:
        return [
            intake.add_file(project, path, by=by, source=Document.Source.SAMPLE, name=path.name)
            for path in _write_samples(Path(folder))
        ]


def _write_samples(folder: Path) -> list[Path]:
    """In a process of its own: the libraries that draw them would stay in the web server for good, 30 MB that are used
    once in the life of a desk."""
    command = [sys.executable, "-m", "jobs.sample.documents", str(folder)]
    written = subprocess.run(command, cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE, text=True)
    return [Path(line) for line in written.stdout.splitlines()]

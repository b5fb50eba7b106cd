"""Rows to start a test from, made by the product's own verbs where there is one."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

from classifyhub.accounts.models import Membership, Project, Role, User
from classifyhub.text import fold
from jobs import intake, pipeline, runs
from jobs.models import Blob, Document, Job, ReviewItem, Run
from jobs.storage import blob_path
from rules.models import Connection, Preset, PresetVersion

_numbers = itertools.count(1)

INVOICE = {
    "id": "aaaaaaaa",
    "type": "Invoice",
    "monogram": "IN",
    "description": "A bill with an invoice number and a total due.",
}
LETTER = {
    "id": "bbbbbbbb",
    "type": "Letter",
    "monogram": "LE",
    "description": "A letter with a greeting and a signature.",
}


def a_user(email: str | None = None, **extra) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.org", "correct horse battery", **extra)


def a_project(name: str | None = None) -> Project:
    number = next(_numbers)
    return Project.objects.create(slug=f"project-{number}", name=name or f"Project {number}")


def a_member(project: Project, role: Role = Role.AUTHOR, **extra) -> User:
    user = a_user(**extra)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def a_version(project: Project, *, preset: Preset | None = None, rules=(INVOICE, LETTER), **fields) -> PresetVersion:
    """A published version, of a preset of its own unless one is given; ``provider="echo"`` answers at once."""
    if preset is None:
        name = f"Preset {next(_numbers)}"
        preset = Preset.objects.create(project=project, name=name, name_folded=fold(name))
    number = preset.versions.count() + 1
    digest = hashlib.sha256(f"{preset.uid}{number}".encode()).hexdigest()
    version = PresetVersion.objects.create(
        project=project,
        preset=preset,
        number=number,
        digest=digest,
        content_digest=digest,
        rules=list(rules),
        **{"provider": "echo"} | fields,
    )
    Preset.objects.filter(pk=preset.pk).update(published=version)
    return version


def a_connection(project: Project, provider: str = "landingai", **fields) -> Connection:
    """A connection nobody answers on: port 9 of this machine."""
    return Connection.objects.create(
        project=project,
        provider=provider,
        **{"name": f"Connection {next(_numbers)}", "base_url": "http://127.0.0.1:9", "secret": "a key"} | fields,
    )


def a_document(project: Project, *, content: bytes | None = None, name: str = "letter.txt", **fields) -> Document:
    """A staged and checked text document whose bytes lie in the data folder."""
    content = content if content is not None else f"Dear Sir, number {next(_numbers)}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    path = blob_path(project.uid, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    blob, _created = Blob.objects.get_or_create(project=project, sha256=sha256, defaults={"size": len(content)})
    return Document.objects.create(
        project=project,
        blob=blob,
        **intake.name_fields(name),
        **{"media_type": "text/plain", "check_state": Document.Check.READY} | fields,
    )


def a_run(
    project: Project, *, by: User | None = None, version: PresetVersion | None = None, documents=1, **fields
) -> Run:
    """A sealed run whose jobs are PENDING. ``documents`` is a number of new ones, or a list."""
    by = by or a_member(project)
    version = version or a_version(project)
    if isinstance(documents, int):
        documents = [a_document(project) for _ in range(documents)]
    return runs.create(project, version, documents, by=by, name=f"Run {next(_numbers)}", **fields)


def a_job(project: Project | None = None, **options) -> Job:
    """The one job of a fresh run, PENDING."""
    project = project or a_project()
    return a_run(project, documents=1, **options).jobs.select_related("document", "version", "run", "project").get()


def an_item(
    project: Project,
    *,
    document: Document | None = None,
    preset: Preset | None = None,
    policy: dict | None = None,
    by: User | None = None,
    **answer,
) -> ReviewItem:
    """A document with the given answer (``type``, ``confidence``) under a new version of ``preset``, by way of a run
    with the echo provider."""
    version = a_version(project, preset=preset, provider_options=answer, policy=policy or {})
    run = a_run(project, by=by or a_member(project), version=version, documents=[document or a_document(project)])
    job = run.jobs.get()
    pipeline.run(job.pk)
    return ReviewItem.objects.select_related("job", "document", "preset").get(
        document=job.document, preset=version.preset
    )


def sample_file(folder: Path, name: str = "note.txt", text: str = "Dear Sir") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path

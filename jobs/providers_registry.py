"""Builds the provider for a job: the one place where settings and connections meet provider code."""

from __future__ import annotations

import threading

from django.conf import settings

from classifyhub.engine.sandbox import Sandbox
from jobs import learning, storage
from jobs.models import Job
from jobs.providers.base import MisconfiguredError, Provider
from jobs.providers.echo import EchoProvider
from jobs.providers.local import LocalProvider
from rules.models import ProviderName

# Below the soft time limit of a `local` task, so that the document is told apart from the worker.
SANDBOX_WALL_SECONDS = 45

_sandbox: Sandbox | None = None
_lock = threading.Lock()


def shared_sandbox() -> Sandbox:
    """The one warm sandbox of this process, started on first use. Not inherited by forked pool children."""
    global _sandbox  # noqa: PLW0603  # one child process per worker process, made lazily and kept
    with _lock:
        if _sandbox is None:
            _sandbox = Sandbox(wall_seconds=SANDBOX_WALL_SECONDS)
        return _sandbox


def provider_for(job: Job) -> Provider:
    """The provider that the job's version names; ``MisconfiguredError`` when this installation has none."""
    match job.version.provider:
        case ProviderName.LOCAL:
            assert job.document.blob is not None  # noqa: S101  # checked by request_for before any submit
            folder = storage.readings_folder(job.project.uid, job.document.blob.sha256)
            return LocalProvider(
                sandbox=shared_sandbox(),
                readings=folder,
                memory=learning.recall(job.version.preset_id) if job.version.preset_id else None,
                document=str(job.document.uid),
            )
        case ProviderName.ECHO:
            return EchoProvider(folder=settings.DATA_DIR / "echo")
        case other:
            raise MisconfiguredError(f"no module speaks {other}", reason="bad_credentials")

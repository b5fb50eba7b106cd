"""Builds the provider for a job: the one place where settings and connections meet provider code."""

from __future__ import annotations

import functools
import importlib
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.urls import reverse

from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.sandbox import Sandbox
from classifyhub.secrets import UnreadableSecret
from jobs import learning, storage
from jobs.models import Job, Reason
from jobs.providers.base import Access, Hook, MisconfiguredError, Provider, RemoteProvider
from jobs.providers.echo import EchoProvider
from jobs.providers.local import LocalProvider
from jobs.remote import routing
from jobs.remote.gates import ConnectionGate
from rules.models import Connection, ProviderName

if TYPE_CHECKING:
    import httpx

# Below the soft time limit of a `local` task, so that the document is told apart from the worker.
SANDBOX_WALL_SECONDS = 45
# How long one answer may take where the connection does not say: what the vendor's own client waits.
DEADLINES: dict[str, float] = {
    ProviderName.LANDINGAI: 480,
    ProviderName.UNSILOED: 300,
    ProviderName.OPENAI_COMPATIBLE: 300,
}
USUAL_DEADLINE = 60.0
TEST_SECONDS = 8.0  # for all its calls: a person waits for it, and a thread that serves pages
NOT_PUBLIC = "//localhost"  # where the desk is said to be unless the operator says so
HOOKED = frozenset({ProviderName.LLAMACLOUD_V2, ProviderName.LLAMACLOUD_V1})

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
    """The provider that has the job, or that its version names; ``MisconfiguredError`` when it cannot be called."""
    return build(routing.route_of(job), job)


def build(route: routing.Route, job: Job) -> Provider:
    """The provider at the end of ``route``, for this job; ``MisconfiguredError`` when it cannot be called."""
    match route.provider:
        case ProviderName.LOCAL:
            return _local(job)
        case ProviderName.ECHO:
            return EchoProvider(folder=settings.DATA_DIR / "echo")
    if route.connection is None:
        raise MisconfiguredError("There is no connection to this provider.", reason=Reason.BAD_CREDENTIALS)
    return remote(route.connection, job)


def remote(connection: Connection, job: Job | None = None, *, is_test: bool = False) -> RemoteProvider:
    """The provider behind a connection, for a job or for itself; a test calls it also while it is closed off.
    ``MisconfiguredError`` when its key cannot be read, or its settings lead nowhere."""
    from jobs.providers.wire import Wire  # noqa: PLC0415 - a desk that calls no vendor does without httpx

    module = importlib.import_module(f"jobs.providers.{connection.provider}")
    access, gate = access_to(connection), ConnectionGate(connection)
    wire = Wire(
        http_client(),
        base_url=module.base_url(access),
        headers=module.headers(access),
        gate=nullcontext if is_test else gate,
        note=gate.note,
        deadline=access.deadline,
        patience=TEST_SECONDS if is_test else None,
        label=connection.get_provider_display(),
    )
    tools = _tools(job)
    match connection.provider:
        case ProviderName.LLAMACLOUD_V2:
            return cast(RemoteProvider, module.LlamaCloudV2(wire, access))
        case ProviderName.LLAMACLOUD_V1:
            return cast(RemoteProvider, module.LlamaCloudV1(wire, access))
        case ProviderName.LANDINGAI:
            return cast(RemoteProvider, module.LandingAI(wire, access, **tools))
        case ProviderName.UNSILOED:
            return cast(RemoteProvider, module.Unsiloed(wire, access, **tools))
        case ProviderName.OPENAI_COMPATIBLE:
            return cast(RemoteProvider, module.OpenAICompatible(wire, access, **tools))
    raise MisconfiguredError(f"Nothing here speaks {connection.provider}.", reason=Reason.BAD_CREDENTIALS)


def usual_address(provider: str) -> str:
    """Where the vendor is unless a connection says otherwise."""
    return str(importlib.import_module(f"jobs.providers.{provider}").base_url(Access()))


def access_to(connection: Connection) -> Access:
    """How to reach the vendor of ``connection``."""
    return Access(
        base_url=connection.base_url,
        secret=_secret(connection),
        options=connection.options,
        deadline=deadline_of(connection),
        hook=_hook(connection),
    )


def deadline_of(connection: Connection) -> float:
    """How long one call may take, in seconds."""
    return float(connection.limits.get("deadline") or DEADLINES.get(connection.provider, USUAL_DEADLINE))


@functools.cache
def http_client() -> httpx.Client:
    """The connections of this process to all vendors, kept open between calls. Made on first use, after any fork."""
    import httpx  # noqa: PLC0415 - as above

    return httpx.Client(limits=httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=30))


def _tools(job: Job | None) -> dict[str, Any]:
    """What a provider needs to look into a document: the sandbox, and the document's own folder for what is read or
    made of it."""
    if job is None or job.document.blob is None:
        return {"sandbox": shared_sandbox(), "readings": settings.DATA_DIR / "tmp"}
    folder = storage.readings_folder(job.project.uid, job.document.blob.sha256)
    return {"sandbox": shared_sandbox(), "readings": folder}


def _find_encoder() -> Place:
    return Place(settings.DATA_DIR / "models", settings.EMBEDDING_MODEL)


def _local(job: Job) -> LocalProvider:
    assert job.document.blob is not None  # noqa: S101  # checked by request_for before any submit
    use_encoder(_find_encoder)
    return LocalProvider(
        **_tools(job),
        memory=learning.recall(job.version.preset_id) if job.version.preset_id else None,
        document=str(job.document.uid),
    )


def _secret(connection: Connection) -> str:
    if isinstance(connection.secret, UnreadableSecret):
        said = "The key was encrypted with a key that this installation no longer has. Enter it again."
        raise MisconfiguredError(said, reason=Reason.BAD_CREDENTIALS)
    return str(connection.secret)


def _hook(connection: Connection) -> Hook | None:
    if connection.provider not in HOOKED or not connection.hook_secret or NOT_PUBLIC in settings.PUBLIC_URL:
        return None
    path = reverse("llamacloud_hook", kwargs={"connection": connection.uid})
    return Hook(url=settings.PUBLIC_URL.rstrip("/") + path, secret=connection.hook_secret)

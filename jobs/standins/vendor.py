"""What the stand-ins of all vendors have in common: keys, projects, errors, and the state they share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.faults import Faults
from jobs.standins.store import Store
from jobs.standins.working import Work

_NAMESPACE = uuid.UUID("6c1c9a3e-52a5-4b06-9a7e-0c6d4b7f3a10")


class Vendor:
    """The base of the vendors' classes, each of which fills ``routes`` and words its errors. A key is good for one
    project, whose id follows from the key."""

    label: ClassVar[str]
    usual_key: ClassVar[str]
    base_path: ClassVar[str] = ""
    """What a client puts behind the address of the server to have its base URL."""
    unknown_status: ClassVar[str] = "PAUSED"
    unknown_job: ClassVar[str] = "Job not found"
    no_credit: ClassVar[Any] = "The credits of this plan are used up."

    def __init__(self, *, keys: Sequence[str], store: Store, work: Work, faults: Faults) -> None:
        self.keys = keys
        self.store = store
        self.work = work
        self.faults = faults
        self.routes = Routes()

    def close(self) -> None:
        """End what the vendor has started by itself."""

    def forget(self) -> None:
        """Everything that was ever sent here."""
        self.store.forget()

    def let_in(self, asked: Asked) -> None:
        """Set the project of the request. Raises ``RefusedError`` for a wrong key."""
        if self.is_open(asked):
            return
        key = self.read_key(asked)
        if key not in self.keys:
            raise RefusedError(401, self.say_wrong_key(given=bool(key)))
        asked.project = project_of(key)

    def is_open(self, asked: Asked) -> bool:
        """Whether this request needs no key."""
        return False

    def read_key(self, asked: Asked) -> str:
        """The key that came with the request, else empty."""
        scheme, _space, key = asked.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""

    def say_wrong_key(self, *, given: bool) -> str:
        """Why the key is refused."""
        return "Invalid API Key" if given else "Not authenticated"

    def say_error(self, error: RefusedError) -> Said:
        """The vendor's way to word an error."""
        return Said(error.status, {"detail": error.detail}, error.headers)

    def expire(self, body: Any) -> Any:
        """An answer as it is once the result is no longer kept."""
        return change_objects(body, lambda one: {**one, "result": None} if "result" in one else one)


def project_of(key: str) -> str:
    """The project that a key is good for."""
    return str(uuid.uuid5(_NAMESPACE, key))


def change_objects(body: Any, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Any:
    """``body`` with ``change`` made to it, or to each item where it is a page of items."""
    if isinstance(body, dict) and isinstance(body.get("items"), list):
        return {**body, "items": [change_objects(item, change) for item in body["items"]]}
    return dict(change(body)) if isinstance(body, dict) else body

"""LlamaCloud: classify v2 and classifier v1 with all that a classify user touches around them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from jobs.standins.exchange import Asked, RefusedError, Said
from jobs.standins.llamacloud.classifier import ClassifierV1
from jobs.standins.llamacloud.classify import ClassifyV2
from jobs.standins.llamacloud.configurations import Configurations
from jobs.standins.llamacloud.files import LINK_PATH, Files
from jobs.standins.llamacloud.hooks import Hooks
from jobs.standins.llamacloud.projects import Projects
from jobs.standins.vendor import Vendor

_MB = 1024 * 1024


class LlamaCloud(Vendor):
    """``most_bytes`` is the largest file that is taken."""

    label: ClassVar[str] = "LlamaCloud"
    usual_key: ClassVar[str] = "llx-standin"

    def __init__(self, *, most_bytes: int = 512 * _MB, **common: Any) -> None:
        super().__init__(**common)
        self.files = Files(self.store, most_bytes=most_bytes)
        self.configurations = Configurations(self.store)
        self.hooks = Hooks(self.store, self.faults)
        self.projects = Projects(self.store)
        self.v2 = ClassifyV2(self.store, self.work, self.files, self.configurations, self.hooks)
        self.v1 = ClassifierV1(self.store, self.work, self.files, self.hooks)
        for part in (self.files, self.configurations, self.hooks, self.projects, self.v2, self.v1):
            part.add_routes(self.routes)

    def close(self) -> None:
        self.hooks.close()

    def forget(self) -> None:
        super().forget()
        self.configurations.forget()
        self.hooks.forget()

    def is_open(self, asked: Asked) -> bool:
        return asked.path.startswith(LINK_PATH)

    def let_in(self, asked: Asked) -> None:
        super().let_in(asked)
        if self.is_open(asked):
            return
        own = self.projects.organization(asked.project)
        for name, value in (("project_id", asked.project), ("organization_id", own)):
            if asked.query.get(name, value) != value:
                raise RefusedError(403, f"No access to this {name}")

    def say_error(self, error: RefusedError) -> Said:
        """A 409 says that another try is useless, for the SDK would try five times."""
        headers = {**error.headers, "x-should-retry": "false"} if error.status == 409 else error.headers
        return Said(error.status, {"detail": error.detail}, {"x-request-id": str(uuid.uuid4()), **headers})

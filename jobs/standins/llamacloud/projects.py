"""Projects: a key is good for one."""

from __future__ import annotations

import uuid
from typing import Any

from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.store import Store


class Projects:
    def __init__(self, store: Store) -> None:
        self._since = store.now()

    def add_routes(self, routes: Routes) -> None:
        routes.add("GET", "/api/v1/projects", lambda asked: Said(200, [self.show(asked.project)]))
        routes.add("GET", "/api/v1/projects/<project_id>", self.read)
        routes.add("GET", "/api/v2/projects", self.list)

    def organization(self, project: str) -> str:
        """The organization of a project."""
        return str(uuid.uuid5(uuid.UUID(project), "organization"))

    def read(self, asked: Asked, *, project_id: str) -> Said:
        if project_id != asked.project:
            raise RefusedError(404, "Project not found")
        return Said(200, self.show(project_id))

    def list(self, asked: Asked) -> Said:
        return Said(200, {"items": [self.show(asked.project)], "next_page_token": None, "total_size": None})

    def show(self, project: str) -> dict[str, Any]:
        """A project as the API describes it."""
        return {
            "id": project,
            "name": "Default",
            "organization_id": self.organization(project),
            "is_default": True,
            "created_at": self._since.isoformat(),
            "updated_at": self._since.isoformat(),
        }

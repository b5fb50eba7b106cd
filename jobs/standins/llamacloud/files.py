"""Files: sent as multipart, listed, described, fetched through a link that needs no key, deleted."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from jobs.standins.answering import Document
from jobs.standins.exchange import Asked, RefusedError, Routes, Said, complain
from jobs.standins.llamacloud.paging import page_of, refuse_query
from jobs.standins.store import Store

PURPOSES = ("user_data", "parse", "extract", "split", "classify", "sheet", "agent_app")
LINK_PATH = "/presigned/"
LINK_SECONDS = 3_600
_FILTERS = ("file_name", "external_file_id")
_ORDERS = {
    "name": lambda document: [document.name, document.number],
    "id": lambda document: [document.id],
    "created_at": lambda document: [-document.number],
}


class Files:
    """``most_bytes`` is the largest that is taken."""

    def __init__(self, store: Store, *, most_bytes: int) -> None:
        self.store = store
        self.most_bytes = most_bytes
        self._links: dict[str, tuple[Document, datetime]] = {}

    def add_routes(self, routes: Routes) -> None:
        """The present paths, and those of the generation before, which old clients use."""
        for base, part in (("/api/v1/beta/files", "file"), ("/api/v1/files", "upload_file")):
            routes.add("POST", base, self._uploader(part), kind="upload")
            routes.add("GET", base, self.list)
            routes.add("GET", f"{base}/<file_id>", self.read)
            routes.add("DELETE", f"{base}/<file_id>", self.delete)
            routes.add("GET", f"{base}/<file_id>/content", self.link)
        routes.add("POST", "/api/v1/beta/files/query", self.query)
        routes.add("GET", f"{LINK_PATH}<token>", self.fetch)

    def find(self, file_id: str, asked: Asked) -> Document:
        """A document of this project. Raises ``RefusedError``."""
        document = self.store.document(file_id, project=asked.project)
        if document is None:
            raise RefusedError(404, f"File {file_id} not found")
        return document

    def _uploader(self, part: str) -> Any:
        return lambda asked: self.upload(asked, part=part)

    def upload(self, asked: Asked, *, part: str) -> Said:
        form = asked.form()
        file, purpose = form.files.get(part), form.fields.get("purpose", "")
        complaints = []
        if file is None:
            complaints.append(complain(("body", part), "Field required", kind="missing"))
        if part == "file" and purpose not in PURPOSES:
            said = f"Input should be {' or '.join(map(repr, PURPOSES))}" if purpose else "Field required"
            complaints.append(complain(("body", "purpose"), said, kind="enum" if purpose else "missing", given=purpose))
        if file is None or complaints:
            raise RefusedError(422, complaints)
        if (file.size or 0) > self.most_bytes:
            raise RefusedError(413, f"File too large. The limit is {self.most_bytes} bytes.")
        document = self.store.keep_document(
            file.read(),
            name=file.name or "upload",
            project=asked.project,
            prefix="dfl-",
            purpose=purpose or None,
            external_file_id=form.fields.get("external_file_id"),
        )
        return Said(201 if part == "file" else 200, self.show(document))

    def list(self, asked: Asked) -> Said:
        order = asked.query.get("order_by", "created_at")
        if order not in _ORDERS:
            raise refuse_query("order_by", f"Input should be {' or '.join(map(repr, _ORDERS))}", given=order)
        ids = frozenset(asked.query.getlist("file_ids"))
        wanted = {name: str(asked.query[name]) for name in _FILTERS if name in asked.query}
        return Said(200, self._page(asked, order, ids, wanted))

    def query(self, asked: Asked) -> Said:
        """The older list, by POST; takes the same filters in ``filter``."""
        body = asked.json()
        chosen = body.get("filter") or {}
        for name in ("page_size", "page_token"):
            if body.get(name):
                asked.query = asked.query.copy()
                asked.query[name] = str(body[name])
        wanted = {name: str(chosen[name]) for name in _FILTERS if chosen.get(name)}
        return Said(200, self._page(asked, "created_at", frozenset(chosen.get("file_ids") or ()), wanted))

    def _page(self, asked: Asked, order: str, ids: frozenset[str], wanted: dict[str, str]) -> dict[str, Any]:
        def fits(document: Document) -> bool:
            found = {"file_name": document.name, "external_file_id": document.external_file_id}
            return (not ids or document.id in ids) and all(found[name] == value for name, value in wanted.items())

        def show(document: Document) -> dict[str, Any]:
            link = self._make_link(document, asked) if "download_url" in asked.query.getlist("expand") else None
            return {**self.show(document), "download_url": link}

        documents = filter(fits, self.store.documents(asked.project))
        return page_of(asked, documents, key=_ORDERS[order], show=show, usual=50, most=1_000)

    def read(self, asked: Asked, *, file_id: str) -> Said:
        return Said(200, self.show(self.find(file_id, asked)))

    def delete(self, asked: Asked, *, file_id: str) -> Said:
        self.store.drop_document(self.find(file_id, asked))
        return Said(204)

    def link(self, asked: Asked, *, file_id: str) -> Said:
        return Said(200, self._make_link(self.find(file_id, asked), asked))

    def fetch(self, asked: Asked, *, token: str) -> Said:
        document, expires_at = self._links.get(token, (None, self.store.now()))
        if document is None or expires_at < self.store.now():
            raise RefusedError(403, "The link is not good any more.")
        return Said(200, document.path.read_bytes(), content_type="application/octet-stream")

    def _make_link(self, document: Document, asked: Asked) -> dict[str, Any]:
        seconds = asked.query.get("expires_at_seconds", str(LINK_SECONDS))
        if not seconds.isascii() or not seconds.isdigit():
            raise refuse_query("expires_at_seconds", "Input should be a valid integer", given=seconds)
        token, expires_at = secrets.token_urlsafe(24), self.store.now() + timedelta(seconds=int(seconds))
        self._links[token] = document, expires_at
        return {"url": f"{asked.origin}{LINK_PATH}{token}", "expires_at": expires_at.isoformat(), "form_fields": None}

    def show(self, document: Document) -> dict[str, Any]:
        """A file as the API describes it."""
        return {
            "id": document.id,
            "name": document.name,
            "project_id": document.project,
            "external_file_id": document.external_file_id,
            "file_type": PurePath(document.name).suffix.lstrip(".").lower() or None,
            "purpose": document.purpose,
            "last_modified_at": document.created_at.isoformat(),
            "expires_at": None,
            "download_url": None,
        }

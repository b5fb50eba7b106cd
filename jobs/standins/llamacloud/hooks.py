"""Webhooks: given with a job or saved beforehand, sent when a job moves, signed, repeated when nobody answers."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.faults import Faults, Struck
from jobs.standins.llamacloud.checks import Complaints, Place
from jobs.standins.llamacloud.paging import page_of
from jobs.standins.store import Job, Store
from jobs.standins.working import Alarm

SIGNATURE = "LC-Signature"
FORMATS = ("string", "json")
TRIES = 5
FIRST_PAUSE = 0.25  # seconds, twice as long each time
_CALL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to report what. ``events`` null means all."""

    url: str
    events: tuple[str, ...] | None
    headers: Mapping[str, str]
    output: str
    secret: str = field(default="", repr=False)


@dataclass(slots=True)
class Saved:
    """A hook kept under an id."""

    id: str
    number: int
    project: str
    hook: Hook
    created_at: datetime
    updated_at: datetime


class Hooks:
    """``sent`` lists every report that went out as (event, job, status of the receiver's answer, 0 for none)."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store = store
        self.faults = faults
        self.sent: list[tuple[str, str, int]] = []
        self._saved: dict[str, Saved] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._alarm = Alarm()
        self._client = httpx.Client(trust_env=False, timeout=_CALL_SECONDS)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="standin-hooks")  # one, so that order is kept

    def add_routes(self, routes: Routes) -> None:
        base = "/api/v1/beta/webhook-configs"
        routes.add("POST", base, self.save)
        routes.add("GET", base, self.list_all)
        routes.add("GET", "/api/v2/webhook-configs", self.list)
        routes.add("GET", f"{base}/<config_id>", self.show_one)
        routes.add("PUT", f"{base}/<config_id>", self.change)
        routes.add("DELETE", f"{base}/<config_id>", self.delete)

    def close(self) -> None:
        self._alarm.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def forget(self) -> None:
        self._saved.clear()
        self.sent.clear()

    # -- what a job asks for

    def read(self, body: Mapping[str, Any], asked: Asked, complaints: Complaints) -> tuple[Hook, ...]:
        """The hooks of a job: those in its body and those saved. Raises ``RefusedError`` for an unknown one."""
        place = ("webhook_configurations",)
        inline = complaints.array(body.get(place[0]) or [], place)
        hooks = [_read_hook(item, (*place, number), complaints) for number, item in enumerate(inline)]
        return (*hooks, *(self._find(str(one), asked).hook for one in body.get("webhook_configuration_ids") or ()))

    def report(self, job: Job, event: str, status: str) -> None:
        """Tell whoever asked to know; returns at once."""
        for hook in job.echo["hooks"]:
            if hook.events is None or event in hook.events:
                self._plan(hook, event, {"id": job.id, "status": status, "project_id": job.project})

    def _plan(self, hook: Hook, event: str, data: dict[str, Any]) -> None:
        struck = self.faults.pick("webhook", webhook=True) or Struck("")
        if struck.name == "webhook_lost":
            return
        if struck.name == "webhook_stranger":
            data = {**data, "id": str(uuid.uuid4())}
        secret = "another secret" if struck.name == "webhook_forged" else hook.secret
        letter = _write(hook, event, data, secret=secret, at=self.store.now().timestamp())
        if struck.name == "webhook_late":
            later = time.monotonic() + struck.options.get("seconds", 1)
            self._alarm.at(later, lambda: self._send(hook, letter, event, data["id"]))
            return
        for _time in range(2 if struck.name == "webhook_twice" else 1):
            self._send(hook, letter, event, data["id"])

    def _send(self, hook: Hook, letter: httpx.Request, event: str, job_id: str, tried: int = 0) -> None:
        def send() -> None:
            status = self._post(letter)
            self.sent.append((event, job_id, status))
            if not 200 <= status < 300 and tried + 1 < TRIES:
                again = time.monotonic() + FIRST_PAUSE * 2**tried
                self._alarm.at(again, lambda: self._send(hook, letter, event, job_id, tried + 1))

        try:
            self._pool.submit(send)
        except RuntimeError:
            return  # closed meanwhile

    def _post(self, letter: httpx.Request) -> int:
        try:
            return self._client.send(letter).status_code
        except httpx.HTTPError:
            return 0

    # -- what is saved

    def _find(self, config_id: str, asked: Asked) -> Saved:
        saved = self._saved.get(config_id)
        if saved is None or saved.project != asked.project:
            raise RefusedError(404, f"Webhook configuration {config_id} not found")
        return saved

    def save(self, asked: Asked) -> Said:
        complaints = Complaints()
        hook = _read_saved(asked.json(), complaints)
        now = self.store.now()
        saved = Saved(str(uuid.uuid4()), next(self._numbers), asked.project, hook, now, now)
        self._saved[saved.id] = saved
        return Said(201, _show(saved))

    def _all(self, asked: Asked) -> list[Saved]:
        return [saved for saved in list(self._saved.values()) if saved.project == asked.project]

    def list_all(self, asked: Asked) -> Said:
        """The old list, a bare array."""
        return Said(200, [_show(saved) for saved in self._all(asked)])

    def list(self, asked: Asked) -> Said:
        saved = self._all(asked)
        page = page_of(asked, saved, key=lambda one: [-one.number], show=_show)
        is_counted = asked.query.get("include_total", "").lower() == "true"
        return Said(200, {**page, "total_size": len(saved) if is_counted else None})

    def show_one(self, asked: Asked, *, config_id: str) -> Said:
        return Said(200, _show(self._find(config_id, asked)))

    def change(self, asked: Asked, *, config_id: str) -> Said:
        """What is not given stays as it is; the secret too, which nobody is ever shown."""
        saved, complaints = self._find(config_id, asked), Complaints()
        kept = {**_show(saved), "webhook_signing_secret": saved.hook.secret or None}
        saved.hook = _read_saved({**kept, **asked.json()}, complaints)
        saved.updated_at = self.store.now()
        return Said(200, _show(saved))

    def delete(self, asked: Asked, *, config_id: str) -> Said:
        del self._saved[self._find(config_id, asked).id]
        return Said(204)


def sign(body: bytes, *, secret: str) -> str:
    """The signature header of ``body`` as it goes over the wire."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _write(hook: Hook, event: str, data: Mapping[str, Any], *, secret: str, at: float) -> httpx.Request:
    content = json.dumps({"event_id": str(uuid.uuid4()), "event_type": event, "timestamp": at, "data": data})
    body = (json.dumps(content) if hook.output == "string" else content).encode()
    headers = {"Content-Type": "application/json", **hook.headers}
    if secret:
        headers[SIGNATURE] = sign(body, secret=secret)
    return httpx.Request("POST", hook.url, content=body, headers=headers)


def _read_saved(body: Mapping[str, Any], complaints: Complaints) -> Hook:
    if body.get("webhook_events") == []:
        complaints.add(("webhook_events",), "List should have at least 1 item after validation", kind="too_short")
    hook = _read_hook(body, (), complaints)
    complaints.settle()
    return hook


def _read_hook(given: Any, place: Place, complaints: Complaints) -> Hook:
    fields = complaints.object(given, place)
    url = complaints.text(fields.get("webhook_url"), (*place, "webhook_url"), least=1)
    if url and not url.startswith(("http://", "https://")):
        complaints.add((*place, "webhook_url"), "URL scheme should be 'http' or 'https'", kind="url_scheme", given=url)
    events = fields.get("webhook_events")
    if events is not None:
        events = tuple(map(str, complaints.array(events, (*place, "webhook_events"))))
    headers = complaints.object(fields.get("webhook_headers"), (*place, "webhook_headers"))
    output = fields.get("webhook_output_format") or FORMATS[0]
    return Hook(
        url,
        events,
        {name: str(value) for name, value in headers.items()},
        complaints.one_of(output, (*place, "webhook_output_format"), FORMATS),
        str(fields.get("webhook_signing_secret") or ""),
    )


def _show(saved: Saved) -> dict[str, Any]:
    hook = saved.hook
    return {
        "id": saved.id,
        "has_secret": bool(hook.secret),
        "tenant_id": saved.project,
        "tenant_type": "project",
        "webhook_url": hook.url,
        "webhook_events": None if hook.events is None else list(hook.events),
        "webhook_headers": dict(hook.headers),
        "webhook_output_format": hook.output,
        "created_at": saved.created_at.isoformat(),
        "updated_at": saved.updated_at.isoformat(),
    }

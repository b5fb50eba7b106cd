"""Saved configurations, which a desk calls presets: made, replaced under the same name, listed, changed, deleted."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.standins.answering import Question
from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.llamacloud.checks import Complaints, Place
from jobs.standins.llamacloud.paging import page_of
from jobs.standins.store import Store

CLASSIFY = "classify_v2"
PRODUCTS = (CLASSIFY, "extract_v2", "parse_v2", "split_v1", "spreadsheet_v1", "unknown")
DESCRIPTION_MOST = 2_000
NAME_MOST = 255


@dataclass(slots=True)
class Preset:
    """One saved configuration."""

    id: str
    number: int
    project: str
    name: str
    parameters: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def product(self) -> str:
        """What it configures."""
        return str(self.parameters["product_type"])


def read_configuration(given: Any, place: Place, complaints: Complaints) -> tuple[dict[str, Any], Question]:
    """A classify configuration with all defaults filled in, and the question it asks."""
    fields = complaints.object(given, place)
    rules = complaints.rules(fields.get("rules"), (*place, "rules"), description_most=DESCRIPTION_MOST)
    mode = complaints.one_of(fields.get("mode", "FAST"), (*place, "mode"), ["FAST"])
    parsing = fields.get("parsing_configuration")
    inner = (*place, "parsing_configuration")
    options = complaints.object(parsing, inner)
    lang = complaints.language(options.get("lang", "en"), (*inner, "lang"))
    max_pages = complaints.count(options.get("max_pages"), (*inner, "max_pages"))
    target_pages = complaints.page_ranges(options.get("target_pages"), (*inner, "target_pages"))
    shown = {"lang": lang, "max_pages": max_pages, "target_pages": options.get("target_pages")}
    configuration = {
        "rules": [rule.to_json() for rule in rules],
        "mode": mode,
        "parsing_configuration": None if parsing is None else shown,
    }
    question = Question(rules=rules, mode=mode, lang=lang or "en", max_pages=max_pages, target_pages=target_pages)
    return configuration, question


class Configurations:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._presets: dict[str, Preset] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def add_routes(self, routes: Routes) -> None:
        base = "/api/v1/beta/configurations"
        routes.add("POST", base, self.save)
        routes.add("GET", base, self.list)
        routes.add("GET", f"{base}/<config_id>", self.read)
        routes.add("PUT", f"{base}/<config_id>", self.change)
        routes.add("DELETE", f"{base}/<config_id>", self.delete)

    def forget(self) -> None:
        self._presets.clear()

    def find(self, config_id: str, asked: Asked) -> Preset:
        """A preset of this project. Raises ``RefusedError``."""
        preset = self._presets.get(config_id)
        if preset is None or preset.project != asked.project:
            raise RefusedError(404, f"Configuration {config_id} not found")
        return preset

    def classifying(self, config_id: str, asked: Asked) -> tuple[dict[str, Any], Question]:
        """The classify configuration saved as ``config_id``. Raises ``RefusedError``."""
        preset = self.find(config_id, asked)
        if preset.product != CLASSIFY:
            raise RefusedError(400, f"Configuration {config_id} is of product type {preset.product}")
        return read_configuration(preset.parameters, (), Complaints())

    def save(self, asked: Asked) -> Said:
        """In place of what stands under the same name for the same product."""
        body, complaints = asked.json(), Complaints()
        name = complaints.text(body.get("name"), ("name",), least=1, most=NAME_MOST)
        parameters = self._read_parameters(body.get("parameters"), complaints)
        complaints.settle()
        with self._lock:
            preset = self._under(name, parameters["product_type"], asked.project) or self._make(name, asked.project)
            preset.parameters, preset.updated_at = parameters, self.store.now()
            self._presets[preset.id] = preset
        return Said(201, _show(preset))

    def _under(self, name: str, product: str, project: str) -> Preset | None:
        wanted = (name, product, project)
        known = self._presets.values()
        return next((one for one in known if (one.name, one.product, one.project) == wanted), None)

    def _make(self, name: str, project: str) -> Preset:
        now = self.store.now()
        return Preset(f"cfg-{uuid.uuid4()}", next(self._numbers), project, name, {}, now, now)

    def list(self, asked: Asked) -> Said:
        """``latest_only`` changes nothing: an upsert leaves no older version behind."""
        products, name = asked.query.getlist("product_type"), asked.query.get("name")
        with self._lock:
            known = [preset for preset in self._presets.values() if preset.project == asked.project]
        fitting = [one for one in known if (not products or one.product in products) and name in {None, one.name}]
        return Said(200, page_of(asked, fitting, key=lambda preset: [-preset.number], show=_show))

    def read(self, asked: Asked, *, config_id: str) -> Said:
        return Said(200, _show(self.find(config_id, asked)))

    def change(self, asked: Asked, *, config_id: str) -> Said:
        body, complaints = asked.json(), Complaints()
        preset = self.find(config_id, asked)
        name, parameters = preset.name, preset.parameters
        if body.get("name") is not None:
            name = complaints.text(body["name"], ("name",), least=1, most=NAME_MOST)
        if body.get("parameters") is not None:
            parameters = self._read_parameters(body["parameters"], complaints)
        complaints.settle()
        with self._lock:
            twin = self._under(name, parameters["product_type"], asked.project)
            if twin is not None and twin is not preset:
                raise RefusedError(409, f"A configuration named {name} exists.")
            preset.name, preset.parameters, preset.updated_at = name, parameters, self.store.now()
        return Said(200, _show(preset))

    def delete(self, asked: Asked, *, config_id: str) -> Said:
        with self._lock:
            del self._presets[self.find(config_id, asked).id]
        return Said(204)

    def _read_parameters(self, given: Any, complaints: Complaints) -> dict[str, Any]:
        fields = complaints.object(given, ("parameters",))
        product = complaints.one_of(fields.get("product_type"), ("parameters", "product_type"), PRODUCTS)
        if product != CLASSIFY:
            return dict(fields)
        configuration, _question = read_configuration(fields, ("parameters",), complaints)
        return {"product_type": product, **configuration}


def _show(preset: Preset) -> dict[str, Any]:
    return {
        "id": preset.id,
        "name": preset.name,
        "product_type": preset.product,
        "version": preset.updated_at.isoformat(),
        "parameters": dict(preset.parameters),
        "created_at": preset.created_at.isoformat(),
        "updated_at": preset.updated_at.isoformat(),
    }

"""An author before a preset, as Django's test client sees it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Project, Role, User
from rules import drafts
from rules.models import Preset
from rules.shape import Draft
from tests.rules.examples import a_draft
from tests.support import factories

HTMX = {"HTTP_HX_REQUEST": "true"}


class Author:
    """One person with one preset of one project; ``fields`` are those of the editor's form as the page drew it."""

    def __init__(
        self, project: Project | None = None, *, role: Role = Role.AUTHOR, preset: Preset | None = None
    ) -> None:
        self.project = project or factories.a_project()
        self.user: User = factories.a_member(self.project, role)
        self.preset = preset or drafts.create_preset(self.project, "Accounts payable", by=self.user, draft=a_draft())
        self.client = Client()
        self.client.force_login(self.user)

    def url(self, name: str = "preset", **parts: Any) -> str:
        return reverse(name, kwargs={"project": self.project.slug, "uid": self.preset.uid} | parts)

    def get(self, name: str = "preset", query: str = "", **options: Any) -> Any:
        return self.client.get(self.url(name) + query, **options)

    def post(self, name: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.client.post(self.url(name), data or {}, **options)

    def open_editor(self, query: str = "") -> dict[str, Any]:
        """The fields that the browser would send, as they stand on the page."""
        return fields_of(self.get(query=query).content.decode(), "draft")

    def save(self, fields: dict[str, Any], **options: Any) -> Any:
        return self.post("preset_draft", fields, **options)

    def stored(self) -> Draft:
        return Draft.from_json(Preset.objects.get(pk=self.preset.pk).draft)


class _Fields(HTMLParser):
    """Collects the successful controls of one form."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside, self.textarea, self.select = form_id, False, "", ""
        self.fields: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.inside = given.get("id") == self.form_id or self.form_id in given
        elif self.inside and tag == "textarea":
            self.textarea = name
            self.fields[name] = ""
        elif self.inside and tag == "select":
            self.select = name
        elif self.inside and tag == "option" and "selected" in given:
            self.fields[self.select] = given.get("value")
        elif self.inside and tag == "input":
            self._take_input(name, given)

    def _take_input(self, name: str, given: dict[str, str | None]) -> None:
        if not name or (given.get("type") in {"radio", "checkbox"} and "checked" not in given):
            return
        value = given.get("value") or ""
        if name == "rule":
            self.fields.setdefault("rule", []).append(value)
        else:
            self.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.fields[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.textarea:
            self.fields[self.textarea] = re.sub(r"^\n", "", self.fields[self.textarea])
            self.textarea = ""
        elif tag == "form":
            self.inside = False


def fields_of(html: str, form: str) -> dict[str, Any]:
    """The fields of the form with this id, or with this attribute."""
    parser = _Fields(form)
    parser.feed(html)
    parser.fields.pop("csrfmiddlewaretoken", None)
    return parser.fields

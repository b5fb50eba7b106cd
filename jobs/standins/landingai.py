"""LandingAI ADE classify: one synchronous call, an answer for each page, no confidence anywhere."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from classifyhub.engine import sniff
from classifyhub.engine.model import Rule
from classifyhub.engine.sniffing import HTML, MAIL, MARKDOWN, ODS, READABLE, TEXT, XLS, XLSX
from jobs.standins.answering import Document, PageVerdict, Question, Verdict
from jobs.standins.exchange import Asked, Form, RefusedError, Said, complain
from jobs.standins.fetching import Fetcher
from jobs.standins.store import Taken
from jobs.standins.vendor import Vendor
from jobs.web.addresses import Rules

MODELS = ("classify-20260420",)
LATEST = "classify-latest"
UNKNOWN = "unknown"
_MB = 1024 * 1024
_MOST_BYTES = {"va": 200 * _MB, "ade": 50 * _MB}
_NOT_TAKEN = frozenset({XLSX, XLS, ODS})
_TEXTS = frozenset({TEXT, MARKDOWN, HTML, MAIL})
_TAKEN = READABLE - _NOT_TAKEN - _TEXTS
_FIELD = re.compile(r"classes\[(\d*)\]\[(class|description)\]")
Classes = list[tuple[str, str]]


class LandingAI(Vendor):
    """``generation`` is the host whose habits are shown: "va", the established one, or "ade". With ``strict_classes``
    the ``classes`` must be JSON text, as in production; otherwise the SDKs' bracketed fields are taken too. ``reach``
    says which addresses ``document_url`` may name, by default public ones alone."""

    label: ClassVar[str] = "LandingAI ADE"
    usual_key: ClassVar[str] = "ade-standin"
    no_credit: ClassVar[Any] = "Insufficient credits."

    def __init__(
        self,
        *,
        generation: Literal["va", "ade"] = "va",
        strict_classes: bool = False,
        most_bytes: int | None = None,
        reach: Rules | None = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.generation = generation
        self.strict_classes = strict_classes
        self.most_bytes = most_bytes or _MOST_BYTES[generation]
        self.fetcher = Fetcher(reach)
        self.routes.add("POST", "/v1/ade/classify", self.classify, kind="submit")

    def say_error(self, error: RefusedError) -> Said:
        """The newer host says ``message`` where the older says ``detail``; lists of fields are the same on both."""
        is_plain = isinstance(error.detail, str)
        name = "message" if is_plain and self.generation == "ade" else "detail"
        return Said(error.status, {name: error.detail}, {"x-request-id": str(uuid.uuid4()), **error.headers})

    def classify(self, asked: Asked) -> Said:
        started = time.monotonic()
        form = asked.form()
        rules = self._read_classes(form)
        model = _read_model(form)
        document = self._read_document(form, asked)
        self._refuse_by_type(document)
        question = Question(rules=rules, by_page=True)
        job_id = str(uuid.uuid4())
        self.store.note_taken(Taken(job_id, document.sha256, document.name))
        verdict = self.work.answer(document, question)
        self.store.erase_document(document)
        if verdict.error:
            raise self._refuse_unreadable(verdict.error)
        return Said(200, _show(verdict, document, model, job_id, seconds=time.monotonic() - started))

    def _read_classes(self, form: Form) -> tuple[Rule, ...]:
        if "classes" in form.fields:
            classes = _parse_json(form.text("classes"))
        else:
            classes = [] if self.strict_classes else _parse_brackets(form)
            if not classes:
                raise RefusedError(422, [complain(("body", "classes"), "Field required", kind="missing")])
        if any(name.casefold() == UNKNOWN for name, _description in classes):
            raise RefusedError(422, [complain(("body", "classes"), f"The class name '{UNKNOWN}' is reserved")])
        return tuple(Rule(name, description) for name, description in classes)

    def _read_document(self, form: Form, asked: Asked) -> Document:
        file, url = form.files.get("document"), form.fields.get("document_url", "")
        if (file is None) == (not url):
            said = "Exactly one of document and document_url is expected"
            raise RefusedError(422, [complain(("body", name), said) for name in ("document", "document_url")])
        if file is not None:
            content, name = file.read(), file.name or "upload"
        else:
            content, name = self.fetcher.fetch(url, most=self.most_bytes)
        if len(content) > self.most_bytes:
            raise RefusedError(413, f"Document exceeds the limit of {self.most_bytes // _MB} MB.")
        return self.store.keep_document(content, name=name, project=asked.project)

    def _refuse_by_type(self, document: Document) -> None:
        media_type = sniff(document.path, document.name)
        is_sheet = media_type in _NOT_TAKEN or document.name.lower().endswith((".csv", ".xlsx", ".xls", ".ods"))
        if is_sheet or media_type not in _TAKEN:
            raise self._refuse_unreadable(f"Unsupported file type: {media_type}")

    def _refuse_unreadable(self, said: str) -> RefusedError:
        if self.generation == "va":
            return RefusedError(415, said)
        return RefusedError(422, [complain(("body", "document"), said)])


def _read_model(form: Form) -> str:
    model = form.fields.get("model") or LATEST
    if model not in {LATEST, *MODELS}:
        raise RefusedError(400, f"Unknown model version {model}. Valid versions: {', '.join((*MODELS, LATEST))}")
    return MODELS[-1] if model == LATEST else model


def _parse_json(text: str) -> Classes:
    """Documented form: one field that holds a JSON array."""
    try:
        items = json.loads(text)
    except ValueError:
        raise _refuse_classes("Input should be a JSON array", given=text[:100]) from None
    if not isinstance(items, list) or not items:
        raise _refuse_classes("Input should be an array of at least one class", given=items)
    return [_parse_class(item) for item in items]


def _parse_class(item: Any) -> tuple[str, str]:
    fields = item if isinstance(item, dict) else {}
    name, description = fields.get("class"), fields.get("description")
    if not isinstance(name, str) or not name or not isinstance(description, str | None):
        raise _refuse_classes("Input should be objects with class and, if wanted, description", given=item)
    return name, description or ""


def _parse_brackets(form: Form) -> Classes:
    """``classes[0][class]`` with numbers, or ``classes[][class]`` in order: a description belongs to the last class."""
    found: dict[str, dict[str, str]] = {}
    for number, part, value in _walk_brackets(form.fields):
        if not number and part == "class":
            number = f"#{len(found)}"  # noqa: PLW2901 - one more class
        key = number or next(reversed(found), "#0")
        found.setdefault(key, {})[part] = value
    return [(fields["class"], fields.get("description", "")) for fields in found.values() if fields.get("class")]


def _walk_brackets(fields: Any) -> Iterator[tuple[str, str, str]]:
    for name, values in fields.lists():
        if match := _FIELD.fullmatch(name):
            for value in values:
                yield match[1], match[2], value


def _refuse_classes(said: str, *, given: Any) -> RefusedError:
    return RefusedError(422, [complain(("body", "classes"), said, given=given)])


def _show(verdict: Verdict, document: Document, model: str, job_id: str, *, seconds: float) -> Mapping[str, Any]:
    pages = verdict.each_page()
    return {
        "classification": [_show_page(page) for page in pages],
        "metadata": {
            "filename": document.name,
            "page_count": len(pages),
            "duration_ms": round(seconds * 1000),
            "credit_usage": float(len(pages)),
            "job_id": job_id,
            "org_id": None,
            "version": model,
        },
    }


def _show_page(page: PageVerdict) -> Mapping[str, Any]:
    """Pages are counted from 0 here."""
    return {
        "class": page.type or UNKNOWN,
        "page": page.page - 1,
        "reason": page.error or page.reasoning,
        "suggested_class": page.suggestion if page.type is None else None,
    }

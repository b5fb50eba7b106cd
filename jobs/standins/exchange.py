"""One request as it was asked, what is said to it, and which of a vendor's verbs answers which path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from io import BytesIO
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from jobs.standins.faults import Struck

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. ``body`` becomes JSON, bytes are sent as they are, null is no body at all."""

    status: int
    body: Any = None
    headers: Headers = field(default_factory=dict)
    content_type: str = "application/json"

    def to_bytes(self) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class RefusedError(Exception):
    """The request is answered with an error; the vendor words it (``Vendor.say_error``)."""

    def __init__(self, status: int, detail: Any, *, code: str = "", headers: Headers | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.headers = headers or {}


@dataclass(slots=True)
class Form:
    """What came as multipart or urlencoded."""

    fields: QueryDict
    files: MultiValueDict[str, UploadedFile[bytes]]

    def text(self, name: str) -> str:
        """A field, empty where it did not come."""
        return str(self.fields.get(name, ""))


@dataclass(slots=True)
class Asked:
    """A request with its whole body. ``kind`` is what its route is about: "submit" takes a document to be classified,
    "poll" reads one job, "list" several, "results" answers apart from their job, "upload" keeps a document."""

    method: str
    path: str
    query: QueryDict
    headers: Message
    body: bytes
    origin: str = ""
    kind: str = ""
    project: str = ""
    mishap: Struck | None = None

    def suffers(self, name: str) -> bool:
        """Whether the fault ``name`` is at work, for verbs that must do it themselves."""
        return self.mishap is not None and self.mishap.name == name

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises ``RefusedError``."""
        try:
            body = json.loads(self.body)
        except ValueError:
            raise RefusedError(422, [complain(("body", 0), "JSON decode error", kind="json_invalid")]) from None
        if not isinstance(body, dict):
            said = "Input should be a valid dictionary"
            raise RefusedError(422, [complain(("body",), said, kind="model_attributes_type")])
        return body

    def form(self) -> Form:
        """The body as a form. Raises ``RefusedError`` for one that is none."""
        content_type = self.headers.get("Content-Type", "")
        if content_type.startswith("application/x-www-form-urlencoded"):
            return Form(QueryDict(self.body, encoding="utf-8"), MultiValueDict())
        if not content_type.startswith("multipart/form-data"):
            return Form(QueryDict(), MultiValueDict())
        meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": len(self.body)}
        handlers = [MemoryFileUploadHandler(), TemporaryFileUploadHandler()]
        try:
            return Form(*MultiPartParser(meta, BytesIO(self.body), handlers, "utf-8").parse())
        except (MultiPartParserError, SuspiciousOperation) as error:
            raise RefusedError(400, f"There was an error parsing the body: {error}") from error


def complain(place: Sequence[str | int], said: str, *, kind: str = "value_error", given: Any = None) -> dict[str, Any]:
    """One item of a 422's ``detail`` list."""
    return {"loc": list(place), "msg": said, "type": kind, "input": given}


Verb = Callable[..., Said]


class Routes:
    """Verbs by method and path; parts of a path in ``<>`` are handed to the verb as text."""

    def __init__(self) -> None:
        self._known: list[tuple[str, re.Pattern[str], str, Verb]] = []

    def add(self, method: str, path: str, verb: Verb, *, kind: str = "other") -> None:
        """``verb(asked, **parts)`` answers ``method`` ``path``."""
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path)
        self._known.append((method, re.compile(pattern), kind, verb))

    def find(self, method: str, path: str) -> tuple[str, Verb, dict[str, str]]:
        """Kind, verb and parts. Raises ``RefusedError`` with 404, or with 405 for a path of other methods."""
        methods = []
        for known_method, pattern, kind, verb in self._known:
            if match := pattern.fullmatch(path):
                if known_method == method:
                    return kind, verb, match.groupdict()
                methods.append(known_method)
        if methods:
            raise RefusedError(405, "Method Not Allowed", headers={"Allow": ", ".join(methods)})
        raise RefusedError(404, "Not Found")

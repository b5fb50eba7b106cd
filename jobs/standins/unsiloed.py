"""Unsiloed classify: a job over the first four pages, an answer for each, never "none of these"."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from classifyhub.engine import sniff
from classifyhub.engine.model import Rule
from classifyhub.engine.sniffing import IMAGES, PDF
from jobs.standins.answering import Document, PageVerdict, Question
from jobs.standins.exchange import Asked, Form, RefusedError, Said, complain
from jobs.standins.fetching import Fetcher
from jobs.standins.store import Job, Stage
from jobs.standins.vendor import Vendor
from jobs.web.addresses import Rules

FAMILY = "classify"
PAGES_READ = 4
RETRY_SECONDS = 5
_MB = 1024 * 1024
STATUSES = {
    Stage.WAITING: "queued",
    Stage.WORKING: "processing",
    Stage.DONE: "completed",
    Stage.FAILED: "failed",
}


class Unsiloed(Vendor):
    """``quota`` is how many documents a key may send. ``reach`` says which addresses ``file_url`` may name."""

    label: ClassVar[str] = "Unsiloed"
    usual_key: ClassVar[str] = "unsiloed_standin"
    unknown_status: ClassVar[str] = "paused"

    def __init__(
        self, *, quota: int = 1_000_000, most_bytes: int = 500 * _MB, reach: Rules | None = None, **common: Any
    ) -> None:
        super().__init__(**common)
        self.quota = quota
        self.most_bytes = most_bytes
        self.fetcher = Fetcher(reach)
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.routes.add("POST", "/classify", self.create, kind="submit")
        self.routes.add("GET", "/classify/<job_id>", self.read, kind="poll")
        self.routes.add("GET", "/api/v1/org/get_usage", self.usage)

    def read_key(self, asked: Asked) -> str:
        named = asked.headers.get("api-key") or asked.headers.get("x-api-key")
        return named or super().read_key(asked)

    @property
    def no_credit(self) -> Any:  # worded from the quota as it is
        """The body of a 402: an object, for the SDK falls over text."""
        numbers = {"current": self.quota, "limit": self.quota, "remaining": 0}
        return {"message": "Quota exceeded", "status": "QUOTA_EXCEEDED", "quota_data": numbers}

    def say_error(self, error: RefusedError) -> Said:
        if error.status != 503:
            return Said(error.status, {"detail": error.detail}, error.headers)
        seconds = int(error.headers.get("Retry-After", RETRY_SECONDS))
        details = {"reason": "queue_full", "retry_after": seconds}
        body = {"error": {"code": "SERVICE_BUSY", "message": str(error.detail), "details": details}}
        return Said(503, body, {"Retry-After": str(seconds), **error.headers})

    def leave_quota(self, left: int) -> None:
        """Let every key send ``left`` more documents, from now on and whatever it has sent."""
        with self._lock:
            self.quota = left
            self._used.clear()

    def create(self, asked: Asked) -> Said:
        form = asked.form()
        rules = _read_categories(form)
        document = self._read_document(form, asked)
        remaining = self._charge(asked.project)
        question = Question(rules=rules, max_pages=PAGES_READ, by_page=True, must_choose=True)
        is_image = sniff(document.path, document.name) in IMAGES
        job = self.store.add_job(FAMILY, [document], question, project=asked.project, is_image=is_image)
        self.work.launch(job)
        body = {"job_id": job.id, "status": "processing", "message": "Classification started"}
        return Said(202, {**body, "quota_remaining": remaining})

    def _read_document(self, form: Form, asked: Asked) -> Document:
        file, url = form.files.get("pdf_file"), form.fields.get("file_url", "")
        if (file is None) == (not url):
            raise RefusedError(400, "Provide either pdf_file or file_url, and not both.")
        if file is not None:
            content, name = file.read(), file.name or "document.pdf"
        else:
            content, name = self.fetcher.fetch(url, most=self.most_bytes)
        if len(content) > self.most_bytes:
            raise RefusedError(413, "File too large.")
        document = self.store.keep_document(content, name=name, project=asked.project)
        if sniff(document.path, document.name) not in {PDF, *IMAGES}:
            raise RefusedError(400, "Unsupported file type. Send a PDF or an image.")
        return document

    def _charge(self, project: str) -> int:
        with self._lock:
            if self._used[project] >= self.quota:
                raise RefusedError(402, self.no_credit)
            self._used[project] += 1
            return self.quota - self._used[project]

    def read(self, asked: Asked, *, job_id: str) -> Said:
        job = self.store.job(job_id, family=FAMILY, project=asked.project)
        if job is None:
            raise RefusedError(404, self.unknown_job)
        return Said(200, _show(job))

    def usage(self, asked: Asked) -> Said:
        """At the vendor this stands on a host of its own."""
        used = self._used[asked.project]
        return Said(
            200,
            {
                "org_id": asked.project,
                "org_name": "Stand-in",
                "current_usage": used,
                "usage_limit": self.quota,
                "remaining_quota": self.quota - used,
                "last_billed_date": None,
            },
        )


def _read_categories(form: Form) -> tuple[Rule, ...]:
    """Names alone: descriptions are taken and not used. ``conditions``, a list of names, is the oldest form."""
    name = "conditions" if "conditions" in form.fields and "categories" not in form.fields else "categories"
    if name not in form.fields:
        raise RefusedError(422, [complain(("body", "categories"), "Field required", kind="missing")])
    try:
        items = json.loads(form.text(name))
    except ValueError:
        raise RefusedError(400, f"Invalid JSON in {name}.") from None
    if not isinstance(items, list) or not items:
        raise RefusedError(400, f"{name} must hold at least one category.")
    return tuple(Rule(_read_name(item)) for item in items)


def _read_name(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else item
    if not isinstance(name, str) or not name:
        raise RefusedError(400, "Each category needs a name.")
    return name


def _show(job: Job) -> Mapping[str, Any]:
    stage = job.stage
    pages = _pages(job)
    is_failed = stage == Stage.FAILED or (stage == Stage.DONE and not any(not page.error for page in pages))
    error = job.error or (pages[0].error if is_failed and pages else "")
    return {
        "job_id": job.id,
        "status": "failed" if is_failed else STATUSES[stage],
        "progress": _say_progress(stage, is_failed=is_failed, pages=len(pages)),
        "error": (error or "The document could not be classified.") if is_failed else None,
        "result": _show_result(job, pages) if stage == Stage.DONE and not is_failed else None,
    }


def _say_progress(stage: Stage, *, is_failed: bool, pages: int) -> str:
    if is_failed:
        return "failed"
    return {Stage.WAITING: "starting", Stage.WORKING: f"page 1 of {max(1, pages)}"}.get(stage, "completed")


def _pages(job: Job) -> tuple[PageVerdict, ...]:
    return job.verdicts[0].each_page()[:PAGES_READ] if job.verdicts else ()


def _show_result(job: Job, pages: tuple[PageVerdict, ...]) -> Mapping[str, Any]:
    winner, confidence, groups = _vote(pages)
    common = {"success": True, "classification": winner, "confidence": confidence, "total_pages": len(pages)}
    if job.echo["is_image"]:
        return {**common, "total_pages": 1, "processed_pages": 1, "raw_result": _say_raw(pages[0])}
    first = job.question.rules[0].type
    read = [page for page in pages if not page.error]
    return {
        **common,
        "processed_pages": len(read),
        "page_results": [_show_page(page, first=first) for page in pages],
        "categories": groups,
    }


def _vote(pages: tuple[PageVerdict, ...]) -> tuple[str | None, float | None, list[Mapping[str, Any]]]:
    """The class of most pages that could be read, then of the surer ones."""
    found: dict[str | None, list[PageVerdict]] = {}
    for page in pages:
        if not page.error:
            found.setdefault(page.type, []).append(page)
    ranked = sorted(found.items(), key=lambda group: (-len(group[1]), -_mean(group[1])))
    groups: list[Mapping[str, Any]] = [
        {"category": name, "pages": [page.page for page in group], "page_count": len(group), "confidence": _mean(group)}
        for name, group in ranked
    ]
    winner, group = ranked[0]
    return winner, _mean(group), groups


def _mean(pages: list[PageVerdict]) -> float:
    return sum(page.confidence or 0.0 for page in pages) / len(pages)


def _show_page(page: PageVerdict, *, first: str) -> Mapping[str, Any]:
    """A page that failed looks classified: it is given the first category."""
    if page.error:
        shown = {"page": page.page, "success": False, "classification": first, "confidence": 0.0}
        return {**shown, "error": page.error}
    return {
        "page": page.page,
        "success": True,
        "classification": page.type,
        "confidence": page.confidence,
        "raw_result": _say_raw(page),
    }


def _say_raw(page: PageVerdict) -> str:
    return json.dumps({"classification": page.type, "confidence": page.confidence})

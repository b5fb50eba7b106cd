"""Classifier, API v1: one job over up to 500 files, results from an endpoint of their own."""

from __future__ import annotations

import uuid
from typing import Any

from jobs.standins.answering import Question
from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.llamacloud.checks import Complaints
from jobs.standins.llamacloud.classify import show_result
from jobs.standins.llamacloud.files import Files
from jobs.standins.llamacloud.hooks import Hooks
from jobs.standins.llamacloud.paging import page_of
from jobs.standins.store import Job, Stage, Store
from jobs.standins.working import Work

FAMILY = "v1"
FILES_MOST = 500
DESCRIPTION_MOST = 500
USUAL_PAGES = 5
EVENTS = {
    "PENDING": "classify.pending",
    "SUCCESS": "classify.success",
    "ERROR": "classify.error",
    "PARTIAL_SUCCESS": "classify.partial_success",
    "CANCELLED": "classify.cancelled",
}


class ClassifierV1:
    def __init__(self, store: Store, work: Work, files: Files, hooks: Hooks) -> None:
        self.store = store
        self.work = work
        self.files = files
        self.hooks = hooks

    def add_routes(self, routes: Routes) -> None:
        base = "/api/v1/classifier/jobs"
        routes.add("POST", base, self.create, kind="submit")
        routes.add("GET", base, self.list, kind="list")
        routes.add("GET", f"{base}/<job_id>", self.read, kind="poll")
        routes.add("GET", f"{base}/<job_id>/results", self.results, kind="results")

    def create(self, asked: Asked) -> Said:
        body, complaints = asked.json(), Complaints()
        ids = complaints.array(body.get("file_ids"), ("file_ids",), least=1, most=FILES_MOST)
        rules = complaints.rules(body.get("rules"), ("rules",), description_most=DESCRIPTION_MOST)
        mode = complaints.one_of(body.get("mode", "FAST"), ("mode",), ["FAST", "MULTIMODAL"])
        parsing = _read_parsing(body.get("parsing_configuration"), complaints)
        hooks = self.hooks.read(body, asked, complaints)
        complaints.settle()
        documents = [self.files.find(str(file_id), asked) for file_id in ids]
        job = self.store.add_job(
            FAMILY,
            documents,
            Question(
                rules=rules,
                mode=mode,
                lang=parsing["lang"],
                max_pages=parsing["max_pages"],
                target_pages=",".join(str(page + 1) for page in parsing["target_pages"] or ()),
            ),
            project=asked.project,
            rules=[rule.to_json() for rule in rules],
            mode=mode,
            parsing_configuration=parsing,
            hooks=hooks,
            result_ids=[str(uuid.uuid4()) for _document in documents],
        )
        said = Said(200, show(job))
        self.work.launch(job, on_move=self._report)
        return said

    def _report(self, job: Job) -> None:
        if job.stage != Stage.WORKING:  # there is no such status here
            status = status_of(job)
            self.hooks.report(job, EVENTS[status], status)

    def find(self, job_id: str, asked: Asked) -> Job:
        """A job of this project. Raises ``RefusedError``."""
        job = self.store.job(job_id, family=FAMILY, project=asked.project)
        if job is None:
            raise RefusedError(404, "Job not found")
        return job

    def list(self, asked: Asked) -> Said:
        jobs = self.store.jobs(FAMILY, project=asked.project)
        return Said(200, page_of(asked, jobs, key=lambda job: [-job.number], show=show))

    def read(self, asked: Asked, *, job_id: str) -> Said:
        return Said(200, show(self.find(job_id, asked)))

    def results(self, asked: Asked, *, job_id: str) -> Said:
        """All in one page, for the SDK reads one; none before the end."""
        job = self.find(job_id, asked)
        is_through = job.stage in {Stage.DONE, Stage.FAILED} and not asked.suffers("expired")
        numbers = range(len(job.documents)) if is_through else ()
        items = [_show_item(job, number) for number in numbers]
        return Said(200, {"items": items, "next_page_token": None, "total_size": len(items)})


def _read_parsing(given: Any, complaints: Complaints) -> dict[str, Any]:
    """Parsing options with their defaults: five pages unless null says all; pages counted from 0."""
    place = ("parsing_configuration",)
    fields = complaints.object(given, place)
    pages = fields.get("target_pages")
    if pages is not None:
        pages = complaints.array(pages, (*place, "target_pages"), least=1)
        if not all(isinstance(page, int) and page >= 0 for page in pages):
            complaints.add((*place, "target_pages"), "Input should be page numbers from 0", given=pages)
    return {
        "lang": complaints.language(fields.get("lang", "en"), (*place, "lang")),
        "max_pages": complaints.count(fields.get("max_pages", USUAL_PAGES), (*place, "max_pages")),
        "target_pages": pages,
    }


def status_of(job: Job) -> str:
    """One word for all files together: "no rule matched" counts as good."""
    if job.stage == Stage.CANCELLED:
        return "CANCELLED"
    if not job.stage.is_final:
        return "PENDING"
    if job.stage == Stage.FAILED:
        return "ERROR"
    return "PARTIAL_SUCCESS" if job.error else "SUCCESS"


def show(job: Job) -> dict[str, Any]:
    """A job as the API describes it: neither files nor results."""
    status = status_of(job)
    updated_at = job.updated_at.isoformat()
    return {
        "id": job.id,
        "project_id": job.project,
        "user_id": f"user-{job.project[:8]}",
        "rules": job.echo["rules"],
        "status": status,
        "mode": job.echo["mode"],
        "parsing_configuration": job.echo["parsing_configuration"],
        "error_message": job.error if status == "ERROR" else None,
        "job_record_id": None,
        "created_at": job.created_at.isoformat(),
        "updated_at": updated_at,
        "effective_at": updated_at,
    }


def _show_item(job: Job, number: int) -> dict[str, Any]:
    return {
        "id": job.echo["result_ids"][number],
        "classify_job_id": job.id,
        "file_id": job.documents[number].id,
        "result": show_result(job, number),
        "created_at": job.updated_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
    }

"""Classify, API v2: one document per job, with an idempotency key, presets, filters, cancel and delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from jobs.standins.exchange import Asked, RefusedError, Routes, Said
from jobs.standins.llamacloud.checks import Complaints
from jobs.standins.llamacloud.configurations import Configurations, read_configuration
from jobs.standins.llamacloud.files import Files
from jobs.standins.llamacloud.hooks import Hooks
from jobs.standins.llamacloud.paging import page_of, read_time, refuse_query
from jobs.standins.store import Job, Stage, Store
from jobs.standins.working import Work

FAMILY = "v2"
STATUSES = {
    Stage.WAITING: "PENDING",
    Stage.WORKING: "RUNNING",
    Stage.DONE: "COMPLETED",
    Stage.FAILED: "FAILED",
    Stage.CANCELLED: "CANCELLED",
}
EVENTS = {
    Stage.WAITING: "classify.pending",
    Stage.WORKING: "classify.running",
    Stage.DONE: "classify.success",
    Stage.FAILED: "classify.error",
    Stage.CANCELLED: "classify.cancelled",
}
_INPUT_MOST = 200


class ClassifyV2:
    def __init__(self, store: Store, work: Work, files: Files, presets: Configurations, hooks: Hooks) -> None:
        self.store = store
        self.work = work
        self.files = files
        self.presets = presets
        self.hooks = hooks

    def add_routes(self, routes: Routes) -> None:
        base = "/api/v2/classify"
        routes.add("POST", base, self.create, kind="submit")
        routes.add("GET", base, self.list, kind="list")
        routes.add("GET", f"{base}/<job_id>", self.read, kind="poll")
        routes.add("POST", f"{base}/<job_id>/cancel", self.cancel)
        routes.add("DELETE", f"{base}/<job_id>", self.delete)

    def create(self, asked: Asked) -> Said:
        """A known transaction id gives back its job as it stands, whatever else the body says."""
        body = asked.json()
        key = body.get("transaction_id") or ""
        with self.store.lock:
            known = self.store.job_under(key, family=FAMILY, project=asked.project) if key else None
            if known is not None:
                return Said(200, self.show(known))
            job = self._accept(body, asked, key=key)
        said = Said(200, self.show(job))  # as it is now: a quick answer must not be seen in what made the job
        self.work.launch(job, on_move=lambda job: self.hooks.report(job, EVENTS[job.stage], STATUSES[job.stage]))
        return said

    def _accept(self, body: dict[str, Any], asked: Asked, *, key: str) -> Job:
        complaints = Complaints()
        if key:
            complaints.text(key, ("transaction_id",))
        configuration, question = self._read_rules(body, asked, complaints)
        hooks = self.hooks.read(body, asked, complaints)
        given = self._read_input(body, complaints)
        complaints.settle()
        file_id, parse_id = self._resolve(given, asked)
        return self.store.add_job(
            FAMILY,
            [self.files.find(file_id, asked)],
            question,
            project=asked.project,
            key=key,
            configuration=configuration,
            configuration_id=body.get("configuration_id"),
            file_input=given,
            parse_job_id=parse_id or f"pjb-{uuid.uuid4()}",
            is_parsed=bool(parse_id),
            hooks=hooks,
        )

    def _read_rules(self, body: dict[str, Any], asked: Asked, complaints: Complaints) -> Any:
        preset_id, inline = body.get("configuration_id"), body.get("configuration")
        if (preset_id is None) == (inline is None):
            complaints.add(("configuration",), "Exactly one of configuration and configuration_id is expected")
            complaints.settle()
        if preset_id is not None:
            return self.presets.classifying(str(preset_id), asked)
        return read_configuration(inline, ("configuration",), complaints)

    def _read_input(self, body: dict[str, Any], complaints: Complaints) -> str:
        given = [body[name] for name in ("file_input", "file_id", "parse_job_id") if body.get(name) is not None]
        return complaints.text(given[0] if given else None, ("file_input",), least=1, most=_INPUT_MOST)

    def _resolve(self, given: str, asked: Asked) -> tuple[str, str]:
        """The file meant, and the parse job it was named by, empty where it was not."""
        if not given.startswith("pjb-"):
            return given, ""
        for job in self.store.jobs(FAMILY, project=asked.project):
            if job.echo["parse_job_id"] == given:
                return job.documents[0].id, given
        raise RefusedError(404, f"Parse job {given} not found")

    def find(self, job_id: str, asked: Asked) -> Job:
        """A job of this project. Raises ``RefusedError``."""
        job = self.store.job(job_id, family=FAMILY, project=asked.project)
        if job is None:
            raise RefusedError(404, "Job not found")
        return job

    def list(self, asked: Asked) -> Said:
        status, preset = asked.query.get("status"), asked.query.get("configuration_id")
        if status not in {None, *STATUSES.values()}:
            raise refuse_query("status", f"Input should be {' or '.join(STATUSES.values())}", given=status)
        first, last = read_time(asked, "created_at_on_or_after"), read_time(asked, "created_at_on_or_before")

        def fits(job: Job) -> bool:
            return (
                status in {None, STATUSES[job.stage]}
                and preset in {None, job.echo["configuration_id"]}
                and (first is None or job.created_at >= first)
                and (last is None or job.created_at <= last)
            )

        jobs = filter(fits, self._candidates(asked))
        shows_usage = "usage" in asked.query.getlist("expand")
        return Said(
            200,
            page_of(
                asked, jobs, key=lambda job: [-job.number], show=lambda job: self.show(job, with_usage=shows_usage)
            ),
        )

    def _candidates(self, asked: Asked) -> Sequence[Job]:
        """Those asked for by id, else all; looking through thousands for a hundred would cost more than the answer."""
        ids = asked.query.getlist("job_ids")
        if not ids:
            return self.store.jobs(FAMILY, project=asked.project)
        found = [self.store.job(job_id, family=FAMILY, project=asked.project) for job_id in dict.fromkeys(ids)]
        return [job for job in found if job is not None]

    def read(self, asked: Asked, *, job_id: str) -> Said:
        return Said(200, self.show(self.find(job_id, asked), with_usage="usage" in asked.query.getlist("expand")))

    def cancel(self, asked: Asked, *, job_id: str) -> Said:
        job = self.find(job_id, asked)
        if not self.store.move(job, Stage.CANCELLED):
            raise RefusedError(409, f"Job is already in terminal state {STATUSES[job.stage]}")
        self.hooks.report(job, EVENTS[job.stage], STATUSES[job.stage])
        return Said(200, self.show(job))

    def delete(self, asked: Asked, *, job_id: str) -> Said:
        job = self.find(job_id, asked)
        if not job.stage.is_final:
            raise RefusedError(409, f"Job is in state {STATUSES[job.stage]}: cancel it first")
        self.store.forget_job(job.id)
        return Said(200, {"id": job.id, "project_id": job.project})

    def show(self, job: Job, *, with_usage: bool = False) -> dict[str, Any]:
        """A job as the API describes it, the input under its old name too."""
        stage = job.stage  # read once, before the verdicts: it may change meanwhile
        echo = job.echo
        return {
            "id": job.id,
            "project_id": job.project,
            "user_id": f"user-{job.project[:8]}",
            "status": STATUSES[stage],
            "document_input_type": "parse_job_id" if echo["is_parsed"] else "file_id",
            "file_input": echo["file_input"],
            "document_input_value": echo["file_input"],
            "configuration": echo["configuration"],
            "configuration_id": echo["configuration_id"],
            "parse_job_id": echo["parse_job_id"],
            "transaction_id": job.key or None,
            "error_message": job.error if stage == Stage.FAILED else None,
            "created_at": job.created_at.isoformat(),
            "updated_at": job.updated_at.isoformat(),
            "result": show_result(job, 0) if stage == Stage.DONE else None,
            "usage": _show_usage(job, stage) if with_usage else None,
        }


def show_result(job: Job, number: int) -> dict[str, Any] | None:
    """What a document was taken for; null for one that could not be read."""
    verdict = job.verdicts[number]
    if verdict.error:
        return None
    return {"type": verdict.type, "confidence": verdict.confidence, "reasoning": verdict.reasoning}


def _show_usage(job: Job, stage: Stage) -> dict[str, Any]:
    """One credit a page; on a parse job of one's own nothing. Null until billed."""
    if job.echo["is_parsed"]:
        return {"credits": 0.0, "parse_credits": None}
    if stage != Stage.DONE:
        return {"credits": None, "parse_credits": None}
    return {"credits": float(job.verdicts[0].pages_read), "parse_credits": 0.0}

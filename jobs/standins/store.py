"""What a stand-in knows: documents, jobs, and which submissions it has accepted. Safe to use from many threads."""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from jobs.standins.answering import Document, Question, Verdict


class Stage(StrEnum):
    """Where a job stands; every vendor has words of its own for these."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether it will not change any more."""
        return self in {Stage.DONE, Stage.FAILED, Stage.CANCELLED}


@dataclass(frozen=True, slots=True)
class Taken:
    """One document that was accepted to be classified, and might be billed. ``key`` is the idempotency key it came
    under, ``at`` the time in seconds since 1970."""

    job: str
    sha256: str
    name: str
    key: str = ""
    at: float = field(default_factory=time.time)


@dataclass(slots=True)
class Job:
    """Documents under one set of rules. ``family`` tells the APIs of one vendor apart, ``echo`` is what this one gives
    back as it was asked, ``key`` the client's own name for it. ``verdicts`` come one for each document."""

    id: str
    number: int
    family: str
    project: str
    documents: tuple[Document, ...]
    question: Question
    created_at: datetime
    updated_at: datetime
    key: str = ""
    echo: dict[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.WAITING
    verdicts: tuple[Verdict, ...] = ()

    @property
    def error(self) -> str:
        """Why it failed, empty when it did not."""
        return next((verdict.error for verdict in self.verdicts if verdict.error), "")


class Store:
    """The state of one stand-in. ``lock`` is for verbs that look first and write then. ``skew`` is how many seconds the
    vendor's clock is off."""

    def __init__(self, *, skew: float = 0) -> None:
        self.lock = threading.RLock()
        self.accepted: list[Taken] = []
        self.skew = skew
        self._folder = tempfile.TemporaryDirectory(prefix="standin-")
        self._documents: dict[str, Document] = {}
        self._jobs: dict[str, Job] = {}
        self._by_key: dict[tuple[str, str, str], str] = {}
        self._made = 0

    def now(self) -> datetime:
        """The time by this vendor's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.skew)

    def close(self) -> None:
        """Remove the bytes."""
        self._folder.cleanup()

    def forget(self) -> None:
        """Everything, as after a retention period: jobs, documents, acceptances."""
        with self.lock:
            self.accepted.clear()
            self._documents.clear()
            self._jobs.clear()
            self._by_key.clear()

    def keep_document(self, content: bytes, *, name: str, project: str, prefix: str = "", **fields: Any) -> Document:
        """Write ``content`` down as a document of ``project``."""
        document_id = prefix + str(uuid.uuid4())
        path = Path(self._folder.name) / document_id
        path.write_bytes(content)
        with self.lock:
            self._made += 1
            document = Document(
                id=document_id,
                number=self._made,
                project=project,
                name=name,
                path=path,
                sha256=sha256(content).hexdigest(),
                size=len(content),
                created_at=self.now(),
                **fields,
            )
            self._documents[document_id] = document
        return document

    def document(self, document_id: str, *, project: str) -> Document | None:
        """A document of ``project``, none where it has no such."""
        document = self._documents.get(document_id)
        return document if document and document.project == project else None

    def documents(self, project: str) -> list[Document]:
        """All of ``project``, newest first."""
        with self.lock:
            return [document for document in reversed(self._documents.values()) if document.project == project]

    def drop_document(self, document: Document) -> None:
        """Forget a document; its bytes stay until the stand-in closes, for a job may be reading them."""
        with self.lock:
            self._documents.pop(document.id, None)

    def erase_document(self, document: Document) -> None:
        """Forget a document that nobody reads any more, and its bytes."""
        self.drop_document(document)
        document.path.unlink(missing_ok=True)

    def add_job(
        self,
        family: str,
        documents: Iterable[Document],
        question: Question,
        *,
        project: str,
        key: str = "",
        **echo: Any,
    ) -> Job:
        """A new job, noted as accepted: one entry for each document."""
        with self.lock:
            now = self.now()
            self._made += 1
            job_id = str(uuid.uuid4())
            job = Job(job_id, self._made, family, project, tuple(documents), question, now, now, key, echo)
            self._jobs[job_id] = job
            if key:
                self._by_key[family, project, key] = job_id
            self.accepted += [Taken(job_id, document.sha256, document.name, key) for document in job.documents]
        return job

    def note_taken(self, taken: Taken) -> None:
        """A document that was classified within the call, without a job to ask for."""
        with self.lock:
            self.accepted.append(taken)

    def job(self, job_id: str, *, family: str, project: str) -> Job | None:
        """A job of ``project``, none where it has no such."""
        job = self._jobs.get(job_id)
        return job if job and job.project == project and job.family == family else None

    def job_under(self, key: str, *, family: str, project: str) -> Job | None:
        """The job that was made under the client's ``key``."""
        return self._jobs.get(self._by_key.get((family, project, key), ""))

    def jobs(self, family: str, *, project: str) -> list[Job]:
        """All of ``project``, newest first."""
        with self.lock:
            return [job for job in reversed(self._jobs.values()) if (job.family, job.project) == (family, project)]

    def drop_job(self, job: Job) -> None:
        """Forget a job."""
        self.forget_job(job.id)

    def forget_job(self, job_id: str) -> None:
        """Forget a job by its id; one that is not there is well."""
        with self.lock:
            self._jobs.pop(job_id, None)

    def move(self, job: Job, stage: Stage, *, verdicts: tuple[Verdict, ...] = ()) -> bool:
        """Take ``job`` to ``stage``, unless it is final already; whether it moved."""
        with self.lock:
            if job.stage.is_final:
                return False
            job.verdicts = verdicts or job.verdicts  # before the stage, for readers take no lock
            job.stage, job.updated_at = stage, self.now()
            return True

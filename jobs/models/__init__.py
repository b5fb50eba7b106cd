"""The rows of the desk, one noun per module."""

from jobs.models.documents import Blob, Document, IntakeBatch
from jobs.models.errands import Errand
from jobs.models.memory import MemoryEntry
from jobs.models.results import PageResult, Result
from jobs.models.reviews import Review, ReviewClaim, ReviewItem, ReviewSkip
from jobs.models.runs import Job, JobEvent, Reason, Run, Status, Submission
from jobs.models.workers import Poller, WorkerBeat

__all__ = [
    "Blob",
    "Document",
    "Errand",
    "IntakeBatch",
    "Job",
    "JobEvent",
    "MemoryEntry",
    "PageResult",
    "Poller",
    "Reason",
    "Result",
    "Review",
    "ReviewClaim",
    "ReviewItem",
    "ReviewSkip",
    "Run",
    "Status",
    "Submission",
    "WorkerBeat",
]

"""The rows of the desk, one noun per module."""

from jobs.models.connections import (
    CallSlot,
    ConnectionDay,
    ConnectionState,
    HookEvent,
    RateLimit,
    RemoteCopy,
    RemotePreset,
)
from jobs.models.documents import Blob, Document, IntakeBatch
from jobs.models.errands import Errand
from jobs.models.memory import MemoryEntry
from jobs.models.results import PageResult, Result
from jobs.models.reviews import Review, ReviewClaim, ReviewItem, ReviewSkip
from jobs.models.runs import Job, JobEvent, Reason, Run, Status, Submission
from jobs.models.workers import Poller, WorkerBeat

__all__ = [
    "Blob",
    "CallSlot",
    "ConnectionDay",
    "ConnectionState",
    "Document",
    "Errand",
    "HookEvent",
    "IntakeBatch",
    "Job",
    "JobEvent",
    "MemoryEntry",
    "PageResult",
    "Poller",
    "RateLimit",
    "Reason",
    "RemoteCopy",
    "RemotePreset",
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

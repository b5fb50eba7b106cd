"""Servers that speak the vendors' contracts over HTTP on loopback, for trying without a key and for tests.

They know what the vendors document and what the vendors' own SDKs demand, and answer with the engine of this machine.
"""

from jobs.standins.answering import Document, PageVerdict, Question, Verdict
from jobs.standins.faults import Random
from jobs.standins.standin import Standin, running_standin
from jobs.standins.store import Taken
from jobs.standins.vendors import VENDORS

__all__ = [
    "VENDORS",
    "Document",
    "PageVerdict",
    "Question",
    "Random",
    "Standin",
    "Taken",
    "Verdict",
    "running_standin",
]

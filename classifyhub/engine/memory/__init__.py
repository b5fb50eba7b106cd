"""Learning from what people decided, without training: a new document is held against the decided ones.

Everything is counted from the entries when it is asked for and nothing is kept beside them, so that a document taken
out is forgotten whole."""

from classifyhub.engine.memory.entries import Entry, Lesson
from classifyhub.engine.memory.profiles import PROFILED_PAGES, Profile, make_profile, profile_reading
from classifyhub.engine.memory.recall import Memory, Neighbours, Recall, Vote

__all__ = [
    "PROFILED_PAGES",
    "Entry",
    "Lesson",
    "Memory",
    "Neighbours",
    "Profile",
    "Recall",
    "Vote",
    "make_profile",
    "profile_reading",
]

"""What can be learned of a document, and what is kept once somebody decides it."""

from __future__ import annotations

from dataclasses import dataclass

from classifyhub.engine.memory.profiles import Profile
from classifyhub.engine.model import Candidate, Shape


@dataclass(frozen=True, slots=True)
class Lesson(Shape):
    """What may be remembered of a document: ``type`` is what the engine took it for, null for no match, and ``unaided``
    are the scores of all rules, before any memory spoke."""

    profile: Profile
    unaided: tuple[Candidate, ...]
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Entry(Shape):
    """``document`` is the uid of a document and ``sha256`` of its bytes; ``type`` is what a person decided, null for no
    match; ``unaided`` are the scores of all rules at that time, before any memory spoke."""

    document: str
    sha256: str
    type: str | None
    profile: Profile
    unaided: tuple[Candidate, ...] = ()

    def holds_under(self, types: frozenset[str]) -> bool:
        """Whether the decision still says something where these are the types to choose from: its type is one of
        them, or it was a no match when each of them was there to be chosen."""
        if self.type is not None:
            return self.type in types
        return types <= {candidate.type for candidate in self.unaided}

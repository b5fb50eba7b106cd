"""The memory of one preset: its decided documents, asked about a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from classifyhub.engine.memory.entries import Entry
from classifyhub.engine.memory.fitting import Fit, fit, say
from classifyhub.engine.memory.likeness import Likeness, scores_of
from classifyhub.engine.memory.profiles import Profile
from classifyhub.engine.memory.voting import Lead, find_leads
from classifyhub.engine.model import Candidate, Contribution, Leaning, Shape

MOST_ENTRIES = 500
_MOST_RULE_SETS = 4


@dataclass(frozen=True, slots=True)
class Vote(Shape):
    """What the memory says of one type: ``value`` in log-odds, because the document is like decided documents of the
    type ``towards`` (null: of no match), of which ``document`` is the nearest."""

    type: str
    value: float
    towards: str | None
    document: str
    likeness: float

    @property
    def contribution(self) -> Contribution:
        """The same as a named number of the answer."""
        return Contribution(f"Like documents decided as {self.towards or 'no match'}", self.value)


@dataclass(frozen=True, slots=True)
class Neighbours(Shape):
    """``decisions`` is how many were asked; ``weight`` is 0 where they do not help, and then there are no ``votes``.
    Types that nothing is said of have none either."""

    decisions: int
    weight: float
    votes: tuple[Vote, ...] = ()
    slope: float = 1.0
    shift: float = 0.0

    def vote_for(self, name: str) -> Vote | None:
        """What is said of one type, if anything."""
        return next((vote for vote in self.votes if vote.type == name), None)

    def lean(self, name: str | None) -> Leaning:
        """What the decisions had to do with the answer ``name``, null being no match: for a type what speaks of it,
        for no match the nearest of all that spoke."""
        votes = [vote for vote in self.votes if name in (None, vote.type)]
        if not votes:
            return Leaning(self.decisions)
        nearest = max(votes, key=lambda vote: vote.likeness)
        return Leaning(self.decisions, nearest.document, nearest.towards, nearest.likeness)

    def recalibrate(self, log_odds: float) -> float:
        """The log-odds of a match, votes included, as past decisions bear them out; the same below 20 decisions."""
        return self.slope * log_odds + self.shift


NOBODY = Neighbours(0, 0.0)


@dataclass(frozen=True)
class Memory:
    """Immutable and picklable. ``entries`` are in the order of the decisions, one for each document; only the newest
    five hundred are asked."""

    entries: tuple[Entry, ...] = ()
    _asked: dict[frozenset[str], _Asked] = field(default_factory=dict, init=False, repr=False, compare=False)
    _fitted: dict[frozenset[str], _Fitted] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, entries: Iterable[Entry], *, before: Memory | None = None) -> Self:
        """From entries in the order of the decisions; of two about a document the later holds. What a memory of some
        of them found out already is taken over from ``before``, unless it owes anything to a decision that is gone."""
        memory = cls(tuple({entry.document: entry for entry in entries}.values())[-MOST_ENTRIES:])
        if before is not None:
            kept = set(map(id, memory.entries))
            found = before.list_fitted().items()
            memory._fitted.update((types, item) for types, item in found if kept.issuperset(map(id, item.basis)))
        return memory

    def remember(self, entry: Entry) -> Memory:
        """This memory and one more decision, instead of an earlier one about the same document."""
        others = (other for other in self.entries if other.document != entry.document)
        return Memory.of((*others, entry), before=self)

    def forget(self, document: str) -> Memory:
        """This memory as if the document had never been decided."""
        return Memory.of((entry for entry in self.entries if entry.document != document), before=self)

    def about(self, profile: Profile, *, document: str = "") -> Recall:
        """This memory, to be asked about one document; what was decided about that one itself is left out, so that
        it is judged by the others."""
        return Recall(self, profile, document)

    def list_fitted(self) -> dict[frozenset[str], _Fitted]:
        """What was found out by now, by the types it was found out for."""
        return {**self._fitted, **{types: _Fitted(asked.basis, asked.fit) for types, asked in self._asked.items()}}

    def judge(self, profile: Profile, unaided: Sequence[Candidate], *, leave_out: str = "") -> Neighbours:
        """What the decided documents say of each type. ``unaided`` are the scores of all rules without this memory;
        decisions for types that are not among them are passed over, and so is the document ``leave_out``."""
        scores = scores_of(unaided)
        asked = self._ask(frozenset(scores))
        if not asked.entries:
            return NOBODY
        found = asked.fit
        if not found.weight:
            return Neighbours(len(asked.entries), 0.0, (), found.slope, found.shift)
        likeness = zip(asked.entries, asked.likeness.measure(profile, scores), strict=True)
        near = [(entry, value) for entry, value in likeness if entry.document != leave_out]
        leads = find_leads([value for _, value in near], [entry.type for entry, _ in near], scores)
        votes = tuple(_cast(name, lead, near, found.weight) for name, lead in leads.items() if lead.value)
        return Neighbours(len(near), found.weight, votes, found.slope, found.shift)

    def to_json(self) -> dict[str, Any]:
        """Safe for ``json.dumps``."""
        return {"entries": [entry.to_json() for entry in self.entries]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from ``to_json``."""
        return cls(tuple(Entry.from_json(item) for item in data["entries"]))

    def __reduce__(self) -> tuple[type[Memory], tuple[tuple[Entry, ...]]]:
        return Memory, (self.entries,)  # without what can be counted again

    def _ask(self, types: frozenset[str]) -> _Asked:
        if types not in self._asked:
            if len(self._asked) >= _MOST_RULE_SETS:
                self._asked.clear()
            holding = tuple(entry for entry in self.entries if entry.holds_under(types))
            self._asked[types] = _prepare(holding, self._fitted.get(types))
        return self._asked[types]


@dataclass(frozen=True, slots=True)
class Recall:
    """A memory and the document it is asked about: what ``classify`` takes."""

    memory: Memory
    profile: Profile
    document: str = ""

    def judge(self, unaided: Sequence[Candidate]) -> Neighbours:
        """As ``Memory.judge``."""
        return self.memory.judge(self.profile, unaided, leave_out=self.document)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The decisions that hold under a set of rules, ready; ``fit`` was found from the first of them, the ``basis``."""

    entries: Sequence[Entry]
    likeness: Likeness
    basis: tuple[Entry, ...]
    fit: Fit


@dataclass(frozen=True, slots=True)
class _Fitted:
    """What was found from decisions that are all still there."""

    basis: tuple[Entry, ...]
    fit: Fit


def _prepare(entries: tuple[Entry, ...], earlier: _Fitted | None) -> _Asked:
    likeness = Likeness(entries)
    basis = entries[: len(entries) - len(entries) % _step(len(entries))]
    if earlier is not None and earlier.basis == basis:
        return _Asked(entries, likeness, basis, earlier.fit)
    return _Asked(entries, likeness, basis, fit(basis, Likeness(basis)) if basis else Fit(0.0))


def _step(count: int) -> int:
    """The weight is chosen anew with every decision at first, then with about every tenth of what there is: by that
    it hardly changes, and choosing takes long. The same in every worker, whenever it looks."""
    return 1 << max(0, (count // 10).bit_length() - 1)


def _cast(name: str, lead: Lead, near: Sequence[tuple[Entry, float]], weight: float) -> Vote:
    of_label = [(entry, value) for entry, value in near if entry.type == lead.towards]
    entry, likeness = max(of_label, key=lambda pair: pair[1])
    return Vote(name, say(lead.value, weight), lead.towards, entry.document, likeness)

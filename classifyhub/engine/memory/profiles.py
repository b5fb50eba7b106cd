"""What is remembered of a document: how often its commonest words stand in it."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from classifyhub.engine.model import Reading, Shape
from classifyhub.engine.words import split_words, worth

MOST_WORDS = 200
PROFILED_PAGES = 50
_LONGEST_PAGE = 20_000  # characters, as in matching
_LARGEST_COUNT = 0xFFFF
_WORD = struct.Struct("<IH")


@dataclass(frozen=True, slots=True)
class Profile(Shape):
    """``words`` are pairs of a stem, hashed to 32 bits so that nothing can be read back, and how often it stands
    there."""

    words: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """A string of some 1,600 characters at most."""
        words = b"".join(_WORD.pack(*pair) for pair in self.words)
        return {"words": base64.b64encode(words).decode()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from ``to_json``."""
        words = tuple(_WORD.iter_unpack(base64.b64decode(data["words"])))
        return cls(words)


def profile_reading(reading: Reading) -> Profile:
    """The profile of what was read; of its first pages only where there are many."""
    pages = [page for page in reading.pages if page.source != "none"]
    counts: Counter[str] = Counter()
    for page in pages[:PROFILED_PAGES]:
        counts.update(split_words(page.text[:_LONGEST_PAGE])[0])
    return make_profile(counts)


def make_profile(counts: Mapping[str, float]) -> Profile:
    """The profile of a text given as how often each stem stands in it, numbers and stop words aside."""
    told = [(stem, count) for stem, count in counts.items() if worth(stem) and not stem.isdigit()]
    told.sort(key=lambda pair: (-pair[1] * worth(pair[0]), pair[0]))
    words = ((hash_stem(stem), min(_LARGEST_COUNT, max(1, round(count)))) for stem, count in told[:MOST_WORDS])
    return Profile(tuple(sorted(words)))


@lru_cache(maxsize=65_536)
def hash_stem(stem: str) -> int:
    """The same in every process."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=4).digest(), "little")

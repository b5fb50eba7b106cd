"""One vector per word, distilled from the encoder: what a document is about at the cost of looking its words up.

Every word of the vocabulary and of the knowledge pack is encoded by itself once; the mean is taken off, and the
directions that say least are dropped. Common words count less: the vocabulary of the model is ordered by how common its
tokens are, so a word's place in it stands for its frequency, and no table of word counts is needed. Words are compared
as ``engine.words`` does, so that what was tokenized for matching is not tokenized again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifyhub.engine.pack.entries import list_files, read_entries
from classifyhub.engine.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

    from classifyhub.engine.embedding.encoder import Encoder

    Vectors = np.ndarray[Any, np.dtype[np.float32]]

WIDTH = 256
_SMOOTH = 1e-3  # of the weight a / (a + frequency)
_TOO_STRONG = 3  # directions in which all words lie alike


class StaticTable:
    """Vectors by the stem of a word, float16, shape [words, width]."""

    def __init__(self, words: Iterable[str], vectors: Any) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._vectors = vectors

    @classmethod
    def distil(cls, encoder: Encoder) -> StaticTable:
        """Encode all words: some ten seconds of processor."""
        import numpy as np  # noqa: PLC0415 - the engine works without it

        weights = _weigh_words(encoder.vocabulary())
        vectors = encoder.encode(list(weights))
        vectors -= vectors.mean(axis=0)
        _, axes = np.linalg.eigh(vectors.T @ vectors)
        vectors = vectors @ axes[:, ::-1][:, _TOO_STRONG : WIDTH + _TOO_STRONG]
        vectors *= np.array(list(weights.values()))[:, None] / np.linalg.norm(vectors, axis=1, keepdims=True)
        return cls(map(stem, weights), vectors.astype(np.float16))

    @classmethod
    def load(cls, path: Path) -> StaticTable:
        """Read what ``save`` wrote. Raises ``ImportError`` without numpy."""
        import numpy as np  # noqa: PLC0415

        with np.load(path) as file:
            return cls(file["words"].tolist(), file["vectors"])

    def save(self, path: Path) -> None:
        """Write words and vectors as one npz file."""
        import numpy as np  # noqa: PLC0415

        np.savez(path, words=np.array(list(self._rows)), vectors=self._vectors)

    def encode(self, counts: Mapping[str, float]) -> Vectors:
        """The vector, of length 1, of a text given as how often each stem stands in it; zeros when it says nothing."""
        import numpy as np  # noqa: PLC0415

        known = [(self._rows[word], count) for word, count in counts.items() if word in self._rows]
        rows, times = zip(*known, strict=True) if known else ((), ())
        found = self._vectors[list(rows)].astype(np.float32)
        total: Vectors = found.T @ np.sqrt(np.array(times, dtype=np.float32))  # the tenth "total" says little more
        return total / (np.linalg.norm(total) or 1.0)


def _weigh_words(vocabulary: Iterable[str]) -> dict[str, float]:
    """One word for each stem, with its weight: by Zipf's law from its place in the vocabulary, 1 for words that only
    the pack has."""
    weights: dict[str, float] = {}
    seen: set[str] = set()
    ranked = [(word, _SMOOTH / (_SMOOTH + 0.1 / place)) for place, word in enumerate(vocabulary, start=1)]
    for word, weight in (*ranked, *((word, 1.0) for word in _list_pack_words())):
        if word.isalpha() and len(word) > 1 and stem(word) not in seen:
            seen.add(stem(word))
            weights[word] = weight
    return weights


def _list_pack_words() -> Iterator[str]:
    for entry in chain.from_iterable(map(read_entries, list_files())):
        for phrase in chain(entry.headings, entry.called, *entry.titles.values(), *entry.cues.values()):
            yield from phrase.casefold().split()

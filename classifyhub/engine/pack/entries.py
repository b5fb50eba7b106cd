"""Read the pack's files as they are written. What a field means stands in the package's docstring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from classifyhub.engine.layouts import LAYOUTS

FORMS = frozenset({"mail", "letter", "slides", "card", "slip", "mrz", *(mark.removeprefix("@") for mark in LAYOUTS)})

_FOLDER = Path(__file__).parent
# The plain loader takes every scalar as text ("no" is Norwegian, 1099 a form) and builds no objects; libyaml is
# faster by a factor of ten but missing from some builds of PyYAML.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Phrases = tuple[str, ...]


class PackError(ValueError):
    """A file of the pack breaks the format; the message names the file and the type or line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A type as its file has it; ``file`` is the file's name."""

    file: str
    type: str
    of: str = ""
    near: Phrases = ()
    titles: Mapping[str, Phrases] = field(default_factory=dict)
    headings: Phrases = ()
    called: Phrases = ()
    cues: Mapping[str, Phrases] = field(default_factory=dict)
    sections: Mapping[str, Phrases] = field(default_factory=dict)
    form: Phrases = ()
    unlike: Phrases = ()
    only: Phrases = ()


def list_files() -> list[Path]:
    """The files of the pack, in order of name."""
    return sorted(_FOLDER.glob("*.yaml"))


def read_entries(path: Path) -> Iterator[Entry]:
    """The types of one file, in its order. Raises ``PackError``."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except yaml.YAMLError as error:
        raise PackError(f"{path.name}: {error}") from error
    for node in _items(root, path.name):
        yield _read_entry(node, path.name)


def _read_entry(node: yaml.Node, file: str) -> Entry:
    fields = _pairs(node, f"{file}, line {node.start_mark.line + 1}")
    if "type" not in fields:
        raise PackError(f"{file}, line {node.start_mark.line + 1}: no type.")
    where = f"{file}, {_text(fields['type'], file)}"
    unknown = ", ".join(sorted(fields.keys() - _READERS.keys()))
    if unknown:
        raise PackError(f"{where}: unknown field {unknown}.")
    values: dict[str, Any] = {name: _READERS[name](value, f"{where}, {name}") for name, value in fields.items()}
    if not FORMS.issuperset(values.get("form", ())):
        raise PackError(f"{where}: form is one of {', '.join(sorted(FORMS))}.")
    return Entry(file, **values)


def _text(node: yaml.Node, where: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise PackError(f"{where}: expected some text at line {node.start_mark.line + 1}.")
    return str(node.value)


def _phrases(node: yaml.Node, where: str) -> Phrases:
    return tuple(_text(item, where) for item in _items(node, where))


def _by_language(node: yaml.Node, where: str) -> dict[str, Phrases]:
    return {language: _phrases(value, f"{where} {language}") for language, value in _pairs(node, where).items()}


def _items(node: yaml.Node | None, where: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise PackError(f"{where}: expected a list.")
    return list(node.value)


def _pairs(node: yaml.Node, where: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise PackError(f"{where}: expected names with values.")
    pairs = {_text(key, where): value for key, value in node.value}
    if len(pairs) < len(node.value):
        raise PackError(f"{where}: the same name twice.")
    return pairs


_READERS: Mapping[str, Callable[[yaml.Node, str], Any]] = {
    "type": _text,
    "of": _text,
    "near": _phrases,
    "titles": _by_language,
    "headings": _phrases,
    "called": _phrases,
    "cues": _by_language,
    "sections": _by_language,
    "form": _phrases,
    "unlike": _phrases,
    "only": _phrases,
}

"""How parts of PPTX and XLSX point at each other (ECMA-376 part 2, 9.3: relationships)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from classifyhub.engine.readers.xmlparts import find_elements
from classifyhub.engine.readers.zipped import Container, resolve


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part points at: ``kind`` is the last word of its type ("slide"), ``part`` the name of an existing part."""

    kind: str
    part: str


def find_relations(container: Container, part: str) -> dict[str, Relation]:
    """The parts that ``part`` points at, by the ids it uses for them; links to the outside and to nothing left out."""
    folder, name = posixpath.split(part)
    listing = f"{folder}/_rels/{name}.rels"
    if listing not in container:
        return {}
    relations = {}
    for _, entry in find_elements(container.inflate(listing), "Relationship"):
        target = resolve(entry.get("Target", ""), base=part)
        if target in container and entry.get("TargetMode") != "External":
            relations[entry.get("Id", "")] = Relation(entry.get("Type", "").rpartition("/")[2], target)
    return relations

"""The labelled documents, what was read from them, and the rules they are sorted by."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from classifyhub.engine import VERSION, ReadError, Reading, Rule, sniff
from classifyhub.engine.sandbox import Sandbox

NONE = "none_of_these"
PACKET = "packet"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One document: ``label`` is null where no rule fits; ``source`` is where it comes from; ``is_scan`` without a
    text layer on any page."""

    path: Path
    label: str | None
    source: str
    is_scan: bool


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """One page of a packet: ``document`` is the number of the paper it belongs to, empty where that is not labelled;
    any of ``good`` is a right answer; ``source`` says where it was taken from, a file of the folder or of elsewhere."""

    file: str
    page: int
    good: frozenset[str | None]
    document: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of labelled documents."""

    folder: Path
    rules: tuple[Rule, ...]
    documents: tuple[Labelled, ...]
    packets: tuple[LabelledPage, ...]

    @property
    def packet_paths(self) -> list[Path]:
        return [self.folder / name for name in dict.fromkeys(page.file for page in self.packets)]


def load_corpus(folder: Path) -> Corpus:
    """Raises ``OSError`` or ``KeyError`` for a folder that is none."""
    rules = tuple(Rule(item["type"], item["description"]) for item in json.loads((folder / "rules.json").read_bytes()))
    rows = [row for row in _rows(folder / "labels.csv") if row["type"] != PACKET]
    documents = tuple(
        Labelled(folder / row["file"], name_label(row["type"]), row["source_repo"], row["has_text_layer"] == "no")
        for row in rows
    )
    packets = folder / "packets.csv"
    return Corpus(folder, rules, documents, tuple(map(_page, _rows(packets))) if packets.exists() else ())


def name_label(value: str) -> str | None:
    """A label as the type of a rule, or null."""
    return None if value in {NONE, ""} else value


def find_terse_rules(rules: Iterable[Rule]) -> list[Rule]:
    """The same types in at most five words each, as somebody in a hurry would put them; nothing where some type is not
    among those that were put so."""
    items = json.loads(Path(__file__).with_name("terse_rules.json").read_bytes())
    terse = {item["type"]: Rule(item["type"], item["description"]) for item in items}
    types = [rule.type for rule in rules]
    return [terse[name] for name in types] if terse.keys() >= set(types) else []


def read_all(paths: Sequence[Path], *, cache: Path, jobs: int = 2) -> dict[Path, Reading]:
    """What the engine reads from each path, kept in ``cache`` by content and engine version. Documents that cannot be
    read are left out."""
    cache.mkdir(parents=True, exist_ok=True)
    sandboxes: SimpleQueue[Sandbox] = SimpleQueue()
    opened = [Sandbox() for _ in range(jobs)]
    for sandbox in opened:
        sandboxes.put(sandbox)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            readings = pool.map(partial(_read_one, cache=cache, sandboxes=sandboxes), paths)
            return {path: reading for path, reading in zip(paths, readings, strict=True) if reading}
    finally:
        for sandbox in opened:
            sandbox.close()


def _read_one(path: Path, *, cache: Path, sandboxes: SimpleQueue[Sandbox]) -> Reading | None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    kept = cache / f"{digest}-{VERSION.replace('/', '-')}.json"
    if not kept.exists():
        sandbox = sandboxes.get()
        try:
            data = sandbox.read(path, media_type=sniff(path, path.name)).to_json()
        except ReadError as error:
            data = {"error": error.code}
        finally:
            sandboxes.put(sandbox)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(data), encoding="utf-8")
        part.replace(kept)
    data = json.loads(kept.read_bytes())
    return None if "error" in data else Reading.from_json(data)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def _page(row: dict[str, str]) -> LabelledPage:
    also = [value.strip() for value in (row.get("also_acceptable") or "").replace("|", ";").split(";")]
    good = frozenset(name_label(value) for value in (row["type"], *(value for value in also if value)))
    return LabelledPage(
        row["file"], int(row["page"]), good, (row.get("document") or "").strip(), row.get("source") or ""
    )

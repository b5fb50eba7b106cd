"""General subjects, such as sport or farming: what a rule means that says nothing but a name.

People sort mail and notes by subject as well as by kind of document. ``subjects.yaml`` says of each subject what people
call it (``called``) and, in a few sentences, what texts on it are about (``about``); the format is checked when it is
read."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from classifyhub.engine.model import Rule
from classifyhub.engine.pack.entries import PackError
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.words import stems

_FILE = Path(__file__).with_name("subjects.yaml")
_FIELDS = frozenset({"subject", "called", "about"})
_LONGEST_GLOSS = 5  # words; a rule that says more than that means what it says
_BETWEEN = re.compile(r"[/,&+|]|\band\b|\bor\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` is what it is called first of all; ``about`` are sentences."""

    name: str
    called: tuple[str, ...]
    about: tuple[str, ...]


@functools.cache
def load_subjects() -> tuple[Subject, ...]:
    """All of them, in the order of the file. Raises ``PackError``."""
    return tuple(map(_read, yaml.safe_load(_FILE.read_text(encoding="utf-8"))))


def find_subjects(rule: Rule) -> tuple[Subject, ...]:
    """The subjects that ``rule`` is named after, one or each of several ("arts & music"); none where any part of its
    name is no subject, or where the rule says in more than a few words what it means."""
    if len(rule.description.split()) > _LONGEST_GLOSS:
        return ()
    whole = _owners().get(stems(rule.type))
    found = [whole] if whole else [_owners().get(part) for part in _split(rule.type)]
    return tuple(dict.fromkeys(subject for subject in found if subject)) if all(found) else ()


def _split(name: str) -> Iterator[Phrase]:
    parts = (stems(part) for part in _BETWEEN.split(name.replace("_", " ")))
    return (part for part in parts if part)


@functools.cache
def _owners() -> Mapping[Phrase, Subject]:
    return {stems(name): subject for subject in load_subjects() for name in (subject.name, *subject.called)}


def _read(item: Any) -> Subject:
    if not isinstance(item, dict) or item.keys() != _FIELDS:
        raise PackError(f"{_FILE.name}: a subject has the fields {', '.join(sorted(_FIELDS))}: {item!r}")
    texts = [item["subject"], *item["called"], *item["about"]]
    if not item["about"] or not all(isinstance(text, str) and text.strip() for text in texts):
        raise PackError(f"{_FILE.name}, {item['subject']}: expected some text everywhere.")
    return Subject(item["subject"], tuple(item["called"]), tuple(item["about"]))

"""Judge kept documents by other rules, in a process of its own: ``python -m classifyhub.engine.rejudging``.

Whoever asks, a web server above all, then holds neither the knowledge pack nor the sentence encoder, and goes on
answering meanwhile. The question comes over stdin, the answers go to stdout, both as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifyhub.engine.classifying import judge_gist
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.gist import Gist, Question
from classifyhub.engine.model import Answer, Rule, Shape
from classifyhub.engine.rules import compile_rules

LONGEST = 20.0  # seconds
_ROOT = Path(__file__).parents[2]

Verdicts = list[Answer | None]


@dataclass(frozen=True, slots=True)
class Rules(Shape):
    """One set of rules."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Asked(Shape):
    """Each of the documents whose ``gists`` lie there by each of ``sets``, and by those alone: no memory speaks. What
    is not judged after so many ``seconds`` is not judged: comparing meanings takes some hundredths of one a document.
    ``models`` and ``encoder`` say where the sentence encoder is, as ``embedding.Place`` does."""

    sets: tuple[Rules, ...]
    gists: tuple[str, ...]
    models: str = ""
    encoder: str = ""
    seconds: float = 5.0


class NoAnswer(RuntimeError):  # noqa: N818 - errors here name the condition
    """The process took too long or broke."""


def ask(asked: Asked) -> list[Verdicts]:
    """For each set of rules the answers to all documents without their reasons; null for one that was not judged: its
    gist is not there, or of another version of the engine, or the time was up. Raises ``NoAnswer``."""
    command = ["nice", "-n", "5", sys.executable, "-m", "classifyhub.engine.rejudging"]
    question = json.dumps(asked.to_json()).encode()
    try:
        done = subprocess.run(command, cwd=_ROOT, input=question, stdout=subprocess.PIPE, timeout=LONGEST, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise NoAnswer(str(error)) from error
    return [[data and Answer.from_json(data) for data in row] for row in json.loads(done.stdout)]


def judge(asked: Asked) -> list[Verdicts]:
    """The same in this process."""
    questions = [Question.of(compile_rules(found.rules)) for found in asked.sets]
    until = time.monotonic() + asked.seconds
    rows = [_judge_one(Path(path), questions, until) for path in asked.gists]
    return [list(row) for row in zip(*rows, strict=True)] if rows else [[] for _ in questions]


def _judge_one(path: Path, questions: Sequence[Question], until: float) -> Verdicts:
    gist = _load(path) if time.monotonic() < until else None
    return [judge_gist(gist, question) if gist else None for question in questions]


def _load(path: Path) -> Gist | None:
    try:
        return Gist.from_bytes(path.read_bytes())
    except (OSError, ValueError):
        return None


def main() -> None:
    """Answer one question."""
    asked = Asked.from_json(json.load(sys.stdin.buffer))
    if asked.models:
        use_encoder(lambda: Place(Path(asked.models), asked.encoder))
    json.dump([[answer and _shorten(answer) for answer in row] for row in judge(asked)], sys.stdout)


def _shorten(answer: Answer) -> dict[str, object]:
    """What is asked for: the verdict, not the scores of all rules."""
    return {"type": answer.type, "confidence": answer.confidence, "reasoning": "", "has_text": answer.has_text}


if __name__ == "__main__":
    main()

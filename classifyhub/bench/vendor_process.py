"""A stand-in in a process of its own, so that what the vendor spends is not counted for us: ``vendors`` starts it.

It is told what to do by lines of JSON, answers each with one, and ends when nobody speaks to it any more."""

from __future__ import annotations

import json
import random
import signal
import sys
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Any

from django.http import QueryDict

from jobs.standins import Standin, running_standin
from jobs.standins.exchange import Asked
from jobs.standins.llamacloud import LlamaCloud
from jobs.standins.vendor import project_of
from rules.starters import STARTERS

LETTER = b"INVOICE\nInvoice number 4711\nAmount due 119.00\n"
RULES = [{"type": rule.type, "description": rule.description} for rule in STARTERS[0].rules]


def launch(standin: Standin, *, jobs: int, least: float, most: float, ready: float, seed: int) -> list[str]:
    """Accept ``jobs`` jobs of classify v2; their ids. A share ``ready`` of them is through at once, the others think
    for ``least`` to ``most`` seconds."""
    vendor = standin.vendor
    assert isinstance(vendor, LlamaCloud)  # noqa: S101 - the only one whose jobs are waited for here
    dice, project = random.Random(seed), project_of(standin.key)  # noqa: S311 - the same times for every scheme
    letter = vendor.store.keep_document(LETTER, name="letter.txt", project=project, prefix="dfl-")
    body = json.dumps({"file_input": letter.id, "configuration": {"rules": RULES}}).encode()
    ids = []
    for _number in range(jobs):
        vendor.work.thinks = 0 if dice.random() < ready else dice.uniform(least, most)
        asked = Asked("POST", "/api/v2/classify", QueryDict(""), Message(), body, project=project)
        ids.append(vendor.v2.create(asked).body["id"])
    return ids


def report(standin: Standin) -> dict[str, Any]:
    """How many requests came, and of each accepted document its job, the key it came under, and when it was accepted
    and was through, in seconds since 1970; null for what is not through, or has no job."""
    return {"requests": len(standin.requests), "documents": list(_documents(standin))}


def _documents(standin: Standin) -> Iterator[tuple[str, str, float, float | None]]:
    project = project_of(standin.key)
    for taken in standin.accepted:
        job = standin.store.job(taken.job, family="v2", project=project)
        ended_at = job.updated_at.timestamp() if job is not None and job.stage.is_final else None
        yield taken.job, taken.key, taken.at, ended_at


def forget(standin: Standin) -> None:
    """Everything that was asked and accepted."""
    standin.forget()


VERBS: dict[str, Callable[..., Any]] = {"launch": launch, "report": report, "forget": forget}


def main() -> None:
    """Serve until the input ends."""
    name, settings = sys.argv[1], json.loads(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this, and then the input ends
    with running_standin(name, answers="quick", **settings) as standin:
        _say({"url": standin.base_url, "key": standin.key})
        for line in sys.stdin:
            asked = json.loads(line)
            _say(VERBS[asked.pop("verb")](standin, **asked))


def _say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

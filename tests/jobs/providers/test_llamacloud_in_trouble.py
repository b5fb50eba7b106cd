"""Both generations against the stand-in while a third of everything goes wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs.providers import llamacloud_v1, llamacloud_v2
from jobs.providers.base import Access, Pending, ProviderError, Reply, Request, StillWaiting
from jobs.providers.wire import Wire
from jobs.standins import Document, Question, Random, Standin, Verdict, running_standin
from jobs.standins.faults import TRANSIENT
from tests.jobs.providers.contract import RULES

DOCUMENTS = 24
PATIENCE = 60  # seconds
QUICK = tuple(name for name in TRANSIENT if not name.startswith("slow"))


def answer(document: Document, question: Question) -> Verdict:
    """By name, so that an answer that went to the wrong document shows."""
    return Verdict(type=type_of(document.name), confidence=0.9, reasoning="By its name.")


def type_of(name: str) -> str:
    return RULES[int(name.split("-")[1]) % 2].type


@pytest.fixture(params=[3, 14])
def standin(request) -> Iterator[Standin]:
    with running_standin("llamacloud", answers=answer, thinks=0.01) as standin:
        standin.faults.start(Random(seed=request.param, share=0.3, names=QUICK))
        yield standin


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def documents(tmp_path: Path) -> list[Request]:
    return [a_document(tmp_path, number) for number in range(DOCUMENTS)]


def a_document(folder: Path, number: int) -> Request:
    path = folder / str(number)
    path.write_text(f"Document number {number}, of which there is no other.")
    return Request(
        idempotency_key=f"job-{number}-1",
        path=path,
        name=f"document-{number}",
        media_type="text/plain",
        sha256="0" * 64,
        rules=RULES,
        page_count=1,
    )


def connect(standin: Standin, client: httpx.Client, module: Any, name: str) -> Any:
    access = Access(base_url=standin.url, secret=standin.key)
    wire = Wire(client, base_url=standin.url, headers=module.headers(access), deadline=5)
    return getattr(module, name)(wire, access)


def send(provider: Any, request: Request, *, is_idempotent: bool) -> Pending | None:
    """As the pipeline does: again while nothing was taken, or while the vendor knows the key. None when nobody knows
    whether it was taken."""
    copies = [""]
    for _attempt in range(50):
        try:
            accepted = provider.submit(replace(request, uploaded=copies[-1], note_upload=copies.append))
        except ProviderError as error:
            if error.was_sent is None and not is_idempotent:
                return None
            if not error.is_transient:
                raise
        else:
            return Pending(remote_id=accepted.remote_id, request=replace(request, uploaded=copies[-1]))
    raise AssertionError("never accepted")


def bring_home(provider: Any, pending: list[Pending]) -> dict[str, Reply]:
    """Poll until every document is answered."""
    left, answers = list(pending), dict[str, Reply]()
    ends_at = time.monotonic() + PATIENCE
    while left and time.monotonic() < ends_at:
        try:
            outcomes = provider.poll(left)
        except ProviderError as error:
            if not error.is_transient:
                raise
            continue
        assert set(outcomes) == {one.request.idempotency_key for one in left}
        answers |= {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Reply)}
        rest = [outcome for outcome in outcomes.values() if not isinstance(outcome, Reply)]
        assert all(isinstance(outcome, StillWaiting) or outcome.is_transient for outcome in rest), rest
        left = [one for one in left if one.request.idempotency_key not in answers]
    return answers


def check_answers(answers: dict[str, Reply], pending: list[Pending]) -> None:
    assert len(answers) == len(pending)
    for one in pending:
        assert answers[one.request.idempotency_key].answer.type == type_of(one.request.name)


def test_v2_takes_every_document_once_and_answers_it(standin, client, documents):
    provider = connect(standin, client, llamacloud_v2, "LlamaCloudV2")
    pending = [send(provider, request, is_idempotent=True) for request in documents]
    check_answers(bring_home(provider, pending), pending)
    assert Counter(taken.key for taken in standin.accepted) == {one.idempotency_key: 1 for one in documents}
    assert standin.faults.counts.total() > 10


def test_v1_takes_no_document_twice_and_finds_those_of_which_it_did_not_know(standin, client, documents):
    provider = connect(standin, client, llamacloud_v1, "LlamaCloudV1")
    sent = [send(provider, request, is_idempotent=False) for request in documents]
    pending = [one for one in sent if one is not None]
    check_answers(bring_home(provider, pending), pending)
    taken = Counter(taken.name for taken in standin.accepted)
    assert set(taken.values()) == {1}
    assert {one.request.name for one in pending} <= set(taken)
    doubtful = [request for request, one in zip(documents, sent, strict=True) if one is None]
    assert doubtful  # else this showed nothing
    standin.faults.stop()
    for request in doubtful:
        assert (provider.find(request.idempotency_key) is not None) == (request.name in taken)


def test_what_is_removed_in_the_end_is_gone(standin, client, documents):
    provider = connect(standin, client, llamacloud_v2, "LlamaCloudV2")
    pending = [send(provider, request, is_idempotent=True) for request in documents[:6]]
    bring_home(provider, pending)
    for one in pending:
        forget(provider, one)
    standin.faults.stop()
    for one in pending:
        assert "no longer knows" in str(provider.poll([one])[one.request.idempotency_key])
        response = client.get(
            f"{standin.url}/api/v1/beta/files/{one.request.uploaded}",
            headers=llamacloud_v2.headers(Access(secret=standin.key)),
        )
        assert response.status_code == 404


def forget(provider: Any, one: Pending) -> None:
    for _attempt in range(50):
        try:
            provider.forget(remote_id=one.remote_id, uploaded=one.request.uploaded)
        except ProviderError as error:
            if not error.is_transient:
                raise
        else:
            return
    raise AssertionError("never forgotten")

"""A provider that says what the test wants it to, in place of the one a job's version names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from jobs import providers_registry
from jobs.providers.base import Accepted, Outcome, Pending, ProviderError, Reply, Request, StillWaiting


class ScriptedProvider:
    """``answer`` is what ``submit`` gives or raises, ``polled`` what each remote id gets, or the whole poll raises.
    What was asked is kept in ``submitted``, ``polls``, ``looked_up`` and ``cancelled``."""

    def __init__(
        self,
        *,
        answer: Accepted | Reply | Exception | None = None,
        polled: Mapping[str, Outcome] | Exception | None = None,
        found: Accepted | Exception | None = None,
    ) -> None:
        self.answer, self.polled, self.found = answer, polled if polled is not None else {}, found
        self.submitted: list[Request] = []
        self.polls: list[list[str]] = []
        self.looked_up: list[str] = []
        self.cancelled: list[str] = []

    def submit(self, request: Request) -> Accepted | Reply:
        self.submitted.append(request)
        return given(self.answer)

    def poll(self, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        self.polls.append([one.remote_id for one in pending])
        answers = given(self.polled)
        return {one.request.idempotency_key: answers.get(one.remote_id, StillWaiting()) for one in pending}

    def find(self, idempotency_key: str) -> Accepted | None:
        self.looked_up.append(idempotency_key)
        return given(self.found)

    def cancel(self, remote_id: str) -> None:
        self.cancelled.append(remote_id)


def given(value):
    if isinstance(value, Exception):
        raise value
    return value


def install(monkeypatch: pytest.MonkeyPatch, provider: ScriptedProvider) -> ScriptedProvider:
    """Let every job meet ``provider``."""
    monkeypatch.setattr(providers_registry, "provider_for", lambda job: provider)
    monkeypatch.setattr(providers_registry, "build", lambda route, job: provider)
    return provider


def a_refusal(reason: str = "rejected") -> ProviderError:
    return ProviderError("refused", reason=reason)

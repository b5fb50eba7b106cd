"""What every provider must do, as tests: each provider's own tests inherit these and say how its vendor talks.

A subclass gives ``make`` and ``answer`` (the vendor in good health, written from the contract), says which request is
the one that may be billed (``takes_document``), and what its API lacks. ``answer`` goes by ``state``, ``verdict``
and ``REQUEST_ID``, which the tests here change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from classifyhub.engine.model import Rule
from jobs.providers.base import (
    Accepted,
    Access,
    Call,
    ContractBrokenError,
    MisconfiguredError,
    Outcome,
    Pending,
    ProviderError,
    RejectedError,
    Reply,
    Request,
    StillWaiting,
    UnavailableError,
    WrongAddressError,
)
from jobs.providers.wire import Wire
from tests.support.vendor_server import NO_TLS, Says, Seen, VendorServer, running_vendor

KEY = "key-of-nobody"
REQUEST_ID = "req-7"
RULES = (
    Rule("Invoice", "A bill for goods or services, with an amount to pay."),
    Rule("Contract", "An agreement between parties, signed by both of them."),
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Verdict:
    """What the vendor thinks of every document."""

    type: str | None = "Invoice"
    confidence: float | None = 0.83
    reasoning: str | None = "It asks for money."


@dataclass(frozen=True)
class Meaning:
    """How a refusal of the call that may be billed is understood."""

    kind: type[ProviderError]
    reason: str
    was_sent: bool | None = False


# Everything but the last three was said before anything was taken.
MEANINGS: Mapping[int, Meaning] = {
    401: Meaning(MisconfiguredError, "bad_credentials"),
    402: Meaning(MisconfiguredError, "out_of_credit"),
    403: Meaning(MisconfiguredError, "bad_credentials"),
    404: Meaning(WrongAddressError, "unavailable"),
    405: Meaning(WrongAddressError, "unavailable"),
    408: Meaning(UnavailableError, "unavailable"),
    409: Meaning(UnavailableError, "unavailable"),
    413: Meaning(RejectedError, "too_large"),
    422: Meaning(RejectedError, "rejected"),
    429: Meaning(UnavailableError, "rate_limited"),
    503: Meaning(UnavailableError, "unavailable"),
    500: Meaning(UnavailableError, "unavailable", was_sent=None),
    502: Meaning(UnavailableError, "unavailable", was_sent=None),
    504: Meaning(UnavailableError, "unavailable", was_sent=None),
}
UNREADABLE_ANSWERS = {
    "cut off": Says(raw=b'{"id": "job-1", "sta'),
    "no JSON": Says(raw=b"<html>Sign in to the network</html>", content_type="text/html"),
    "a bare list": Says([]),
    "an empty object": Says({}),
    "nothing": Says(raw=b""),
}


class ProviderContract:
    """Holds for every provider on the other side of a wire."""

    is_synchronous = False
    can_find_nothing = True  # a document may fit no rule
    gives_confidence = True
    gives_reasoning = True
    checks_with_a_call = True  # ``test`` asks the vendor something

    state = "done"  # or "waiting", "failed", "unknown", "gone": what became of every job
    verdict = Verdict()
    document = PDF
    media_type = "application/pdf"
    name = "a bill.pdf"

    def make(self, wire: Wire, access: Access) -> Any:
        raise NotImplementedError

    def headers(self, access: Access) -> dict[str, str]:
        raise NotImplementedError

    def answer(self, seen: Seen) -> Says:
        raise NotImplementedError

    def takes_document(self, seen: Seen) -> bool:
        """Whether this is the request that may be billed."""
        raise NotImplementedError

    # What the tests work with

    @pytest.fixture
    def vendor(self) -> Iterator[VendorServer]:
        with running_vendor() as vendor:
            vendor.answer = self.answer
            yield vendor

    @pytest.fixture
    def noted(self) -> list[Call]:
        return []

    @pytest.fixture
    def access(self, vendor: VendorServer) -> Access:
        return Access(base_url=vendor.url, secret=KEY)

    @pytest.fixture
    def client(self) -> Iterator[httpx.Client]:
        with httpx.Client(trust_env=False, verify=NO_TLS) as client:
            yield client

    @pytest.fixture
    def wire(self, access: Access, client: httpx.Client, noted: list[Call]) -> Wire:
        headers = self.headers(access)
        return Wire(client, base_url=access.base_url, headers=headers, note=noted.append, deadline=5)

    @pytest.fixture
    def provider(self, wire: Wire, access: Access) -> Any:
        return self.make(wire, access)

    @pytest.fixture
    def request_(self, tmp_path: Path) -> Request:
        return self.a_request(tmp_path)

    def a_request(self, folder: Path, *, key: str = "job-a-1", **changes: Any) -> Request:
        path = folder / f"{key}.bin"
        path.write_bytes(self.document)
        return replace(
            Request(
                idempotency_key=key,
                path=path,
                name=self.name,
                media_type=self.media_type,
                sha256="0" * 64,
                rules=RULES,
                page_count=1,
            ),
            **changes,
        )

    def accept(self, provider: Any, request: Request) -> Pending:
        """Send a document; it waits as the pipeline would keep it, with the name of its copy and without its bytes."""
        copies = [request.uploaded]
        accepted = provider.submit(replace(request, note_upload=copies.append))
        assert isinstance(accepted, Accepted)
        return Pending(remote_id=accepted.remote_id, request=replace(request, uploaded=copies[-1], path=Path()))

    def reply(self, provider: Any, request: Request) -> Reply:
        """The final answer, however many calls it takes."""
        if self.is_synchronous:
            reply = provider.submit(request)
        else:
            pending = self.accept(provider, request)
            reply = provider.poll([pending])[request.idempotency_key]
        assert isinstance(reply, Reply), reply
        return reply

    def fail_to_send(self, provider: Any, request: Request) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            provider.submit(request)
        return caught.value

    # Sending

    def test_a_document_is_answered_at_once_or_accepted(self, provider, request_, vendor):
        given = provider.submit(request_)
        assert isinstance(given, Reply if self.is_synchronous else Accepted)
        assert len(vendor.calls(self.takes_document)) == 1

    def test_what_the_vendor_calls_the_call_is_kept(self, provider, request_):
        assert provider.submit(request_).vendor_request_id == REQUEST_ID

    def test_every_call_carries_the_key(self, provider, request_, vendor, access):
        provider.submit(request_)
        name, value = next(iter(self.headers(access).items()))
        assert KEY in value
        assert {seen.headers.get(name.lower()) for seen in vendor.seen} == {value}

    @pytest.mark.parametrize("status", MEANINGS)
    def test_a_refusal_is_understood_and_never_tried_again(self, provider, request_, vendor, status):
        vendor.fail(self.refusal(status), on=self.takes_document)
        error = self.fail_to_send(provider, request_)
        meant = MEANINGS[status]
        assert (type(error), error.reason, error.was_sent) == (meant.kind, meant.reason, meant.was_sent)
        assert "not today" in str(error)
        assert error.vendor_request_id == REQUEST_ID
        assert len(vendor.calls(self.takes_document)) == 1

    @staticmethod
    def refusal(status: int, **headers: str) -> Says:
        return Says({"detail": "not today"}, status=status, headers={"x-request-id": REQUEST_ID, **headers})

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [({"Retry-After": "7"}, 7), ({"retry-after-ms": "1500"}, 1.5), ({}, None), ({"Retry-After": "soon"}, None)],
        ids=["seconds", "milliseconds", "not said", "nonsense"],
    )
    def test_how_long_the_vendor_asks_to_wait_is_kept(self, provider, request_, vendor, headers, seconds):
        vendor.fail(self.refusal(429, **headers), on=self.takes_document)
        assert self.fail_to_send(provider, request_).retry_after == seconds

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_when_the_connection_breaks_nobody_knows_whether_it_was_taken(self, provider, request_, vendor, when):
        vendor.fail(Says(resets=when), on=self.takes_document)
        error = self.fail_to_send(provider, request_)
        assert isinstance(error, UnavailableError)
        assert error.was_sent is None
        assert len(vendor.calls(self.takes_document)) == 1

    @pytest.mark.parametrize("said", UNREADABLE_ANSWERS.values(), ids=UNREADABLE_ANSWERS.keys())
    def test_an_answer_that_cannot_be_read_may_have_been_billed(self, provider, request_, vendor, said):
        vendor.fail(said, on=self.takes_document)
        error = self.fail_to_send(provider, request_)
        assert (error.reason, error.was_sent) == ("contract_broken", None)
        assert len(vendor.calls(self.takes_document)) == 1

    def test_a_web_page_is_told_from_an_answer_that_broke_off(self, provider, request_, vendor):
        page = b"<!DOCTYPE html><html>Welcome</html>"
        vendor.fail(Says(raw=page, content_type="text/html"), on=self.takes_document)
        error = self.fail_to_send(provider, request_)
        assert (type(error), error.status, error.was_sent) == (WrongAddressError, 200, None)
        assert "a web page" in str(error)

    def test_an_answer_that_stops_half_way_may_have_been_billed(self, provider, request_, vendor):
        vendor.fail(Says({"id": "job-1", "status": "PENDING"}, cut=10), on=self.takes_document)
        assert self.fail_to_send(provider, request_).was_sent is None

    def test_a_vendor_that_cannot_be_reached_has_taken_nothing(self, client, request_):
        access = Access(base_url="http://127.0.0.1:9", secret=KEY)
        wire = Wire(client, base_url=access.base_url, headers=self.headers(access), deadline=5)
        error = self.fail_to_send(self.make(wire, access), request_)
        assert (type(error), error.was_sent) == (UnavailableError, False)
        assert "127.0.0.1" in str(error)

    def test_no_error_gives_the_key_away(self, provider, request_, vendor):
        for status in (401, 422, 500):
            vendor.fail(self.refusal(status), on=self.takes_document)
            error = self.fail_to_send(provider, request_)
            assert KEY not in f"{error!r} {error}"

    # The answer

    def test_the_answer_says_what_the_vendor_said(self, provider, request_):
        reply = self.reply(provider, request_)
        said = (reply.answer.type, reply.answer.confidence, reply.answer.reasoning)
        assert said == (
            "Invoice",
            0.83 if self.gives_confidence else None,
            "It asks for money." if self.gives_reasoning else said[2],
        )
        assert reply.raw
        assert reply.answer.engine

    def test_a_document_that_fits_nothing_gets_null(self, provider, request_):
        if not self.can_find_nothing:
            pytest.skip("this vendor always names a type")
        self.verdict = Verdict(type=None, confidence=0.4)
        assert self.reply(provider, request_).answer.type is None

    def test_a_type_spelled_another_way_is_the_rule_that_was_meant(self, provider, request_):
        self.verdict = Verdict(type=" INVOICE ")
        assert self.reply(provider, request_).answer.type == "Invoice"

    def test_a_type_outside_the_rules_is_handed_on_as_it_is_for_the_desk_to_refuse(self, provider, request_):
        self.verdict = Verdict(type="Recipe")
        assert self.reply(provider, request_).answer.type == "Recipe"

    def test_missing_confidence_and_reasoning_stay_missing(self, provider, request_):
        self.verdict = Verdict(confidence=None, reasoning=None)
        answer = self.reply(provider, request_).answer
        assert answer.confidence is None
        assert answer.reasoning == "" or not self.gives_reasoning

    # Everything else

    def test_looking_for_what_was_never_sent_finds_nothing(self, provider):
        assert provider.find("job-b-1") is None

    def test_forgetting_twice_is_as_good_as_once_and_nothing_is_forgotten_unasked(self, provider, vendor):
        provider.forget(remote_id="", uploaded="")
        assert not vendor.seen
        for _time in range(2):
            provider.forget(remote_id="job-1", uploaded="dfl-1")
            self.state = "gone"

    def test_cancelling_what_is_gone_is_well(self, provider):
        self.state = "gone"
        provider.cancel("job-1")

    def test_a_check_of_the_connection_answers_in_words(self, provider, vendor):
        said = provider.test().said
        assert said.endswith(".")
        assert KEY not in said
        assert not vendor.calls(self.takes_document)  # costs nothing

    def test_a_check_says_that_the_key_is_refused(self, provider, vendor):
        if not self.checks_with_a_call:
            pytest.skip("nothing can be asked for free")
        vendor.fail(self.refusal(401), on=lambda _seen: True)
        with pytest.raises(MisconfiguredError) as caught:
            provider.test()
        assert caught.value.reason == "bad_credentials"

    def test_every_call_is_noted_with_how_it_went(self, provider, request_, vendor, noted):
        provider.submit(request_)
        assert len(noted) == len(vendor.seen)
        assert all(call.seconds >= 0 and not call.reason for call in noted)


class WaitingContract(ProviderContract):
    """Holds beside for those that accept a document and answer later."""

    def asks_for_a_job(self, seen: Seen) -> bool:
        """Whether this request is part of a poll."""
        raise NotImplementedError

    @pytest.fixture
    def pending(self, provider, tmp_path) -> list[Pending]:
        return [self.accept(provider, self.a_request(tmp_path, key=f"job-{name}-1")) for name in "abc"]

    def poll(self, provider: Any, pending: Sequence[Pending]) -> Mapping[str, Outcome]:
        """As the desk does: a poll that fails as a whole leaves all of them waiting."""
        try:
            return provider.poll(pending)
        except ProviderError as error:
            waits = UnavailableError(str(error), reason=error.reason, retry_after=error.retry_after)
            return {one.request.idempotency_key: waits for one in pending}

    def test_every_document_gets_an_outcome_under_its_own_key(self, provider, pending):
        answers = provider.poll(pending)
        assert set(answers) == {"job-a-1", "job-b-1", "job-c-1"}
        assert all(isinstance(outcome, Reply) for outcome in answers.values())

    def test_nothing_is_asked_where_nothing_waits(self, provider, vendor):
        assert provider.poll([]) == {}
        assert not vendor.seen

    def test_a_job_that_is_not_done_waits(self, provider, pending):
        self.state = "waiting"
        assert set(provider.poll(pending).values()) == {StillWaiting()}

    def test_a_job_that_failed_says_why(self, provider, pending):
        self.state = "failed"
        for outcome in provider.poll(pending).values():
            assert type(outcome) is RejectedError
            assert "cannot be opened" in str(outcome)

    def test_a_state_that_nobody_knows_breaks_the_contract(self, provider, pending):
        self.state = "unknown"
        for outcome in provider.poll(pending).values():
            assert type(outcome) is ContractBrokenError
            assert outcome.reason == "contract_broken"

    def test_a_job_that_the_vendor_has_forgotten_is_not_waited_for(self, provider, pending):
        self.state = "gone"
        for outcome in provider.poll(pending).values():
            assert type(outcome) is RejectedError
            assert "no longer knows" in str(outcome)

    def test_a_done_job_without_a_result_breaks_the_contract(self, provider, pending):
        self.state = "empty"
        for outcome in provider.poll(pending).values():
            assert type(outcome) is ContractBrokenError

    @pytest.mark.parametrize("status", [400, 401, 402, 403, 408, 409, 422, 429, 500, 502, 503, 504])
    def test_no_document_is_lost_because_asking_was_refused(self, provider, pending, vendor, status):
        vendor.fail(self.refusal(status), on=self.asks_for_a_job)
        outcomes = self.poll(provider, pending)
        assert all(isinstance(outcome, UnavailableError) for outcome in outcomes.values())
        vendor.heal()
        assert all(isinstance(outcome, Reply) for outcome in self.poll(provider, pending).values())

    @pytest.mark.parametrize("fault", ["reset", "cut off", "no JSON"])
    def test_no_document_is_lost_because_the_answer_to_asking_was(self, provider, pending, vendor, fault):
        vendor.fail(UNREADABLE_ANSWERS.get(fault, Says(resets="before")), on=self.asks_for_a_job)
        outcomes = self.poll(provider, pending)
        assert all(isinstance(outcome, UnavailableError) for outcome in outcomes.values())

    def test_nothing_is_asked_twice_within_one_poll(self, provider, pending, vendor):
        vendor.fail(self.refusal(500), on=self.asks_for_a_job)
        self.poll(provider, pending)
        asked = [(seen.path, tuple(seen.query)) for seen in vendor.calls(self.asks_for_a_job)]
        assert len(asked) == len(set(asked)) <= len(pending)

    def test_how_long_to_wait_before_asking_again_is_kept(self, provider, pending, vendor):
        vendor.fail(self.refusal(429, **{"Retry-After": "9"}), on=self.asks_for_a_job)
        assert {outcome.retry_after for outcome in self.poll(provider, pending).values()} == {9}

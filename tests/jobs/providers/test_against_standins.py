"""The providers that open documents here, against servers that speak the whole contract and answer with the engine."""

from __future__ import annotations

import time
from contextlib import contextmanager

import httpx
import pytest

from classifyhub.engine.model import Rule
from jobs.providers import landingai, openai_compatible, unsiloed
from jobs.providers.base import Access, Pending, Reply, StillWaiting, UnavailableError
from jobs.providers.landingai import LandingAI
from jobs.providers.models import chat
from jobs.providers.openai_compatible import OpenAICompatible
from jobs.providers.unsiloed import Unsiloed
from jobs.providers.wire import Wire
from jobs.standins import running_standin
from tests.engine.documents import INVOICE, LETTER, RULES, draw_text_pdf, save
from tests.support.provider_requests import a_request
from tests.support.vendor_server import NO_TLS

TYPES = tuple(Rule(**rule) for rule in RULES)


@pytest.fixture
def packet(tmp_path):
    """An invoice of five pages, and a letter behind it."""
    return save(tmp_path, "packet.pdf", draw_text_pdf(*[INVOICE] * 5, LETTER))[0]


@contextmanager
def speaking_to(vendor, module, kind, tools, **options):
    with running_standin(vendor) as standin, httpx.Client(trust_env=False, verify=NO_TLS) as client:
        access = Access(base_url=standin.base_url, secret=standin.key, options=options, deadline=30)
        wire = Wire(client, base_url=access.base_url, headers=module.headers(access), deadline=30)
        yield standin, kind(wire, access, **tools)


@pytest.fixture
def tools(sandbox, tmp_path):
    chat._HABITS.clear()
    return {"sandbox": sandbox, "readings": tmp_path / "readings"}


def asked(packet, **fields):
    return a_request(packet, rules=TYPES, page_count=6, **fields)


def wait_for(provider, request):
    accepted = provider.submit(request)
    pending = Pending(remote_id=accepted.remote_id, request=request)
    for _time in range(200):
        outcome = provider.poll([pending])[request.idempotency_key]
        if not isinstance(outcome, StillWaiting):
            return outcome
        time.sleep(0.05)
    raise AssertionError("it never ended")


def test_landingai_classifies_every_page_and_the_chosen_ones_alone(tools, packet):
    with speaking_to("landingai", landingai, LandingAI, tools) as (standin, provider):
        whole = provider.submit(asked(packet))
        chosen = provider.submit(asked(packet, target_pages="5-6"))
        assert len(provider.test().said) > 0
        assert len(standin.accepted) == 2
    assert [page.page for page in whole.answer.pages] == [1, 2, 3, 4, 5, 6]
    assert (whole.answer.type, whole.answer.pages_not_read) == ("invoice", ())
    assert [page.page for page in chosen.answer.pages] == [5, 6]
    assert chosen.answer.pages_not_read == (1, 2, 3, 4)


def test_unsiloed_classifies_four_pages_and_says_which_it_did_not(tools, packet):
    with speaking_to("unsiloed", unsiloed, Unsiloed, tools) as (standin, provider):
        whole = wait_for(provider, asked(packet))
        chosen = wait_for(provider, asked(packet, target_pages="4,6"))
        assert len(provider.test().said) > 0
        assert len(standin.accepted) == 2
    assert isinstance(whole, Reply)
    assert (whole.answer.type, whole.answer.pages_not_read) == ("invoice", (5, 6))
    assert [page.page for page in chosen.answer.pages] == [4, 6]


def test_a_model_classifies_and_its_quotes_stand_in_the_document(tools, packet):
    with speaking_to("openai", openai_compatible, OpenAICompatible, tools, model="standin-classifier") as (_, provider):
        answer = provider.submit(asked(packet)).answer
        assert provider.test().said == "It answers, and standin-classifier is there."
    assert answer.type == "invoice"
    assert answer.evidence
    assert "dropped" not in answer.reasoning


@pytest.mark.parametrize(
    ("fault", "calls", "note"),
    [
        ("no_schema", 2, ""),
        ("too_long", 2, ""),
        ("fenced", 1, ""),
        ("cut_short", 2, ""),
        ("silent", 2, ""),
        ("outside_rules", 2, ""),
        ("invented_quote", 1, "dropped"),
        ("extra_fields", 1, ""),
    ],
)
def test_a_model_that_stumbles_once_is_helped_up(tools, packet, *, fault, calls, note):
    with speaking_to("openai", openai_compatible, OpenAICompatible, tools, model="m") as (standin, provider):
        standin.faults.next(fault)
        reply = provider.submit(asked(packet))
        assert len(standin.requests) == calls
    assert reply.answer.type == "invoice"
    assert note in reply.answer.reasoning


@pytest.mark.parametrize(
    ("vendor", "module", "kind"),
    [
        ("landingai", landingai, LandingAI),
        ("unsiloed", unsiloed, Unsiloed),
        ("openai", openai_compatible, OpenAICompatible),
    ],
)
@pytest.mark.parametrize("fault", ["reset_after", "502_after", "truncated"])
def test_what_was_taken_and_never_answered_is_not_sent_again(tools, packet, *, vendor, module, kind, fault):
    with speaking_to(vendor, module, kind, tools, model="m") as (standin, provider):
        standin.faults.next(fault)
        with pytest.raises(UnavailableError) as caught:
            provider.submit(asked(packet))
        assert caught.value.was_sent is None
        assert len(standin.accepted) == 1

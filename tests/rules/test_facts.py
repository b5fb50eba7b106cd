"""The strip above the rules: what the chosen provider gives, ignores and costs."""

from __future__ import annotations

import pytest

from rules.capabilities import CAPABILITIES
from rules.facts import describe


def said(provider: str) -> list[str]:
    return [fact.sentence for fact in describe(CAPABILITIES[provider])]


def test_the_local_engine() -> None:
    assert said("local") == [
        "Gives confidence and reasoning",
        "Multimodal reads pages that are mostly picture by OCR as well, and takes longer",
        "Types up to 200 characters, descriptions up to 2,000",
        "Runs on this machine: no key, no credits",
    ]


def test_a_mode_that_a_provider_lacks_is_said() -> None:
    assert "Multimodal is not offered" in said("llamacloud_v2")


def test_narrow_limits_are_spelled_out() -> None:
    assert "Types: 1–50 letters, digits, space, hyphen and underscore" in said("llamacloud_v2")
    assert "Descriptions: 10–500 characters, 1 credit a page" in said("llamacloud_v2")


def test_what_is_ignored_or_cut_is_said_before_it_costs() -> None:
    assert "Ignores descriptions: the type alone must tell, 1 credit a page" in said("unsiloed")
    assert "Reads the first 4 pages" in said("unsiloed")
    assert "Takes no choice of pages: a PDF is cut before it is sent" in said("landingai")
    assert "Takes no language" in said("unsiloed")
    assert "Descriptions: 10–500 characters, 1 credit a page, 2 in Multimodal" in said("llamacloud_v1")
    assert "Gives reasoning, no confidence: every document waits for review" in said("landingai")


@pytest.mark.parametrize("provider", CAPABILITIES)
def test_every_provider_has_lines_on_answer_limits_and_cost(provider: str) -> None:
    assert len(said(provider)) >= 3
    assert len(set(said(provider))) == len(said(provider))


def test_how_large_a_document_may_be_is_said_by_host() -> None:
    assert "Documents up to 200 MB, 50 MB at the host ade" in said("landingai")
    assert "Documents up to 512 MB" in said("llamacloud_v2")
    assert not any("Documents up to" in sentence for sentence in said("openai_compatible"))

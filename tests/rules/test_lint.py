"""What the editor says about a draft while it is written."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.capabilities import CAPABILITIES
from rules.lint import apply_fix, blocking, lint
from rules.models import ProviderName
from rules.shape import Draft, Rule
from rules.starters import STARTERS
from tests.engine.ocr.papers import PRINTS_A_TABLE, install
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded

LOCAL, LLAMA, LANDING, UNSILOED = (CAPABILITIES[name] for name in ("local", "llamacloud_v2", "landingai", "unsiloed"))


def said(draft: Draft, capabilities=LOCAL, *, field: str | None = None) -> list[str]:
    return [found.sentence for found in lint(draft, capabilities) if field in (None, found.field)]


def blocked(draft: Draft, capabilities=LOCAL) -> list[str]:
    return [found.field for found in blocking(lint(draft, capabilities))]


def test_a_good_draft_is_left_alone() -> None:
    assert lint(a_draft(), LOCAL) == ()


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
@pytest.mark.parametrize("provider", [name for name in ProviderName.values if name != "echo"])
def test_every_starter_can_be_published_for_every_provider_that_has_a_connection(starter, provider: str) -> None:
    draft = Draft.from_json({"rules": starter.draft_rules(), "provider": provider, "connection": "some-uid"})
    assert blocking(lint(draft, CAPABILITIES[provider])) == ()


@pytest.mark.parametrize("name", ["unknown", "Unknown"])
def test_a_word_that_the_provider_means_something_by_is_no_type_there(name: str) -> None:
    draft = a_draft(reworded(INVOICE, type=name), CONTRACT)
    words = f"LandingAI ADE says “{name}” for what fits no type. Give this one another name."
    assert words in said(draft, LANDING, field="type")
    assert "type" in blocked(draft, LANDING)
    assert words not in said(draft, LOCAL)


def test_an_empty_set_blocks() -> None:
    assert said(Draft()) == ["There is no rule yet. Add one."]
    assert blocked(Draft()) == ["rules"]


def test_a_provider_that_needs_a_connection_blocks_until_there_is_one() -> None:
    draft = a_draft(provider="llamacloud_v2")
    assert said(draft, LLAMA) == [
        "LlamaCloud v2 needs a connection: choose one, or have an admin add it under Settings."
    ]
    assert blocked(draft, LLAMA) == ["provider"]
    assert blocked(replace(draft, connection="some-uid"), LLAMA) == []


def test_a_blank_rule_blocks_without_scolding_its_fields() -> None:
    assert blocked(a_draft(Rule(id="dddddddd"))) == ["rule"]


def test_a_rule_with_a_description_and_no_type_is_told_at_the_type() -> None:
    assert blocked(a_draft(reworded(INVOICE, type=""))) == ["type"]


@pytest.mark.parametrize(
    ("type_name", "label", "value"),
    [
        ("Payment reminder / dunning", "Replace “/” with “-”", "Payment reminder - dunning"),
        ("Prüfbericht", "Write “Prufbericht”", "Prufbericht"),
        ("W-2 (copy)", "Write “W-2 -copy-”", "W-2 -copy-"),
        ("Facture n°", "Replace “°” with “-”", "Facture n-"),
    ],
)
def test_signs_a_provider_refuses_come_with_a_repair(type_name: str, label: str, value: str) -> None:
    draft = a_draft(reworded(INVOICE, type=type_name), connection="some-uid")
    (found,) = lint(draft, LLAMA)
    assert found.sentence == "LlamaCloud v2 takes letters, digits, space, hyphen and underscore."
    assert found.blocks
    assert (found.fix.label, found.fix.value) == (label, value)
    fixed = apply_fix(draft, INVOICE.id, field="type", capabilities=LLAMA)
    assert fixed.rules[0].type == value
    assert lint(fixed, LLAMA) == ()


def test_a_name_in_another_alphabet_is_refused_without_a_repair() -> None:
    (found,) = lint(a_draft(reworded(INVOICE, type="请求书"), connection="x"), LLAMA)
    assert found.blocks
    assert found.fix is None


def test_the_local_engine_takes_any_sign() -> None:
    assert lint(a_draft(reworded(INVOICE, type="Prüfbericht / 検査")), LOCAL) == ()


@pytest.mark.parametrize(("length", "blocks"), [(50, False), (51, True)])
def test_a_type_has_the_length_its_provider_takes(length: int, blocks: bool) -> None:
    draft = a_draft(reworded(INVOICE, type="x" * length), connection="x")
    assert blocked(draft, LLAMA) == ["type"] * blocks


@pytest.mark.parametrize(("length", "blocks"), [(9, True), (10, False), (500, False), (501, True)])
def test_a_description_has_the_length_its_provider_takes(length: int, blocks: bool) -> None:
    draft = a_draft(reworded(INVOICE, description="x" * length), connection="x")
    assert blocked(draft, LLAMA) == ["description"] * blocks


def test_nothing_longer_than_a_version_keeps_is_published_for_anybody() -> None:
    draft = a_draft(reworded(INVOICE, type="x" * 201, description="x" * 2001))
    assert blocked(draft) == ["type", "description"]


def test_a_short_description_is_advised_against() -> None:
    draft = a_draft(reworded(INVOICE, description="Asks for payment."))
    assert said(draft) == ["Short. Name words that a reader could point to."]
    assert blocked(draft) == []


def test_a_missing_description_is_asked_for_but_may_be_missing() -> None:
    draft = a_draft(reworded(INVOICE, description=""))
    assert said(draft) == ["Say what stands on such a document, and what it is not."]
    assert blocked(draft) == []


def test_a_provider_that_ignores_descriptions_gets_no_advice_on_them() -> None:
    draft = a_draft(reworded(INVOICE, description="short"), connection="x")
    assert said(draft, UNSILOED, field="description") == []


def test_a_type_is_listed_once_after_casefold_and_trim() -> None:
    draft = a_draft(INVOICE, REMINDER, reworded(CONTRACT, type="  INVOICE "))
    assert said(draft) == ["Rule 1 has this type already. A type is listed once."]
    (found,) = lint(draft, LOCAL)
    assert (found.rule, found.field, found.blocks) == (CONTRACT.id, "type", True)


def test_letters_are_unique_and_a_click_finds_free_ones() -> None:
    draft = a_draft(INVOICE, reworded(REMINDER, monogram="IN"))
    (found,) = lint(draft, LOCAL)
    assert (found.rule, found.field, found.blocks, found.fix.value) == (REMINDER.id, "monogram", True, "PR")
    assert lint(apply_fix(draft, REMINDER.id, field="monogram", capabilities=LOCAL), LOCAL) == ()


def test_near_equal_descriptions_name_what_they_share() -> None:
    close = reworded(CONTRACT, description=INVOICE.description.replace("total amount", "full amount"))
    assert said(a_draft(INVOICE, REMINDER, close)) == [
        "Close to Contract: both speak of invoice and payment. Say what sets it apart."
    ]


def test_equal_descriptions_are_said_to_be_equal() -> None:
    same = reworded(CONTRACT, description=INVOICE.description.upper())
    assert said(a_draft(INVOICE, same)) == ["The same words as Contract. Say what sets it apart."]


def test_rules_that_mean_the_same_known_type_are_named_to_the_author() -> None:
    draft = a_draft(reworded(INVOICE, type="Bill"), CONTRACT, reworded(REMINDER, type="Tax invoice"))
    (found,) = lint(draft, LOCAL)
    assert found.sentence == "“Bill” and “Tax invoice” both mean invoice: only their own words tell them apart."
    assert (found.rule, found.field, found.blocks) == (INVOICE.id, "type", False)
    assert lint(replace(draft, connection="x"), LLAMA) == ()


def test_one_known_type_meant_with_unequal_certainty_is_left_alone() -> None:
    assert said(a_draft(INVOICE, reworded(REMINDER, type="Supplier invoice"))) == []


def test_rules_without_a_known_type_do_not_mean_the_same() -> None:
    assert said(a_draft(reworded(INVOICE, type="Yellow sheet"), reworded(REMINDER, type="Blue sheet"))) == []


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.key)
def test_no_two_rules_of_a_starter_mean_the_same(starter) -> None:
    draft = Draft.from_json({"rules": starter.draft_rules()})
    assert [sentence for sentence in said(draft) if "both mean" in sentence] == []


def test_a_repair_that_is_not_needed_any_more_changes_nothing() -> None:
    assert apply_fix(a_draft(), INVOICE.id, field="type", capabilities=LLAMA) == a_draft()


@pytest.mark.parametrize(
    ("options", "capabilities", "field", "blocks"),
    [
        ({"mode": "MULTIMODAL"}, LLAMA, "mode", True),
        ({"max_pages": 0}, LOCAL, "max_pages", True),
        ({"max_pages": 5}, UNSILOED, "max_pages", False),
        ({"target_pages": "1-"}, LOCAL, "target_pages", True),
        ({"target_pages": "7-5"}, LOCAL, "target_pages", True),
        ({"target_pages": "0"}, LOCAL, "target_pages", True),
        ({"target_pages": ",".join(["1"] * 101)}, LOCAL, "target_pages", True),
        ({"target_pages": "1,3,5-7"}, LANDING, "target_pages", False),
        ({"lang": "de"}, LANDING, "lang", False),
        ({"lang": "he"}, CAPABILITIES["llamacloud_v1"], "lang", False),
        ({"auto_approve_at": 0.9}, LANDING, "auto_approve_at", False),
        ({"auto_approve_at": 1.5}, LOCAL, "auto_approve_at", True),
    ],
)
def test_options_a_provider_does_not_offer(options, capabilities, field: str, blocks: bool) -> None:
    findings = lint(a_draft(connection="x", **options), capabilities)
    assert [(found.rule, found.field, found.blocks) for found in findings] == [(None, field, blocks)]


def test_reading_pictures_is_left_alone_where_this_machine_can(tmp_path, monkeypatch) -> None:
    install(tmp_path, PRINTS_A_TABLE)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert lint(a_draft(mode="MULTIMODAL"), LOCAL) == ()


def test_without_ocr_it_advises_that_reading_pictures_reads_no_more(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    [found] = lint(a_draft(mode="MULTIMODAL"), LOCAL)
    assert (found.field, found.blocks) == ("mode", False)
    assert found.sentence == "No OCR on this machine: Multimodal reads no more than Fast. Install tesseract-ocr."


def test_options_in_range_are_left_alone() -> None:
    assert lint(a_draft(target_pages="1,3,5-7", max_pages=5, lang="de", auto_approve_at=0.9), LOCAL) == ()
    assert lint(a_draft(connection="x", lang="zh-hant"), CAPABILITIES["llamacloud_v1"]) == ()


def test_findings_stand_in_the_order_of_the_page() -> None:
    draft = a_draft(reworded(INVOICE, description="Short."), Rule(id="dddddddd"), max_pages=0)
    assert [found.rule for found in lint(draft, LOCAL)] == [None, INVOICE.id, "dddddddd"]


rules = st.builds(
    Rule,
    id=st.uuids().map(lambda uid: uid.hex[:8]),
    type=st.text(max_size=60),
    description=st.text(max_size=60),
    monogram=st.sampled_from(["", "AA", "AB"]),
)


@given(st.lists(rules, max_size=6, unique_by=lambda rule: rule.id), st.sampled_from(list(CAPABILITIES)))
def test_no_text_breaks_the_lint_and_every_fix_removes_its_finding(items, provider: str) -> None:
    draft, capabilities = Draft(rules=tuple(items)), CAPABILITIES[provider]
    for found in lint(draft, capabilities):
        if found.fix:
            fixed = apply_fix(draft, found.rule, field=found.field, capabilities=capabilities)
            assert found.sentence not in [
                left.sentence
                for left in lint(fixed, capabilities)
                if (left.rule, left.field) == (found.rule, found.field)
            ]

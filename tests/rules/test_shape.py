"""What a draft looks like in the database, and what it takes in."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.shape import RULES_MAX, TEXT_MAX, Destination, Draft, DraftTooLargeError, Rule, check_size, make_rules
from tests.rules.examples import CONTRACT, INVOICE, a_draft, reworded

any_text = st.text(st.characters(codec=None), max_size=40)


def test_a_draft_survives_the_database_as_json() -> None:
    draft = a_draft(
        provider="llamacloud_v2", mode="MULTIMODAL", lang="de", max_pages=5, target_pages="1,3", auto_approve_at=0.9
    )
    assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft


def test_an_empty_object_is_an_empty_draft() -> None:
    assert Draft.from_json({}) == Draft()


@given(st.lists(st.fixed_dictionaries({"type": any_text, "description": any_text, "monogram": any_text})))
def test_any_text_becomes_rules_that_every_database_stores(items) -> None:
    rules = make_rules(items)
    stored = json.dumps([rule.to_json() for rule in rules], ensure_ascii=False)
    assert "\x00" not in stored
    stored.encode("utf-8")
    assert len({rule.id for rule in rules}) == len(items)
    assert make_rules([rule.to_json() for rule in rules]) == rules


def test_ids_that_are_missing_odd_or_taken_are_given_anew() -> None:
    ids = [rule.id for rule in make_rules([{"id": "aaaaaaaa"}, {"id": "aaaaaaaa"}, {"id": "<script>"}, {}])]
    assert ids[0] == "aaaaaaaa"
    assert len(set(ids)) == 4


def test_a_type_is_one_line_and_a_description_keeps_its_lines() -> None:
    (rule,) = make_rules([{"type": " Credit \n note ", "description": "One.\r\nTwo. "}])
    assert (rule.type, rule.description) == ("Credit note", "One.\nTwo.")


def test_a_text_too_long_to_publish_is_kept_in_the_draft_uncut() -> None:
    (rule,) = make_rules([{"type": "T", "description": "x" * 5000}])
    assert len(rule.description) == 5000


def test_a_draft_that_no_page_could_show_is_refused() -> None:
    with pytest.raises(DraftTooLargeError, match=str(RULES_MAX)):
        check_size(Draft(rules=make_rules([{}] * (RULES_MAX + 1))))
    with pytest.raises(DraftTooLargeError, match="Rule 2"):
        check_size(a_draft(INVOICE, reworded(CONTRACT, description="x" * TEXT_MAX)))


def test_the_digest_is_of_content_and_not_of_ids() -> None:
    written_anew = a_draft(reworded(INVOICE, id="dddddddd"))
    assert written_anew.content_digest == a_draft(INVOICE).content_digest
    assert a_draft(INVOICE, lang="de").content_digest != a_draft(INVOICE).content_digest
    assert a_draft(INVOICE, auto_approve_at=0.5).content_digest != a_draft(INVOICE).content_digest


def test_content_from_before_there_were_fallbacks_keeps_its_digest() -> None:
    content = (
        '{"connection":null,"lang":"en","max_pages":null,"mode":"FAST",'
        '"policy":{"auto_approve_at":null,"hold":false},"provider":"local","provider_options":{},'
        '"rules":[{"description":"","monogram":"BI","type":"Bill"}],"target_pages":""}'
    )
    bill = Draft(rules=(Rule(id="aaaaaaaa", type="Bill", monogram="BI"),))
    assert bill.content_digest == hashlib.sha256(content.encode()).hexdigest()
    assert "fallback" not in bill.to_json()


def test_a_fallback_survives_the_database_and_counts_in_the_digest() -> None:
    draft = a_draft(INVOICE, fallback=Destination("landingai", "some-uid"))
    assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft
    assert draft.content_digest != a_draft(INVOICE).content_digest


@pytest.mark.parametrize("stored", [None, "local", {}, {"provider": "skynet"}])
def test_what_is_no_fallback_is_none(stored) -> None:
    assert Draft.from_json({"fallback": stored}).fallback is None


def test_the_digest_counts_the_order_for_it_is_the_order_of_the_keys() -> None:
    assert a_draft(INVOICE, CONTRACT).content_digest != a_draft(CONTRACT, INVOICE).content_digest


def test_a_blank_monogram_is_the_proposed_one() -> None:
    blank = a_draft(reworded(INVOICE, monogram=""))
    assert blank.content_digest == a_draft(INVOICE).content_digest
    assert blank.with_monograms().rules[0].monogram == "IN"


def test_places_count_from_one() -> None:
    draft = a_draft()
    assert draft.position(INVOICE.id) == 1
    assert draft.position("00000000") is None
    assert draft.find("00000000") is None
    assert Rule(id="00000000").type == ""

"""Two people, one draft: nothing either of them wrote is lost without being asked."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rules import editing, merging
from rules.shape import Destination, Rule
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded

BASE = a_draft()
START = merging.fingerprint(BASE)
HER_INVOICE = reworded(INVOICE, description="Her words about a bill that is to be paid.")
MY_CONTRACT = reworded(CONTRACT, description="My words about an agreement of two parties.")
MY_INVOICE = reworded(INVOICE, description="My words about a bill.")


def suggestions(mine, theirs) -> dict[str, str]:
    return {found.key: found.suggested for found in merging.compare(mine, theirs, base=START)}


def test_each_part_is_suggested_from_the_side_that_changed_it() -> None:
    mine = a_draft(INVOICE, REMINDER, MY_CONTRACT)
    theirs = a_draft(HER_INVOICE, REMINDER, CONTRACT, lang="de")
    assert suggestions(mine, theirs) == {INVOICE.id: "theirs", CONTRACT.id: "mine", "lang": "theirs"}
    merged = merging.merge(mine, theirs, choices=suggestions(mine, theirs))
    assert merged == a_draft(HER_INVOICE, REMINDER, MY_CONTRACT, lang="de")


def test_a_rule_that_both_changed_is_for_a_person_to_choose() -> None:
    mine, theirs = a_draft(MY_INVOICE), a_draft(HER_INVOICE)
    (found,) = (part for part in merging.compare(mine, theirs, base=START) if part.key == INVOICE.id)
    assert found.both_changed
    assert (found.mine, found.theirs) == (MY_INVOICE, HER_INVOICE)
    assert merging.merge(mine, theirs, choices={INVOICE.id: "theirs"}) == theirs
    assert merging.merge(mine, theirs, choices={}) == mine


def test_a_rule_they_added_stands_after_the_one_it_follows_there() -> None:
    hers = Rule(id="dddddddd", type="Receipt")
    theirs = editing.add_rule(BASE, rule=hers, at=1)
    mine = a_draft(INVOICE, REMINDER, MY_CONTRACT)
    assert suggestions(mine, theirs) == {"dddddddd": "theirs", CONTRACT.id: "mine"}
    merged = merging.merge(mine, theirs, choices=suggestions(mine, theirs))
    assert [rule.type for rule in merged.rules] == ["Invoice", "Receipt", "Payment reminder", "Contract"]


def test_a_rule_they_deleted_goes_and_one_i_rewrote_meanwhile_is_asked_about() -> None:
    theirs = editing.delete_rule(BASE, CONTRACT.id)
    assert suggestions(BASE, theirs) == {CONTRACT.id: "theirs"}
    (found,) = merging.compare(a_draft(INVOICE, REMINDER, MY_CONTRACT), theirs, base=START)
    assert (found.suggested, found.both_changed, found.theirs) == ("mine", True, None)
    assert merging.merge(BASE, theirs, choices={CONTRACT.id: "theirs"}) == theirs


def test_an_order_they_changed_is_kept_beside_texts_i_changed() -> None:
    theirs = editing.move_rule(BASE, CONTRACT.id, step=-2)
    mine = a_draft(MY_INVOICE, REMINDER, CONTRACT)
    assert suggestions(mine, theirs) == {INVOICE.id: "mine", "order": "theirs"}
    merged = merging.merge(mine, theirs, choices=suggestions(mine, theirs))
    assert merged == a_draft(CONTRACT, MY_INVOICE, REMINDER)


def test_the_review_policy_is_chosen_as_one() -> None:
    theirs = replace(BASE, auto_approve_at=0.9, hold=True)
    assert suggestions(BASE, theirs) == {"policy": "theirs"}
    assert merging.merge(BASE, theirs, choices={"policy": "theirs"}) == theirs
    assert merging.merge(BASE, theirs, choices={"policy": "mine"}) == BASE


def test_a_provider_is_chosen_with_its_connection_and_options_and_a_fallback_by_itself() -> None:
    theirs = replace(BASE, provider="landingai", connection="uid", provider_options={"model": "m"})
    mine = replace(BASE, fallback=Destination("local"))
    assert suggestions(mine, theirs) == {"destination": "theirs", "fallback": "mine"}
    merged = merging.merge(mine, theirs, choices=suggestions(mine, theirs))
    assert merged == replace(theirs, fallback=Destination("local"))
    assert merging.merge(theirs, mine, choices={"fallback": "theirs"}) == merged


ids = st.lists(st.sampled_from(["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee"]), unique=True)
drafts = st.builds(
    lambda order, words: a_draft(Rule(id="ffffffff")).with_rules(
        Rule(id=rule_id, type=word) for rule_id, word in zip(order, words, strict=False)
    ),
    ids,
    st.lists(st.sampled_from(["one", "two"]), min_size=5, max_size=5),
)


@given(drafts, drafts)
def test_all_of_one_side_gives_that_side(mine, theirs) -> None:
    differences = merging.compare(mine, theirs, base={})
    all_theirs = {found.key: "theirs" for found in differences}
    merged = merging.merge(mine, theirs, choices=all_theirs)
    assert {rule.id: rule for rule in merged.rules} == {rule.id: rule for rule in theirs.rules}
    assert merging.merge(mine, theirs, choices={}) == mine


@given(drafts, drafts, drafts)
def test_nobody_loses_a_rule_that_only_one_side_touched(base, mine, theirs) -> None:
    start = merging.fingerprint(base)
    choices = {found.key: found.suggested for found in merging.compare(mine, theirs, base=start)}
    merged = merging.merge(mine, theirs, choices=choices)
    for rule_id in {rule.id for rule in (*mine.rules, *theirs.rules)}:
        if mine.find(rule_id) == base.find(rule_id):
            assert merged.find(rule_id) == theirs.find(rule_id)
        elif theirs.find(rule_id) == base.find(rule_id):
            assert merged.find(rule_id) == mine.find(rule_id)

"""What the editor shows: cards, the banner, and the parts of a conflict."""

from __future__ import annotations

from rules import cards, merging
from rules.capabilities import CAPABILITIES
from rules.lint import lint
from rules.shape import Draft, Rule
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded

LOCAL, LLAMA = CAPABILITIES["local"], CAPABILITIES["llamacloud_v2"]


def hurdle(draft: Draft, capabilities=LOCAL):
    return cards.find_hurdle(draft, lint(draft, capabilities), capabilities)


def test_a_card_carries_its_place_its_letters_and_its_findings() -> None:
    draft = a_draft(reworded(INVOICE, monogram="", description="Short."), REMINDER)
    one, two = cards.make_cards(draft, lint(draft, LOCAL), LOCAL, open_id=REMINDER.id)
    assert (one.place, one.monogram, one.is_first, one.is_open) == (1, "IN", True, False)
    assert [finding.severity for finding in one.of_description] == ["advises"]
    assert (two.place, two.is_last, two.is_open, two.findings) == (2, True, True, ())


def test_counters_follow_the_provider() -> None:
    draft = a_draft()
    assert cards.make_cards(draft, (), LOCAL)[0].description_most == 2000
    assert cards.make_cards(draft, (), LLAMA)[0].description_most == 500


def test_only_the_local_engine_tells_how_it_reads_a_description() -> None:
    draft = a_draft()
    assert cards.make_cards(draft, (), LOCAL)[0].understanding.wanted
    assert not cards.make_cards(draft, (), LLAMA)[0].understanding


def test_only_the_local_engine_tells_which_known_type_a_rule_means() -> None:
    draft = a_draft(INVOICE, Rule(id="dddddddd"))
    assert cards.make_cards(draft, (), LLAMA)[0].meaning is None
    filled, blank = cards.make_cards(draft, (), LOCAL)
    assert filled.meaning.types == (("invoice", 1.0),)
    assert blank.meaning is None


def test_a_rule_of_few_words_says_little() -> None:
    draft = a_draft(reworded(INVOICE, description="x" * 39), reworded(REMINDER, description="x" * 40))
    assert [card.says_little for card in cards.make_cards(draft, (), LOCAL)] == [True, False]


def test_a_draft_that_can_be_published_has_no_hurdle() -> None:
    assert hurdle(a_draft()) is None


def test_the_banner_names_the_rules_to_fix_and_the_way_out() -> None:
    draft = a_draft(reworded(INVOICE, type="Bill / invoice"), REMINDER, reworded(CONTRACT, type="A+B"))
    found = hurdle(draft, LLAMA)
    assert found.cause == "3 problems block publishing for LlamaCloud v2."
    assert found.step == (
        "Fix rules 1 and 3. LlamaCloud v2 needs a connection: choose one, or have an admin add it under Settings. "
        "Or choose another provider. The draft is saved either way."
    )
    assert not found.is_quiet


def test_a_draft_that_is_only_unfinished_blocks_quietly() -> None:
    assert hurdle(Draft()).is_quiet
    assert hurdle(a_draft(INVOICE, Rule(id="dddddddd"))).is_quiet
    assert not hurdle(a_draft(reworded(INVOICE, type=""))).is_quiet


def test_parts_of_a_conflict_are_told_in_words() -> None:
    mine = a_draft(CONTRACT, INVOICE, lang="de", auto_approve_at=0.9)
    theirs = a_draft(reworded(INVOICE, description="Asks for payment of a bill."), CONTRACT)
    parts = {
        part.key: part for part in cards.make_parts(merging.compare(mine, theirs, base={}), mine=mine, theirs=theirs)
    }
    assert (parts["lang"].label, parts["lang"].mine, parts["lang"].theirs) == ("Language", "German", "English")
    assert (parts["policy"].mine, parts["policy"].theirs) == ("from 90 %", "never")
    assert (parts["order"].mine, parts["order"].theirs) == ("Contract, Invoice", "Invoice, Contract")
    rule = parts[INVOICE.id]
    assert rule.is_rule
    assert "".join(piece.text for piece in rule.pieces if piece.side != "old") == "Asks for payment of a bill."


def test_a_rule_only_one_side_has_is_named_by_its_type() -> None:
    (part,) = cards.make_parts(
        merging.compare(a_draft(), a_draft(INVOICE, REMINDER), base={}), mine=a_draft(), theirs=a_draft(INVOICE)
    )
    assert (part.label, part.mine, part.theirs, part.pieces) == ("Contract", CONTRACT, None, ())


def test_a_rule_is_understood_in_the_language_of_the_preset() -> None:
    german, unknown = (cards.make_cards(a_draft(INVOICE, lang=lang), (), LOCAL)[0] for lang in ("de", "xx"))
    assert german.meaning.types == (("Rechnung", 1.0),)
    assert unknown.meaning.types == (("invoice", 1.0),)

"""A diff that people can read: rules first, word by word, then options."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rules import editing
from rules.diffing import compare, diff_words
from rules.shape import Destination, Draft
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded


def kinds(before, after) -> list[tuple[str, str]]:
    return [(change.kind, change.name) for change in compare(before, after)]


def test_the_same_draft_has_no_changes() -> None:
    assert compare(a_draft(), a_draft()) == ()


def test_added_removed_renamed_and_reworded_rules() -> None:
    before = a_draft()
    after = a_draft(
        reworded(INVOICE, type="Supplier invoice"),
        reworded(CONTRACT, description=CONTRACT.description + " Not a quotation."),
        reworded(REMINDER, id="dddddddd", type="Receipt", description="Paid at a till.", monogram="RE"),
    )
    assert kinds(before, after) == [
        ("renamed", "Supplier invoice"),
        ("reworded", "Contract"),
        ("added", "Receipt"),
        ("removed", "Payment reminder"),
    ]


def test_rewording_is_marked_word_by_word() -> None:
    (change,) = compare(
        a_draft(reworded(INVOICE, description="Asks for payment by a date.")),
        a_draft(reworded(INVOICE, description="Asks for money by a date.")),
    )
    assert [(piece.side, piece.text) for piece in change.pieces] == [
        ("both", "Asks for "),
        ("old", "payment"),
        ("new", "money"),
        ("both", " by a date."),
    ]


@given(st.text(max_size=80), st.text(max_size=80))
def test_both_texts_can_be_read_back_from_the_pieces(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.side != "new") == old
    assert "".join(piece.text for piece in pieces if piece.side != "old") == new


def test_words_next_to_each_other_change_together() -> None:
    pieces = diff_words("Bills we get.", "Bills that are due.")
    assert [(piece.side, piece.text) for piece in pieces] == [
        ("both", "Bills "),
        ("old", "we get"),
        ("new", "that are due"),
        ("both", "."),
    ]


def test_one_rule_moved_up_is_one_move_and_not_three() -> None:
    assert kinds(a_draft(), editing.move_rule(a_draft(), CONTRACT.id, step=-2)) == [("moved", "Contract")]


def test_other_letters_are_a_change_for_people_know_a_type_by_them() -> None:
    (change,) = compare(a_draft(), a_draft(reworded(INVOICE, monogram="BI"), REMINDER, CONTRACT))
    assert (change.kind, change.was, change.now) == ("letters", "IN", "BI")


def test_an_import_gives_new_ids_and_is_still_compared_rule_by_rule() -> None:
    imported = a_draft(*(reworded(rule, id=f"{place:08x}") for place, rule in enumerate(a_draft().rules)))
    assert compare(a_draft(), imported) == ()
    renamed = a_draft(reworded(INVOICE, id="dddddddd", type="Bill"))
    assert kinds(a_draft(INVOICE), renamed) == [("renamed", "Bill")]


def test_options_are_told_in_words() -> None:
    after = replace(a_draft(), provider="unsiloed", lang="de", max_pages=1, target_pages="1-3", auto_approve_at=0.9)
    changes = compare(a_draft(), after)
    assert [(change.name, change.was, change.now) for change in changes] == [
        ("Provider", "Local engine", "Unsiloed"),
        ("Language", "English", "German"),
        ("Read at most", "all pages", "1 page"),
        ("Only pages", "all pages", "1-3"),
        ("Approve by itself", "never", "from 90 %"),
    ]


def test_everything_is_added_when_nothing_was_published() -> None:
    assert kinds(Draft(), a_draft(INVOICE)) == [("added", "Invoice")]


@given(st.permutations(range(6)))
def test_the_moves_named_are_enough_to_explain_the_order(order) -> None:
    rules = tuple(reworded(INVOICE, id=f"{n:08x}", type=f"T{n}", description=f"text {n}") for n in range(6))
    changes = compare(Draft(rules=rules), Draft(rules=tuple(rules[n] for n in order)))
    moved = {change.name for change in changes if change.kind == "moved"}
    stayed = [n for n in order if f"T{n}" not in moved]
    assert stayed == sorted(stayed)
    assert len(moved) < 6


def test_a_connection_and_a_fallback_are_told_by_name() -> None:
    after = a_draft(
        provider="landingai",
        connection="uid-1",
        provider_options={"model": "ade-3", "adds_none": False},
        fallback=Destination("llamacloud_v2", "uid-2"),
    )
    changes = compare(a_draft(), after, names={"uid-1": "LandingAI ADE", "uid-2": "EU"})
    assert [(change.name, change.was, change.now) for change in changes] == [
        ("Provider", "Local engine", "LandingAI ADE"),
        ("Provider options", "none", "model ade-3, without “none of these”"),
        ("If it is down or out of budget", "it waits", "LlamaCloud v2, EU"),
    ]
    (gone, *_rest) = compare(a_draft(), after)
    assert gone.now == "LandingAI ADE, a removed connection"

"""What a rule in plain language is understood as."""

from __future__ import annotations

import pickle

import pytest

from classifyhub.engine import Rule, compile_rules
from classifyhub.engine.linking import EXACT, HEAD, KIND, MENTION, PART, STATED, link_rules
from classifyhub.engine.pack import load_known_types, read_wordings
from classifyhub.engine.phrases import PhraseBook
from classifyhub.engine.rule_text import list_examples, list_items, split_negation
from classifyhub.engine.rules import Standing
from classifyhub.engine.words import STOP, stem, stems, tokenize, worth


def links_of(*rules):
    return [
        dict(found) for found in link_rules([Rule(*rule) if isinstance(rule, tuple) else Rule(rule) for rule in rules])
    ]


@pytest.mark.parametrize(
    ("description", "unwanted"),
    [
        ("A bill. Not a credit note.", " a credit note"),
        ("A bill, but not a receipt or reminder; has a total", " a receipt or reminder"),
        ("Letters except complaints", " complaints"),
        ("Eine Rechnung, keine Mahnung.", " Mahnung"),
        ("A notice of payment", ""),
    ],
)
def test_what_a_document_is_not_ends_with_its_clause(description, unwanted):
    wanted, found = split_negation(description)
    assert found == unwanted
    assert unwanted.strip() == "" or unwanted not in wanted


def test_what_follows_a_negation_is_wanted_again():
    wanted, _ = split_negation("A bill, not a receipt. Shows a due date.")
    assert "due date" in wanted
    assert "receipt" not in wanted


@pytest.mark.parametrize(
    ("description", "examples"),
    [
        ("Proof, such as a till slip or a parking ticket.", {("till", "slip"), ("parking", "ticket")}),
        ("A tax paper like a W-2 or 1099.", {("w", "2"), ("1099",)}),
        (
            "A court paper: complaint, motion, order of the court.",
            {("complaint",), ("motion",), ("order", "of", "the", "court")},
        ),
        ("A plain letter.", set()),
    ],
)
def test_examples_in_a_description_are_names(description, examples):
    assert set(list_examples(description)) == examples


def test_long_items_and_stop_words_are_no_names():
    assert list(list_items("the bill, a very long item that says far too much, or")) == [("bill",)]


def test_a_type_named_by_a_rule_is_found_whatever_its_spelling():
    assert links_of("Purchase Orders")[0]["purchase order"] == EXACT
    assert links_of("purchase_order")[0]["purchase order"] == EXACT
    assert links_of("purchaseOrder")[0]["purchase order"] == EXACT
    assert links_of("Rechnung")[0]["invoice"] == EXACT
    assert links_of("CV")[0]["resume"] == EXACT
    assert links_of("supplier invoice")[0]["invoice"] == HEAD


def test_words_that_mean_other_things_as_well_link_no_rule():
    assert links_of("Order") == [{}]
    assert "bank statement" not in links_of("Witness statement")[0]


def test_the_more_particular_type_wins():
    assert links_of("Employment contract") == [{"employment contract": EXACT}]


def test_a_type_no_office_has_a_name_for_is_linked_to_nothing():
    assert links_of("yellow transfer sheet") == [{}]


def test_a_description_lends_types_only_that_no_other_rule_is_named_after():
    slip, both = (
        ("Shop proof", "It was paid, see for example a till slip."),
        ("Supplier overview", "Lists several, such as an invoice."),
    )
    assert "receipt" in links_of(slip)[0]
    assert "invoice" in links_of(both)[0]
    assert "invoice" not in links_of(both, "Invoice")[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("CVs", "resume"),
        ("CV's", "resume"),
        ("Datasheet", "data sheet"),
        ("Rechnungen", "invoice"),
        ("Eingangsrechnungen", "invoice"),
        ("Lieferscheine", "delivery note"),
        ("Fatture", "invoice"),
        ("Will", "last will"),
        ("Bylaws", "bylaws"),
    ],
)
def test_a_name_is_found_in_the_plural_in_one_word_and_at_the_end_of_a_compound(name, kind):
    assert links_of(name)[0][kind] >= HEAD


def test_a_word_that_stop_words_made_a_name_of_is_none_without_them():
    assert "bylaws" not in {key for key, certainty in links_of("law")[0].items() if certainty >= PART}
    assert links_of("Transcript of a call") == [{}]


def test_a_name_may_list_several_types():
    (found,) = links_of("Invoices and receipts")
    assert found["invoice"] == found["receipt"] == EXACT
    assert links_of("Terms and conditions")[0] == {"terms and conditions": EXACT, "terms of service": KIND}


def test_a_description_that_begins_with_known_types_says_what_a_name_does_not():
    listed = links_of(("Finance", "Invoices, receipts and bank statements"))[0]
    assert [listed[key] for key in ("invoice", "receipt", "bank statement")] == [STATED] * 3
    assert links_of(("Guests", "Passports of all kinds."))[0]["passport"] == STATED
    assert links_of(("Foundation", "Holds receipts and more"))[0]["receipt"] == MENTION
    assert links_of(("Lease", "Receipts for a flat."))[0]["receipt"] == MENTION


def test_a_wider_rule_takes_the_kinds_of_its_type_unless_they_have_a_rule_of_their_own():
    assert links_of("Contract")[0]["lease"] == KIND
    contract, lease = links_of("Contract", "Lease")
    assert "lease" not in contract
    assert lease["lease"] == EXACT


def test_a_rule_takes_what_many_people_mean_the_same_by_unless_another_is_named_after_it():
    assert links_of("Bylaws")[0]["articles of incorporation"] == KIND
    bylaws, articles = links_of("Bylaws", "Articles of incorporation")
    assert "articles of incorporation" not in bylaws
    assert articles == {"articles of incorporation": EXACT}
    recommendation, letter = links_of("Reference letter", "Letter")
    assert recommendation["recommendation letter"] == KIND
    assert "recommendation letter" not in letter


def test_it_takes_it_though_a_description_mentions_it():
    (bylaws,) = links_of(("Bylaws", "Articles of incorporation of a club, its bylaws."))
    assert bylaws["articles of incorporation"] == KIND


@pytest.mark.parametrize(
    ("name", "kind"),
    [("my CV folder", "resume"), ("01 Rechnungen", "invoice"), ("how-tos", "manual"), ("T&Cs", "terms and conditions")],
)
def test_what_things_are_kept_in_says_nothing_of_them(name, kind):
    assert links_of(name)[0][kind] >= HEAD


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Lebensläufe (Bewerber)", "resume"),
        ("01 Rechnungen Eingang", "invoice"),
        ("Kontoauszüge Bank", "bank statement"),
        ("contracts [old]", "contract"),
        ("bills to pay", "invoice"),
        ("invoices from suppliers", "invoice"),
    ],
)
def test_a_remark_does_not_hide_the_noun_before_it(name, kind):
    assert links_of(name)[0][kind] == HEAD


@pytest.mark.parametrize("name", ["notice of termination", "proof of payment", "letter of credit"])
def test_what_follows_a_preposition_is_no_remark_where_all_of_it_is_a_name(name):
    (found,) = links_of(name)
    assert max(found.values()) == EXACT


@pytest.mark.parametrize(
    ("name", "description", "kind"),
    [
        ("Claims", "Complaints and statements of claim filed with a court.", "complaint at court"),
        ("Applications", "CVs and cover letters of candidates.", "resume"),
        ("Policies", "Insurance policies of our customers.", "insurance policy"),
    ],
)
def test_of_one_broad_word_the_description_says_what_is_meant(name, description, kind):
    (found,) = links_of((name, description))
    assert found[kind] == HEAD == max(found.values())


def test_of_any_other_name_it_does_not():
    (found,) = links_of(("Payment reminder", "Invoices that are overdue."))
    assert found["payment reminder"] == EXACT
    assert links_of(("Claims", "What insured people send us."))[0]["insurance claim"] == EXACT


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("CVs people send us.", "resume"),
        ("Somebody's CV with jobs and skills.", "resume"),
        ("Contracts waiting for a signature.", "contract"),
        ("Copies of passports.", "passport"),
        ("发票", "invoice"),
    ],
)
def test_a_description_may_begin_with_more_than_the_type(description, kind):
    assert links_of(("HR - box 4", description))[0][kind] == STATED


@pytest.mark.parametrize("name", ["folder 1", "box A", "misc", "to do"])
def test_a_name_that_says_nothing_is_linked_to_nothing(name):
    assert links_of(name) == [{}]


def test_rules_that_share_a_type_are_judged_by_their_own_words():
    domestic, foreign, letter = compile_rules(
        [Rule("Domestic invoice", "From Germany"), Rule("Foreign invoice", "From abroad"), Rule("Letter")]
    ).targets[:3]
    assert (domestic.standing, foreign.standing, letter.standing) == (Standing.SHARED, Standing.SHARED, Standing.KNOWN)


@pytest.mark.parametrize("description", ["Of the post office, not a purchase order.", "Keine Bestellung."])
def test_what_a_rule_is_wrongly_taken_for_goes_when_its_description_says_so(description):
    assert links_of("PO")[0]["purchase order"] == EXACT
    assert links_of(("PO", description)) == [{}]


def test_with_it_go_the_kinds_it_brought_along():
    assert "lease" not in links_of(("Contract", "Bridge, at the card table; not a contract."))[0]


def test_another_rule_may_then_be_called_so():
    _, order = links_of(("PO", "Not a purchase order."), ("Order", "Also called a purchase order."))
    assert order["purchase order"] == HEAD


def test_a_name_that_several_types_have_takes_no_rule_its_own():
    assert links_of(("Receipt", "Proof of payment, not a bill or an invoice."))[0]["receipt"] == EXACT


@pytest.mark.parametrize(
    "description", ["Also called a till slip or receipt.", "What shops give, i.e. a receipt.", "D. h. Kassenbon."]
)
def test_a_rule_that_nobody_knows_can_say_what_it_is_also_called(description):
    (target,) = compile_rules([Rule("Our yellow thing", description)]).targets
    assert links_of(("Our yellow thing", description))[0]["receipt"] == HEAD
    assert target.standing is Standing.KNOWN


def test_it_takes_nothing_from_a_rule_that_is_named_so():
    yellow, _ = links_of(("Our yellow thing", "Also called a receipt."), "Receipt")
    assert "receipt" not in yellow


def test_what_a_rule_excludes_is_known_by_all_its_names():
    (target,) = compile_rules([Rule("Invoice", "A bill. Not a credit note.")]).targets
    assert {("credit", "note"), ("gutschrift",)} <= set(target.against)


def test_known_types_that_no_rule_means_stand_ready_as_decoys():
    kinds = load_known_types()
    labels = {kinds[place].key for place in compile_rules([Rule("Invoice")]).decoys}
    assert "recipe" in labels
    assert "invoice" not in labels


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ([], "no rules"),
        ([Rule("  ")], "Rule 1 has no type"),
        ([Rule("a"), Rule("b"), Rule(" A ")], "Rule 3 repeats"),
        ([Rule("Straße"), Rule("STRASSE")], "Rule 2 repeats"),
    ],
)
def test_rules_that_cannot_be_told_apart_are_refused(rules, problem):
    with pytest.raises(ValueError, match=problem):
        compile_rules(rules)


def test_rules_are_compiled_once_and_travel():
    rules = [{"type": "Invoice", "description": "A bill"}]
    assert compile_rules(rules) is compile_rules([Rule("Invoice", "A bill")])
    assert pickle.loads(pickle.dumps(compile_rules(rules))) == compile_rules(rules)  # noqa: S301 - our own bytes


def test_every_known_type_has_names_cues_and_a_wider_type_that_exists():
    kinds = load_known_types()
    keys = {kind.key for kind in kinds}
    assert len(keys) == len(kinds) > 60
    for kind, wording in zip(kinds, read_wordings(), strict=True):
        assert kind.names, kind.key
        assert wording.cues or kind.marks, kind.key
        assert not kind.of or kind.of in keys, kind.key


def test_no_cue_of_a_known_type_is_a_single_stop_word():
    alone = [cue for wording in read_wordings() for cue in wording.cues if len(cue) == 1 and cue[0] in STOP]
    assert alone == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Invoices", "invoice"),
        ("parties", "party"),
        ("Boxes", "box"),
        ("Café", "cafe"),
        ("business", "business"),
        ("IBAN", "iban"),
        ("NDAs", "nda"),
        ("W2s", "w2s"),
    ],
)
def test_endings_case_and_accents_are_set_aside(word, expected):
    assert stem(word) == expected


def test_words_keep_their_places_in_the_text():
    text = "Two, words—here"
    assert [text[token.start : token.end] for token in tokenize(text)] == ["Two", "words", "here"]


def test_headings_set_with_spread_letters_are_one_word():
    assert [token.stem for token in tokenize("I N V O I C E no. 5")] == ["invoice", "no", "5"]
    assert stems("plan B C is on") == ("plan", "b", "c", "is", "on")


def test_scripts_without_spaces_are_matched_letter_by_letter():
    book = PhraseBook.of([stems("請求書")])
    assert [found[1:] for found in book.find(stems("御請求書です"))] == [(1, 4)]


def test_the_longest_phrase_wins_and_holds_no_other():
    book = PhraseBook.of([("insurance", "policy"), ("policy",), ("policy", "number")])
    found = [phrase for phrase, _, _ in book.find(["insurance", "policy", "number", "policy"])]
    assert found == [("insurance", "policy"), ("policy",)]


def test_common_words_are_worth_less_and_stop_words_nothing():
    assert worth("the") == 0
    assert 0 < worth("number") < worth("invoice")

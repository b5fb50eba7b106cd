"""Rules that name no known type, understood by what they say."""

from __future__ import annotations

import pytest

from classifyhub.engine import Rule, compile_rules
from classifyhub.engine.embedding import Place, find_made, load, use_encoder
from classifyhub.engine.kinds import load_index
from classifyhub.engine.likening import BY_MEANING, Bounds, encode_types, find_alike, liken
from classifyhub.engine.linking import AKIN, ALIKE, HEAD, MENTION, leaves_doubt
from classifyhub.engine.pack import load_known_types
from classifyhub.engine.paraphrases import load_paraphrases
from classifyhub.engine.rules import Standing

HOURS = Rule("grey folder", "Who worked how many hours on which day.")
QUITTERS = Rule("farewells", "Staff who hand in their notice.")
BEES = Rule("Hive jottings", "What a beekeeper notes about each colony: queen seen, brood, honey, mites, feeding.")
NEW_CLIENTS = Rule("new clients bank", "Papers somebody fills in who becomes a customer of a bank.")


@pytest.fixture
def _encoder(models, _forgotten_encoder):
    use_encoder(lambda: Place(models))


def links_of(*rules):
    """The links of the first rule by the names of the types."""
    target = compile_rules(rules).targets[0]
    return {load_index().kinds[place].key: certainty for place, certainty in target.links}


def test_every_known_type_is_said_in_other_words():
    assert load_paraphrases().keys() == {kind.key for kind in load_known_types()}


def test_without_an_encoder_the_words_have_to_be_much_the_same():
    assert links_of(HOURS) == {"timesheet": ALIKE}
    assert "resignation letter" not in links_of(QUITTERS)


@pytest.mark.usefixtures("_encoder")
def test_with_an_encoder_the_meaning_is_enough():
    assert links_of(QUITTERS)["resignation letter"] == ALIKE
    assert links_of(HOURS)["timesheet"] == ALIKE


@pytest.mark.usefixtures("_encoder")
def test_what_no_office_has_a_name_for_stays_unknown():
    assert links_of(BEES) == {}
    assert links_of(Rule("Peter", "Everything that Peter prints.")) == {}


@pytest.mark.usefixtures("_encoder")
def test_a_word_of_the_name_that_means_something_else_gives_way():
    links = links_of(NEW_CLIENTS)
    assert links["account opening form"] == ALIKE
    assert links["news article"] == MENTION


@pytest.mark.usefixtures("_encoder")
def test_kin_of_what_is_clearly_meant_count_a_little_unless_another_rule_is_named_after_them():
    cargo = Rule("blue tray", "It accompanies cargo on a lorry, ship, train or aeroplane.")
    links = links_of(cargo)
    assert links["transport document"] == ALIKE
    assert links["bill of lading"] == AKIN
    assert "bill of lading" not in links_of(cargo, Rule("Bill of lading"))


@pytest.mark.usefixtures("_encoder")
def test_what_is_hardly_alike_counts_as_a_mention_and_leaves_the_rule_unknown():
    twice = Rule("billing", "Customer asks why they were charged twice.")
    assert links_of(twice)["debit note"] == MENTION
    assert compile_rules([twice]).targets[0].standing is Standing.UNKNOWN


@pytest.mark.usefixtures("_encoder")
def test_a_type_that_another_rule_is_named_after_is_left_to_it():
    assert "timesheet" not in links_of(HOURS, Rule("Timesheet"))


def test_the_vectors_of_the_types_are_kept_with_the_model_and_made_anew_when_they_cannot_be_read(models):
    encoder = load(find_made(models))
    [kept] = encode_and_list(encoder)
    made = kept.read_bytes()
    kept.write_bytes(made[:100])
    assert encode_and_list(encoder) == [kept]
    assert kept.read_bytes() == made


def encode_and_list(encoder):
    encode_types.cache_clear()
    assert encode_types(encoder).shape == (len(load_paraphrases()), 384)
    return list(encoder.folder.glob("types-*"))


def test_a_rule_that_says_next_to_nothing_is_like_nothing():
    assert liken(Rule("grey folder"), None) == {}
    assert liken(Rule("grey folder", "all of it"), None) == {}


def test_what_a_rule_excludes_is_not_what_it_is_like():
    without = liken(
        Rule("grey folder", "Notes about machines in the workshop, not who worked how many hours on which day."), None
    )
    assert without["timesheet"] < liken(HOURS, None)["timesheet"]


def test_two_types_that_have_nothing_in_common_and_are_as_near_leave_it_open():
    bounds = Bounds(least=0.3, lead=0.1, sure=0.5)
    assert find_alike({"timesheet": 0.5, "menu": 0.45}, bounds) == []
    assert find_alike({"timesheet": 0.5, "menu": 0.35}, bounds) == ["timesheet"]
    assert find_alike({"timesheet": 0.29, "menu": 0.1}, bounds) == []
    assert find_alike({}, bounds) == []


def test_kin_that_are_as_near_are_meant_as_well():
    likeness = {"lease": 0.5, "contract": 0.49, "menu": 0.2}
    assert find_alike(likeness, BY_MEANING) == ["lease", "contract"]


def test_only_rules_that_hardly_name_a_type_ask_for_an_encoder():
    assert leaves_doubt([HOURS])
    assert leaves_doubt([NEW_CLIENTS])
    assert not leaves_doubt([Rule("Supplier invoice"), Rule("CV")])
    assert HEAD > ALIKE > MENTION > AKIN > 0

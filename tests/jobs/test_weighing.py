"""What moved an answer, drawn: to scale, apart by side, and always the whole sum."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import weighing
from jobs.models import Result
from rules.models import PresetVersion

VERSION = PresetVersion(rules=[{"type": "Invoice"}, {"type": "Letter"}], lang="en")


def weigh(*parts: tuple[str, float], version: PresetVersion = VERSION) -> weighing.Weighing:
    result = Result(type="Invoice", contributions=[{"name": name, "value": value} for name, value in parts])
    found = weighing.weigh(result, version)
    assert found is not None
    return found


def words_of(side: weighing.Side) -> list[str]:
    return [weight.words for weight in side.shown]


def test_what_speaks_for_it_stands_apart_from_what_speaks_against_it_the_largest_first():
    found = weigh(("Words of the rule", 1.0), ("Named among what it is not", -0.5), ("Title names the type", 2.0))
    assert words_of(found.speaks_for) == ["Title names the type", "Words of the rule"]
    assert words_of(found.speaks_against) == ["Named among what it is not"]
    assert [weight.figure for weight in found.speaks_against.shown] == ["−0.5"]  # noqa: RUF001 - a minus is meant


def test_bars_go_right_for_and_left_against_on_one_axis_that_fills_the_width():
    found = weigh(("For", 3.0), ("Less for", 1.5), ("Against", -1.0))
    largest, less = (weight.bar for weight in found.speaks_for.shown)
    [against] = (weight.bar for weight in found.speaks_against.shown)
    assert largest.axis == less.axis == against.axis == 28
    assert (largest.x, largest.width) == (28, 84)
    assert (less.x, less.width) == (28, 42)
    assert (against.x, against.width) == (0, 28)


def test_with_nothing_against_it_the_axis_stands_at_the_left_edge():
    [weight] = weigh(("For", 3.0), ("Before reading", -2.0)).speaks_for.shown
    assert weight.bar == weighing.Bar(axis=0, x=0, width=weighing.BAR_WIDTH)


def test_small_numbers_are_folded_together_and_stand_in_one_line_with_their_sum():
    side = weigh(*((f"Part {n}", n / 10) for n in range(1, 8))).speaks_for
    assert words_of(side) == ["Part 7", "Part 6", "Part 5"]
    assert [weight.words for weight in side.folded] == ["Part 4", "Part 3", "Part 2", "Part 1"]
    assert side.rest.figure == "+1.0"


def test_a_single_small_number_is_not_folded():
    side = weigh(*((f"Part {n}", float(n)) for n in range(1, 5))).speaks_for
    assert len(side.shown) == 4
    assert side.rest is None


def test_what_rounds_to_nothing_is_folded_even_where_there_is_room():
    side = weigh(("Large", 2.0), ("Tiny", 0.04), ("Tinier", 0.01)).speaks_for
    assert words_of(side) == ["Large"]
    assert len(side.folded) == 2


def test_caution_counts_but_is_not_drawn_as_something_the_document_says():
    found = weigh(("Title names the type", 2.0), ("Before reading", -2.4), ("Never quite certain", -0.5))
    assert found.speaks_against.shown == ()
    assert found.caution.rest.value == pytest.approx(-2.9)
    assert {weight.bar for weight in (*found.caution.folded, found.caution.rest)} == {None}


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=15))
def test_nothing_is_left_out_of_the_sum(values):
    found = weigh(*((name, value) for name, value in zip([*weighing.WORDS, *"abc"], values, strict=False)))
    kept = values[: len(weighing.WORDS) + 3]
    sides = (found.speaks_for, found.speaks_against, found.caution)
    shown = [weight.value for side in sides for weight in (*side.shown, *side.folded)]
    assert sorted(shown) == sorted(kept)
    assert math.isclose(found.total, math.fsum(kept), abs_tol=1e-9)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=15))
def test_every_bar_lies_within_its_image(values):
    found = weigh(*((f"Part {place}", value) for place, value in enumerate(values)))
    for side in (found.speaks_for, found.speaks_against):
        for weight in (*side.shown, *side.folded, *([side.rest] if side.rest else [])):
            assert weight.bar.x >= -0.1
            assert weight.bar.x + weight.bar.width <= weighing.BAR_WIDTH + 0.1


def test_a_provider_that_gives_no_numbers_has_nothing_to_draw():
    assert weighing.weigh(Result(contributions=[]), VERSION) is None
    assert weighing.weigh(None, VERSION) is None


@pytest.mark.parametrize(
    ("name", "lang", "words"),
    [
        ("Ahead of Letter", "de", "Ahead of Letter"),
        ("Behind invoice", "de", "Behind Rechnung, which has no rule"),
        ("Ahead of invoice", "en", "Ahead of invoice, which has no rule"),
        ("Behind invoice", "xx", "Behind invoice, which has no rule"),
        ("Reads like passport, which no rule asks for", "fr", "Reads like passeport, which no rule asks for"),
        ("Like documents decided as Letter", "de", "Like documents decided as Letter"),
        ("Something the engine learned since", "de", "Something the engine learned since"),
    ],
)
def test_a_known_type_is_named_in_the_language_of_the_preset_and_a_rule_as_it_was_written(name, lang, words):
    assert weighing.tell(name, types={"Invoice", "Letter"}, lang=lang) == words


class TestTheRunnerUp:
    SCORES = ({"type": "Invoice", "score": 0.97}, {"type": "Letter", "score": 0.02}, {"type": "Memo", "score": 0.3})

    def test_it_is_the_best_other_type_with_its_distance_in_points(self):
        found = weighing.runner_up(Result(type="Invoice", candidates=list(self.SCORES)), {"Memo": "ME"})
        assert found == weighing.RunnerUp("Memo", "ME", 0.3, 67)

    def test_beside_no_match_it_is_the_nearest_of_all(self):
        found = weighing.runner_up(Result(type=None, candidates=list(self.SCORES)), {})
        assert (found.type, found.points) == ("Invoice", None)

    def test_a_single_rule_has_none(self):
        assert weighing.runner_up(Result(type="Invoice", candidates=[self.SCORES[0]]), {}) is None
        assert weighing.runner_up(None, {}) is None

"""What each figure is, on answers few enough to count by hand."""

from __future__ import annotations

import math

import pytest

from classifyhub.bench.engine import scores
from classifyhub.bench.engine.scores import Said

UNREAD = Said("memo", None, None, None, 0.0, is_answered=False)


def said(truth, answer, confidence=0.9, *, best=None, score=0.5):
    return Said(truth, answer, confidence, best or answer, score)


MIXED = [
    said("memo", "memo"),
    said("memo", "plan"),
    said("plan", "plan"),
    said(None, None, best="memo"),
    said(None, "memo"),
]


def test_accuracy_counts_no_match_and_an_unread_document_is_wrong():
    assert scores.accuracy(MIXED) == 3 / 5
    assert scores.accuracy([*MIXED, UNREAD]) == 3 / 6
    assert scores.accuracy([Said(None, None, None, None, 0.0, is_answered=False)]) == 0.0


def test_top_1_looks_past_the_threshold_and_at_typed_documents_only():
    assert scores.top1([*MIXED, said("plan", None, best="plan")]) == 3 / 4


def test_macro_f1_is_the_mean_over_types_no_match_being_one():
    memo, plan, nothing = 2 * 1 / (2 + 2), 2 * 1 / (2 + 1), 2 * 1 / (1 + 2)
    assert scores.macro_f1(MIXED) == pytest.approx((memo + plan + nothing) / 3)


def test_macro_f1_of_a_type_that_is_never_right_is_nothing():
    assert scores.macro_f1([said("memo", "plan")]) == 0.0


def test_null_recall_is_the_share_of_fitting_nothing_that_was_said_to():
    assert scores.null_recall(MIXED) == 1 / 2


def test_auroc_is_the_share_of_pairs_in_the_right_order_with_halves_for_ties():
    typed = [said("memo", "memo", score=0.9), said("memo", "memo", score=0.4)]
    others = [said(None, None, score=0.4), said(None, None, score=0.1)]
    assert scores.auroc([*typed, *others]) == 3.5 / 4


def test_auroc_puts_the_unread_where_they_do_most_harm():
    null = Said(None, None, None, None, 0.0, is_answered=False)
    assert scores.auroc([UNREAD, said(None, None, score=0.0)]) == 0.0
    assert scores.auroc([said("memo", "memo", score=1.0), null]) == 0.0


@pytest.mark.parametrize("figure", [scores.accuracy, scores.top1, scores.auroc, scores.ece, scores.ece_noise])
def test_of_nothing_there_is_no_figure(figure):
    assert figure([]) is None


SURE = [said("memo", "memo", 0.9), said("memo", "plan", 0.9), said("memo", "memo", 0.5), UNREAD]


def test_ece_is_how_far_confidence_lies_from_truth_bin_by_bin():
    of_nine_tenths, of_a_half = abs(0.9 - 1 + 0.9 - 0), abs(0.5 - 1)
    assert scores.ece(SURE) == pytest.approx((of_nine_tenths + of_a_half) / 3)


def test_there_are_fifteen_bins():
    assert scores.ece([said("memo", "memo", 0.86), said("memo", "plan", 0.87)]) == pytest.approx((0.14 + 0.87) / 2)
    assert scores.ece([said("memo", "memo", 0.87), said("memo", "plan", 0.93)]) == pytest.approx((0.93 - 0.13) / 2)


def test_noise_is_what_honest_confidences_would_show():
    assert scores.ece_noise([said("memo", "memo", 1.0)]) == 0.0
    assert scores.ece_noise([said("memo", "memo", 0.5)]) == 0.5
    many = scores.ece_noise([said("memo", "memo", 0.8)] * 2_000)
    assert many == pytest.approx(0.8 * math.sqrt(2 / math.pi * 0.25 / 2_000), abs=0.003)  # |mean error| of a coin


def test_brier_and_log_loss_look_at_each_answer():
    assert scores.brier(SURE) == pytest.approx((0.1**2 + 0.9**2 + 0.5**2) / 3)
    assert scores.log_loss(SURE) == pytest.approx(-(math.log(0.9) + math.log(0.1) + math.log(0.5)) / 3)


def test_a_wrong_certainty_costs_much_and_not_everything():
    assert scores.log_loss([said("memo", "plan", 1.0)]) == pytest.approx(-math.log(1e-6))


def answers(*pairs):
    """Answers by confidence and whether they are right; a ``None`` in place of a type is a right "no match"."""
    return [said("memo" if right else "plan", "memo", sure) for sure, right in pairs]


@pytest.mark.parametrize(
    ("pairs", "threshold"),
    [
        ([(0.9, True), (0.8, True), (0.7, False)], 0.8),
        ([(0.9, True), (0.8, True), (0.8, False)], 0.9),
        ([(0.9, False), (0.8, True)], None),
        ([], None),
    ],
)
def test_the_threshold_is_the_lowest_that_keeps_the_precision(pairs, threshold):
    assert scores.find_threshold(answers(*pairs)) == threshold


def test_a_lower_precision_may_be_reached_again_further_down():
    assert scores.find_threshold(answers((0.9, False), (0.8, True), (0.7, True), (0.6, True)), precision=0.75) == 0.6


FOLDS = [answers((0.9, True), (0.6, False)), [*answers((0.8, True)), said(None, None, 0.95)]]


def test_each_fold_passes_by_the_threshold_of_the_others():
    assert scores.straight_through(FOLDS) == (1 / 4, 1.0)  # 0.9 by 0.8; 0.8 stays below 0.9, and no match has no type
    assert scores.coverage(FOLDS) == (2 / 4, 1.0)


def test_a_threshold_of_others_may_let_wrong_ones_pass():
    assert scores.straight_through([answers((0.9, False)), answers((0.5, True))]) == (1 / 2, 0.0)


def test_nothing_passes_where_the_others_have_no_threshold():
    assert scores.straight_through([answers((0.9, True)), answers((0.9, False))]) == (1 / 2, 0.0)
    assert scores.straight_through([[], []]) == (None, None)


def test_the_range_of_a_share_is_wilsons():
    low, high = scores.range_of_share(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert scores.range_of_share(0, 0) is None


def test_a_row_holds_every_figure_and_no_more_digits_than_are_worth_keeping():
    row = scores.measure_folds([MIXED[:3], MIXED[3:]])
    assert row["documents"] == 5
    assert row["accuracy"] == 0.6
    assert row["macro-F1"] == 0.6111
    assert {*scores.FIGURES, "coverage", "coverage, right", "straight through, right", "accuracy, 95 %"} <= row.keys()

"""How often a picture is read, and how: once where that is enough, once more where it can help."""

from __future__ import annotations

import pytest
from PIL import Image

from classifyhub.engine.ocr.recognising import recognise
from classifyhub.engine.ocr.shapes import OcrFailure, SmallPrint, Token

PAPER = Image.new("L", (1500, 1000), 255)
PHOTOGRAPH = Image.new("L", (1500, 1000), 120)


def words(confidence, *, count=20, letter_width=12):
    """A line of words of five letters each."""
    width = 5 * letter_width
    return [[Token("words", (number * 70, 40, number * 70 + width, 60), confidence) for number in range(count)]]


class Scripted:
    """An engine that gives one answer after the other, and notes what it was asked."""

    name, missing = "scripted", ""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def read(self, image, *, seconds, uneven=False, refuses_small=False):
        self.asked.append((image.size, uneven))
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer
        return answer


def read(image, *answers):
    engine = Scripted(*answers)
    found = recognise(engine, image, seconds=20)
    assert engine.answers == []
    return found, engine.asked


@pytest.mark.parametrize("confidence", [0.9, 0.65], ids=["sure", "as good as it gets"])
def test_a_page_is_read_once(confidence):
    found, asked = read(PAPER, words(confidence))
    assert asked == [((1500, 1000), False)]
    assert (found.turn, found.size) == (0, (1500, 1000))


def test_a_photograph_is_read_as_one_from_the_start():
    _, asked = read(PHOTOGRAPH, words(0.5))
    assert asked == [((1500, 1000), True)]


def test_a_page_on_its_head_is_turned():
    found, asked = read(PAPER, words(0.2), words(0.9))
    assert len(asked) == 2
    assert (found.turn, found.confidence) == (180, pytest.approx(0.9))


def test_what_is_no_better_turned_stays_as_it_was_and_gets_more_care():
    found, asked = read(PAPER, words(0.3), words(0.1), words(0.8))
    assert [uneven for _, uneven in asked] == [False, False, True]
    assert (found.turn, found.confidence) == (0, pytest.approx(0.8))


def test_small_print_that_is_seen_before_it_is_read_is_read_larger_and_only_that():
    found, asked = read(PAPER, SmallPrint, words(0.7, letter_width=6))
    assert asked == [((1500, 1000), False), ((3000, 2000), True)]
    assert found.size == (3000, 2000)


def test_small_print_that_was_read_badly_is_read_larger():
    found, asked = read(PAPER, words(0.7, letter_width=6), words(0.9))
    assert asked[1] == ((3000, 2000), True)
    assert (found.size, found.confidence) == ((3000, 2000), pytest.approx(0.9))


def test_a_page_with_hardly_a_letter_is_read_again_as_a_photograph():
    found, asked = read(PAPER, words(0.95, count=2), words(0.9))
    assert asked == [((1500, 1000), False), ((1500, 1000), True)]
    assert len(found.tokens) == 20


def test_of_two_readings_the_one_counts_that_is_sure_of_more():
    found, _ = read(PAPER, words(0.9, count=3), words(0.95, count=2))
    assert len(found.tokens) == 3


def test_a_second_reading_that_fails_costs_nothing():
    found, _ = read(PAPER, words(0.5), OcrFailure)
    assert found.confidence == pytest.approx(0.5)


def test_a_first_reading_that_fails_is_said():
    with pytest.raises(OcrFailure):
        read(PAPER, OcrFailure)

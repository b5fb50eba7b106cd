"""Amounts at the ends of lines, and whether they add up."""

from __future__ import annotations

import pytest

from classifyhub.engine.amounts import adds_up, ends_in_price, ends_in_whole_price


@pytest.mark.parametrize("line", ["Bread 2.40", "Brot 2,40 €", "Käse 3,05 B", "Rent 1.205,00", "Total $ 12.00-"])
def test_a_line_ends_in_an_amount(line):
    assert ends_in_price(line)


@pytest.mark.parametrize("line", ["2.40", "Bread", "Page 12", "Version 2.4", "2.40 for bread", "12.03.2024"])
def test_another_line_does_not(line):
    assert not ends_in_price(line)


@pytest.mark.parametrize(("line", "is_one"), [("Phở 45.000", True), ("茶 ¥500", True), ("Tea 500", False)])
def test_money_without_hundredths_is_known_by_its_thousands_or_its_sign(line, is_one):
    assert ends_in_whole_price(line) == is_one


@pytest.mark.parametrize(
    "text",
    [
        "Bread 2.40\nMilk 1.19\nTotal 3.59",
        "Shop\n2,40\n1,19\n3,59 €\n12.03.2024",
        "茶 ¥500\n飯 ¥1,000\n¥1,500\n¥2,000",
        "Rent 1.205,00\nWater 44,50\nPaid\n1.249,50",
    ],
    ids=["words", "bare amounts", "no hundredths", "thousands"],
)
def test_a_sum_is_found(text):
    assert adds_up(text.splitlines())


@pytest.mark.parametrize(
    "text",
    ["", "Soup 4.00\nBread 2.00\nFish 12.00", "Bread 2.40\nTotal 2.40", "Free 0.00\nAlso free 0.00\nTotal 0.00"],
    ids=["nothing", "a list of prices", "one amount", "nothing to pay"],
)
def test_where_there_is_none_none_is_found(text):
    assert not adds_up(text.splitlines())

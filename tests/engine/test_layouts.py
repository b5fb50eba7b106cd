"""What the lines of a page look like, whatever their language."""

from __future__ import annotations

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from classifyhub.engine.kinds import load_index
from classifyhub.engine.layouts import LAYOUTS, find_layouts
from classifyhub.engine.matching import merge_pages, scan_page
from tests.engine.documents import make_reading

TILL = "Kiosk am Tor\nBrot 2,40\nMilch 1,19\nKäse 3,05 B\nBetrag 6,64\n12.03.2024 14:05"
CARD = "Corner Shop\nBread 2.40\nMilk 1.19\nTotal 3.59\nVISA ************4711"
CAREER = "Lampist 2011 – 2015\nKustosz 03/2015 - 06/2019\nDyrektor 2019 – obecnie"
ACCOUNT = "\n".join(f"{day:02}/04 Transfer {day} {day}9.00" for day in range(1, 6))
PLEDGES = "\n".join(f"{number}.{part} Each side keeps its word." for number in (1, 2) for part in (1, 2, 3))
SAID = "\n".join(f"Q. Where were you?\nA. At home, {number} times." for number in range(6))

OWED = "Advice 450.00\nA letter 120.00\nTogether 570.00\nto IBAN GB29 NWBK 6016 1331 9268 19"
FADED = "Crnr Shp\nBrd 2.40\nMlk 1.19\n3.59\n10.00\n6.41"

EXAMPLES = {
    "@added": [FADED],
    "@bill": [OWED],
    "@blanks": ["Name ______ Born ______\nTown ______ Street ______ Day ______", "☐ a ☐ b ☐ c [ ] d [ ] e"],
    "@cited": ["As shown [1], then [2, 3], [4–6] and others [7] [8].", "(Moss, 1999) (Fern 2001) " * 3],
    "@clauses": [PLEDGES, "§ 1 a\n§ 2 b\n§ 3 c\n§ 4 d\n§ 5 e"],
    "@contact": ["Ada Example\nada@example.org | +49 30 1234567", "Jo Doe\nWriter\njo@example.org\nlinkedin.com/in/jo"],
    "@dated": [CAREER],
    "@doses": ["5 mg in the morning, 120 mmHg, 4.1 mmol/l", "10mg\n20 mcg\n72 bpm"],
    "@ledger": [ACCOUNT],
    "@priced": ["a 1.00\nb 2.00 €\nc $3.00\nd 4,00 A\ne 1.205,00"],
    "@questions": ["Who? \nWhat?\nWhy?\nWhen?\nWhere?"],
    "@steps": [
        "1. Open it\nwith care\n2. Look\n3. Wait\n4. Turn\n5. Close",
        "Step 1: a\nStep 2: b\nStep 3: c\nStep 4: d\n5) e",
    ],
    "@till": [TILL, CARD],
    "@turns": [SAID],
    "@versions": [
        "Kettle 2.1.0 - 2024-05-03\n- Added a lid\n## 2.0.4 (2023-01-09)\n* Fixed the spout\n* Removed rust",
        "v1.4\n- fix lid\n- add spout\n- net: avoid leaks\n- drop rust\n- bump water",
        "kettle (1.4-2) sid; urgency=a\n  * New spout.\n  * Fix lid.\nkettle (1.4-1) sid; urgency=a\n  * Drop rust.",
    ],
}
PLAIN = [
    "",
    "The hedge grew by a hand this spring, and in 1999 it was cut.\nWe paid 12.50 for it. Was it worth it?",
    "The years 1998 and 2001, pages 12-19, at 5 miles per hour, call 030 1234567.",
    "1. First\n2. Second\nand so on",
    "12.50\n13.50\n14.50\n15.50\n16.50\n17.50",
]


@pytest.mark.parametrize(("mark", "text"), [(mark, text) for mark, texts in EXAMPLES.items() for text in texts])
def test_a_layout_is_seen(mark, text):
    assert mark in find_layouts(text)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_has_none(text):
    assert find_layouts(text) == frozenset()


def test_each_layout_has_an_example_and_a_type():
    assert EXAMPLES.keys() == LAYOUTS.keys() <= load_index().marks.keys()


@pytest.mark.parametrize(
    "text",
    [
        TILL.replace("12.03.2024 14:05", ""),
        TILL.replace("\n", " and a good deal more on the same line "),
        "12.03.2024 14:05\nOpen the door\nthen close it",
    ],
    ids=["no time of day", "long lines", "no prices"],
)
def test_not_every_list_of_prices_is_a_till_slip(text):
    assert "@till" not in find_layouts(text)


@pytest.mark.parametrize("text", [OWED.replace("570", "580"), OWED.replace("IBAN GB29 NWBK 6016 1331 9268 19", "us")])
def test_a_bill_adds_up_and_says_where_to_pay(text):
    assert "@bill" not in find_layouts(text)


def test_a_slip_of_which_no_word_can_be_read_is_a_receipt():
    rules = compile_rules([Rule(name) for name in ("Invoice", "Receipt", "Bank statement", "Menu")])
    assert classify(make_reading(FADED), rules).type == "Receipt"


def test_a_till_slip_may_count_in_money_without_hundredths():
    slip = "Quán Tre\nPhở 45.000\nTrà 10.000\nCơm 55.000\n12/03/2024 14:05"
    assert "@till" in find_layouts(slip)
    assert "@till" not in find_layouts(slip.replace(".000", ""))


@pytest.mark.parametrize(
    "text",
    [
        "2.1 Scope\n- Added value\n- Address\n2.2 Fees\n- Fixed fees\n- Removed goods\n- Changed prices",
        "12.50\n14.20\n- new\n- used\n- fixed",
        "Version 3 of this plan\n- Add water\n- Remove the lid",
    ],
)
def test_not_every_number_with_a_point_is_a_version(text):
    assert "@versions" not in find_layouts(text)


def test_the_head_of_a_mail_is_not_how_to_reach_somebody():
    assert "@contact" not in find_layouts("Ada Example\nFrom: ada@example.org\nTo: jo@example.org\n+49 30 1234567")


def test_the_first_pages_count_for_the_whole():
    texts = ["A title", "x", "y", PLEDGES, SAID]
    pages = make_reading(*texts).pages
    none = compile_rules([Rule("Anything")])
    found = merge_pages([scan_page(page, none, marks=find_layouts(page.text)) for page in pages])
    assert found.marks & LAYOUTS.keys() == {"@clauses"}


def test_a_till_slip_that_does_not_say_so_is_a_receipt():
    answer = classify(make_reading(TILL), compile_rules([Rule("Receipt"), Rule("Letter"), Rule("Manual")]))
    assert answer.type == "Receipt"
    assert LAYOUTS["@till"].words in answer.reasoning
    assert any(part.name == "Layout of its lines" and part.value > 0 for part in answer.contributions)


@pytest.mark.parametrize(
    "text", ["9" * 100_000, "1." * 50_000, "a " * 50_000, "(" * 100_000, "_ " * 50_000, "1 - " * 30_000]
)
def test_no_text_takes_long(text):
    find_layouts(text)

"""Files that hold several documents, and documents of several pages, which must stay whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifyhub.engine import Page, Reading, Rule, Word, classify, compile_rules, lay_out, list_lessons
from classifyhub.engine.marks import find_marks
from classifyhub.engine.matching import scan_page
from classifyhub.engine.memory import Entry, Memory, profile_reading
from classifyhub.engine.packets.borders import find_borders
from classifyhub.engine.packets.cues import AGAINST, FOR, measure
from classifyhub.engine.packets.numbering import Stated, find_bare, find_stated
from classifyhub.engine.packets.profiles import make_profile
from classifyhub.engine.packets.splitting import SPLIT_AT
from classifyhub.engine.packets.weights import BORDER_WEIGHTS
from tests.engine.documents import make_reading

RULES = (
    Rule("invoice", "A bill a supplier sends us: invoice number, date and the amount due."),
    Rule("resume", "A person's CV: work experience, education, skills."),
    Rule("contract", "An agreement between two or more parties with terms and clauses."),
    Rule("bank statement", "A list of a bank account's movements with opening and closing balance."),
    Rule("tax form", "A form of the tax office, filled in."),
)
RULESET = compile_rules(RULES)

INVOICE = (
    "Harbour Paints\nINVOICE\nInvoice number: 4711-0815\nInvoice date: 3 May 2024\nBill to: Mill Lane Stores\n"
    "Brushes 12.00\nRollers 31.50\nPrimer, ten litres 88.00\nPage 1 of 2"
)
INVOICE_GOES_ON = (
    "Harbour Paints\nInvoice number: 4711-0815\nVarnish 19.90\nLadders 140.00\n"
    "Subtotal 291.40\nAmount due: 346.77\nPage 2 of 2"
)
STATEMENT = (
    "Northern Savings Bank\nBANK STATEMENT\nAccount number: 55 1234 9876\nStatement period: April\n"
    "Opening balance 1,204.11\nDate Description Withdrawals Deposits Balance\n02/04 Salary 2,100.00 3,304.11\n1"
)
STATEMENT_GOES_ON = (
    "Northern Savings Bank\nAccount number: 55 1234 9876\n09/04 Transfer, invoice 4711-0815, Harbour Paints 346.77\n"
    "11/04 Invoice date 3 April, amount due, bill to Mill Lane 96.00\nInvoice number 12 due date 30 April 14.00\n2"
)
RESUME = "CURRICULUM VITAE\nAda Example\nWork experience\nKeeper of lighthouses\nEducation\nSkills\nReferences"
GARDEN = "The hedge grew by a hand this spring.\nWe watered the tulips twice, and it rained in the night after."
FORM = (
    "Form {0}\nDepartment of the Treasury Internal Revenue Service\nOMB No. 1545-0008\nRecipient's name and address\n"
    "Copy B for the recipient\nFederal income tax withheld\nDo not file {0} with the Social Security Administration"
)


def answer_to(*texts, media_type="application/pdf", ruleset=RULESET):
    return classify(make_reading(*texts, media_type=media_type), ruleset)


def documents_of(answer):
    return [(page.page, page.document, page.type) for page in answer.pages]


def profiles_of(*texts):
    reading = make_reading(*texts)
    return [make_profile(page, scan_page(page, RULESET, marks=find_marks(reading, page))) for page in reading.pages]


def cues_between(before, after):
    return measure(*profiles_of(before, after))


def test_a_packet_comes_apart_where_its_documents_begin():
    answer = answer_to(INVOICE, INVOICE_GOES_ON, RESUME, STATEMENT, STATEMENT_GOES_ON)
    assert documents_of(answer) == [
        (1, 1, "invoice"),
        (2, 1, "invoice"),
        (3, 2, "resume"),
        (4, 3, "bank statement"),
        (5, 3, "bank statement"),
    ]
    assert [page.border is None or page.border >= SPLIT_AT for page in answer.pages] == [True, False, True, True, False]


def test_a_page_that_goes_on_is_of_the_type_of_what_it_goes_on_with():
    alone = answer_to(STATEMENT_GOES_ON)
    assert alone.type != "bank statement"
    answer = answer_to(STATEMENT, STATEMENT_GOES_ON)
    assert documents_of(answer) == [(1, None, "bank statement"), (2, None, "bank statement")]
    assert answer.pages[1].border < SPLIT_AT


def test_a_file_of_one_document_says_of_each_page_what_it_says_of_the_whole():
    answer = answer_to(INVOICE, INVOICE_GOES_ON)
    assert {(page.type, page.confidence, page.document) for page in answer.pages} == {
        (answer.type, answer.confidence, None)
    }
    assert "this may be" not in answer.reasoning


def test_the_reasoning_says_which_pages_are_another_document():
    said = answer_to(INVOICE, INVOICE_GOES_ON, RESUME, GARDEN).reasoning
    assert "Pages 1–2 read as invoice, page 3 reads as resume, page 4 fits no rule: this may be 3 documents." in said


def test_of_many_documents_the_reasoning_tells_the_first():
    said = answer_to(
        *[text for year in range(4) for text in (RESUME, STATEMENT.replace("April", f"May {year}"))]
    ).reasoning
    assert "page 6 reads as bank statement; more follow: this may be 8 documents." in said


def test_a_long_document_is_not_torn_apart():
    clauses = ("Term", "Fees", "Liability", "Confidentiality", "Notices", "Governing law")
    pages = [
        f"Master services agreement\n{number}. {name}\nThe parties to this agreement agree on {name.lower()}.\n"
        f"Neither party shall assign this agreement.\nPage {number} of 6"
        for number, name in enumerate(clauses, start=1)
    ]
    answer = answer_to(*pages)
    assert {page.document for page in answer.pages} == {None}
    assert all(page.border < 0.2 for page in answer.pages[1:])


def test_forms_of_one_authority_are_told_apart_by_what_they_are_called():
    answer = answer_to(FORM.format("W-2"), FORM.format("1099-INT"), FORM.format("1099-INT"))
    assert [page.document for page in answer.pages][:2] == [1, 2]
    assert answer.pages[2].border < answer.pages[1].border


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
)
def test_what_was_written_as_one_file_is_one_document(media_type):
    pages = answer_to(INVOICE, RESUME, media_type=media_type).pages
    assert {(page.document, page.border) for page in pages} == {(None, None)}


def test_what_is_attached_to_a_mail_is_a_document_of_its_own():
    mail = "From: a@example.com\nTo: b@example.com\nSubject: Your order\nThe invoice is attached."
    reading = make_reading(mail, INVOICE, INVOICE_GOES_ON, RESUME, media_type="message/rfc822")
    answer = classify(replace(reading, facts=(("own_pages", "1"),)), RULESET)
    assert [(page.document, page.type) for page in answer.pages[1:]] == [(2, "invoice"), (2, "invoice"), (3, "resume")]
    assert answer.pages[1].border == 0.99
    assert "this may be" not in answer.reasoning


def with_blank(*texts, number):
    reading = make_reading(*texts)
    pages = [Page(page.number, "", "none") if page.number == number else page for page in reading.pages]
    return Reading("application/pdf", len(pages), tuple(pages))


def test_a_blank_page_belongs_to_what_stands_before_it_and_is_not_scored():
    pages = classify(with_blank(INVOICE, "", RESUME, number=2), RULESET).pages
    assert [(page.document, page.type) for page in pages] == [(1, "invoice"), (1, "invoice"), (2, "resume")]
    assert pages[1].confidence is None
    assert pages[1].border is None


@pytest.mark.parametrize("unread", [{"pages_not_read": (2,), "cut": "ocr_pages"}, {"facts": (("ocr", "missing"),)}])
def test_of_a_page_nobody_read_no_type_is_said(unread):
    pages = classify(replace(with_blank(INVOICE, "", RESUME, number=2), **unread), RULESET).pages
    assert [(page.document, page.type) for page in pages] == [(1, "invoice"), (1, None), (2, "resume")]


def test_a_name_that_only_a_rule_knows_begins_a_document():
    rules = compile_rules([Rule("Snurfle", "What the night watch hands in."), *RULES])
    texts = (
        "SNURFLE\nAll lamps lit, all doors shut, two owls seen.",
        "SNURFLE\nFour bats, one lamp broken, no owl seen.",
    )
    assert "Snurfle" in {page.type for page in answer_to(*texts, ruleset=rules).pages}
    with_rule = answer_to(GARDEN, texts[0], ruleset=rules).pages[1].border
    assert with_rule > answer_to(GARDEN, texts[0]).pages[1].border


texts = st.sampled_from([INVOICE, INVOICE_GOES_ON, STATEMENT, STATEMENT_GOES_ON, RESUME, GARDEN, "", "7", "- 2 -"])


@settings(max_examples=40)
@given(st.lists(texts | st.text(max_size=80), min_size=1, max_size=7))
def test_documents_are_numbered_in_order_and_begin_at_their_borders(found):
    answer = answer_to(*found)
    pages = answer.pages
    assert pages[0].border is None
    assert all(page.border is None or 0 <= page.border <= 1 for page in pages)
    numbers = {page.document for page in pages}
    assert numbers == {None} or numbers == set(range(1, len(numbers) + 1))
    for before, after in pairwise(pages):
        is_border = after.border is not None and after.border >= SPLIT_AT
        assert (before.document != after.document) == is_border


@pytest.mark.parametrize(
    ("line", "stated"),
    [
        ("Page 2 of 5", Stated(2, 5)),
        ("Seite 3/7", Stated(3, 7)),
        ("Página 1 de 4", Stated(1, 4)),
        ("page: 12", Stated(12)),
        ("2 / 3", Stated(2, 3)),
        ("第 2 頁 共 9 頁", Stated(2, 9)),
        ("стр. 4 из 6", Stated(4, 6)),
        ("Page 7 of 3", None),
        ("Invoice 2/3 of the goods were sent", None),
        ("Homepage 5", None),
    ],
)
def test_pages_state_their_number_in_many_ways(line, stated):
    assert find_stated([line]) == stated


def test_a_number_with_its_total_goes_before_one_without():
    assert find_stated(["Form 1040 page 2", "Page 1 of 3"]) == Stated(1, 3)


def test_a_bare_number_has_its_line_to_itself():
    assert find_bare(["- 3 -", "12 Mill Lane", "14"]) == {3, 14}


@pytest.mark.parametrize(
    ("before", "after", "cue"),
    [
        (GARDEN, "Page 1 of 3\nThe moth", "starts"),
        ("The moth\nPage 3 of 3", GARDEN, "complete"),
        ("Dear Ann,\nall is well.\nYours sincerely", GARDEN, "closed"),
        ("Bricks 40.00\nSand 12.00\nGRAND TOTAL 52.00", GARDEN, "closed"),
        (GARDEN, RESUME, "title"),
        (GARDEN, "Dear Mr Oak,\nwe write to you about the hedge.", "opens"),
        (GARDEN, "Quartz feldspar granite basalt", "other words"),
        (STATEMENT, RESUME, "other kind"),
        (STATEMENT, RESUME, "other type"),
        (FORM.format("W-2"), FORM.format("1099-G"), "other form"),
        (GARDEN, "Page 2 of 3\nThe moth", "later"),
        (GARDEN, "and slept until noon.", "begins inside"),
        (INVOICE, INVOICE_GOES_ON, "number goes on"),
        (STATEMENT, STATEMENT_GOES_ON, "bare number goes on"),
        (STATEMENT, STATEMENT_GOES_ON, "same head"),
        ("The moth\nPrinted by Oak & Sons, Mill Lane", "A bat\nPrinted by Oak & Sons, Mill Lane", "same foot"),
        (INVOICE, INVOICE_GOES_ON, "references"),
        (GARDEN, GARDEN, "words"),
        (RESUME, RESUME, "kind"),
    ],
)
def test_each_cue_is_heard_where_it_should_be(before, after, cue):
    assert cues_between(before, after)[cue] > 0.2
    assert cues_between("Night fell", "Night fell")[cue] <= cues_between(before, after)[cue]


@pytest.mark.parametrize(
    ("change", "cue"),
    [
        ({"width": 400.0}, "other size"),
        ({"source": "ocr"}, "other source"),
    ],
)
def test_another_make_of_paper_speaks_for_a_border(change, cue):
    one, other = (replace(page, width=595.0, height=842.0) for page in make_reading(GARDEN, GARDEN).pages)
    same, changed = (
        [make_profile(page, scan_page(page, RULESET)) for page in pages]
        for pages in ((one, other), (one, replace(other, **change)))
    )
    assert measure(*changed)[cue] == 1
    assert measure(*same)[cue] == 0


def test_paper_of_an_odd_size_is_of_one_document_unless_a_camera_made_it():
    slides = [replace(page, width=363.0, height=272.0) for page in make_reading(GARDEN, RESUME).pages]
    photos = [replace(page, source="ocr") for page in slides]
    letters = [replace(page, width=595.0, height=842.0) for page in slides]
    odd = [
        measure(*(make_profile(page, scan_page(page, RULESET)) for page in pages))["same odd size"]
        for pages in (slides, photos, letters)
    ]
    assert odd == [1, 0, 0]


def set_in(page, *, height, left=0.1):
    """The page with its words in letters of that height, one below the other."""
    tops = [0.05 + 0.02 * number for number in range(20)]
    return replace(page, words=tuple(Word(0, 1, (left, top, left + 0.1, top + height)) for top in tops))


@pytest.mark.parametrize(
    ("other", "heard"),
    [
        ({"height": 0.01}, {"same letters", "same margin"}),
        ({"height": 0.016}, {"other letters", "same margin"}),
        ({"height": 0.01, "left": 0.2}, {"same letters"}),
    ],
)
def test_the_same_letters_and_margin_speak_for_one_document(other, heard):
    one, two = make_reading(GARDEN, RESUME).pages
    pages = (set_in(one, height=0.01), set_in(two, **other))
    cues = measure(*(make_profile(page, scan_page(page, RULESET)) for page in pages))
    assert {name for name in ("same letters", "other letters", "same margin") if cues[name]} == heard


def test_pages_that_plainly_go_on_are_not_asked_what_they_say_of_known_types():
    plain, doubtful = profiles_of(STATEMENT, STATEMENT_GOES_ON), profiles_of(INVOICE, RESUME)
    assert find_borders(plain)[0] < SPLIT_AT <= find_borders(doubtful)[0]
    assert ["kinds" in vars(page.sense) for page in (*plain, *doubtful)] == [False, False, True, True]


@pytest.mark.parametrize("before", [INVOICE, STATEMENT, STATEMENT_GOES_ON, RESUME, GARDEN])
@pytest.mark.parametrize("after", [INVOICE_GOES_ON, STATEMENT, STATEMENT_GOES_ON, RESUME, GARDEN])
def test_what_they_say_would_have_changed_nothing(before, after):
    pages = profiles_of(before, after)
    odds = BORDER_WEIGHTS.start + sum(BORDER_WEIGHTS.cues[cue] * value for cue, value in measure(*pages).items())
    assert odds >= 0 or find_borders(pages)[0] < SPLIT_AT
    assert odds < 0 or "kinds" in vars(pages[0].sense)


def test_every_cue_has_a_weight_that_speaks_for_what_it_is_meant_to():
    assert BORDER_WEIGHTS.cues.keys() == {*FOR, *AGAINST} == cues_between(GARDEN, RESUME).keys()
    assert all(BORDER_WEIGHTS.cues[name] >= 0 for name in FOR)
    assert all(BORDER_WEIGHTS.cues[name] <= 0 for name in AGAINST)


class TestMemory:
    """Each document of a file leans on what was decided about documents like it, whatever it is stapled to."""

    COUNTERFOIL = "Branch vault\nYellow counterfoil\nRemitter Zanzibarine, teller twelve, ledger folio nine\n1"

    def lessons(self, *texts):
        reading = make_reading(*texts, media_type="application/pdf")
        return list_lessons(reading, RULESET, lay_out(reading))

    def recall(self, *texts):
        alone = make_reading(self.COUNTERFOIL, media_type="application/pdf")
        unaided = classify(alone, RULESET).candidates
        entries = [Entry(str(n), str(n), "bank statement", profile_reading(alone), unaided) for n in range(3)]
        return Memory.of(entries).about(profile_reading(make_reading(*texts)), document="new")

    def test_a_document_in_a_packet_is_like_one_that_was_decided(self):
        texts = (INVOICE, INVOICE_GOES_ON, self.COUNTERFOIL)
        reading = make_reading(*texts, media_type="application/pdf")
        assert documents_of(classify(reading, RULESET))[-1] == (3, 2, None)
        answer = classify(reading, RULESET, memory=self.recall(*texts))
        assert documents_of(answer) == [(1, 1, "invoice"), (2, 1, "invoice"), (3, 2, "bank statement")]

    def test_each_document_of_a_packet_is_a_lesson_of_its_own(self):
        first, second = self.lessons(INVOICE, INVOICE_GOES_ON, STATEMENT, STATEMENT_GOES_ON)
        assert (first.type, second.type) == ("invoice", "bank statement")
        alone = make_reading(INVOICE, INVOICE_GOES_ON, media_type="application/pdf")
        assert first.profile == profile_reading(alone)
        assert max(second.unaided, key=lambda candidate: candidate.score).type == "bank statement"

    def test_a_file_of_one_document_is_a_lesson_as_a_whole(self):
        assert self.lessons(INVOICE, INVOICE_GOES_ON) == []

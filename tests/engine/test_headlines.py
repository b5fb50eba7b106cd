"""What counts as a title must look like one: data, code, addresses and questions name types, too."""

from __future__ import annotations

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from classifyhub.engine.headlines import may_announce
from tests.engine.documents import make_reading

RULESET = compile_rules([Rule("invoice", "A bill."), Rule("receipt", "Proof of a payment."), Rule("letter")])

ANNOUNCING = (
    "INVOICE",
    "invoice",
    "# Invoice",
    "Invoice: 4711",
    "INVOICE No. 4711 / 2024-05-03",
    "Invoice 2024-05-03",
    "Rechnung/Invoice/Facture",
    "— Invoice —",
    "Invoice | Page 1 of 2",
    "Articles of Incorporation of Acme Inc.",
    "Invoice for the 3rd of May, 2024:",
    "Invoice, copy",
    "[DRAFT] Invoice",
    "<Your company> Invoice",
    "請求書",
    "فاتورة",
    "Subject: Re: Invoice 4711",
    "Invoice: how to pay",
)
NOT_ANNOUNCING = (
    '{"type": "invoice", "size": 4711}',
    '"type": "invoice",',
    "{'kind': 'letter'}",
    "document_type=invoice",
    "invoice = load(4711)",
    "load(invoice);",
    "invoice -> receipt -> letter",
    "<doc><type>invoice</type></doc>",
    "https://example.org/invoice/4711",
    "invoice@example.org",
    "www.invoice.example",
    "/home/ann/invoice/readme.txt",
    r"C:\papers\invoice",
    "2024-05-03 12:00:01 INFO invoice created",
    "invoice,4711,EUR",
    "“invoice”",
    "- invoice",
    "• Receipt",
    "Receipt . . . . . 4",
    "Hi Bob, where is the invoice?",
    "請求書は\uff1f",
    "This invoice is due.",
    "please find the invoice attached,",
    "How to write an invoice",
    "What is an invoice",
    "Wie schreibe ich eine Rechnung",
    "Comment rédiger une facture",
    "Cómo hacer una factura",
    "Come scrivere una fattura",
    "发票怎么写",
)


@pytest.mark.parametrize("line", ANNOUNCING)
def test_a_line_put_to_its_reader_may_say_what_the_document_is(line):
    assert may_announce(line)


@pytest.mark.parametrize("line", NOT_ANNOUNCING)
def test_a_line_for_a_machine_or_in_the_middle_of_a_talk_says_it_of_something_else(line):
    assert not may_announce(line)


@pytest.mark.parametrize("line", [line for line in NOT_ANNOUNCING if "invoice" in line.lower()])
@pytest.mark.parametrize("before", ["", "The hedge grew by a hand.\nWe watered it twice.\nIt rained.\n"])
def test_such_a_line_makes_no_document_of_the_type_at_the_top_or_below(line, before):
    assert classify(make_reading(f"{before}{line}\nThe rest is about tulips and the weather."), RULESET).type is None


def test_a_title_in_the_same_place_does():
    assert classify(make_reading("Invoice 4711\nThe rest is about tulips and the weather."), RULESET).type == "invoice"


def test_a_line_without_an_end_announces_nothing_and_holds_nobody_up():
    for piece in ("a", "ab ", ". ", "=", "<", "x,", "/a", '"a" ', "?!"):
        assert not may_announce(piece * 200_000)

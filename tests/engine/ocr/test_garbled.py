"""Text layers that are rubbish are noticed, and the page is read from its picture instead."""

from __future__ import annotations

import pytest

from classifyhub.engine.ocr.garbled import is_garbled
from tests.engine.documents import save
from tests.engine.ocr.papers import INVOICE, garbled_pdf, read_file

ENGLISH = "The supplier asks for payment of the amount due within thirty days of the date of this invoice. " * 3
SENSIBLE = {
    "English": ENGLISH,
    "German in capitals": "DIE RECHNUNG IST INNERHALB VON DREISSIG TAGEN NACH ERHALT OHNE ABZUG ZAHLBAR. " * 3,
    "Czech": "Čtvrtek: zmrzl vlk, strč prst skrz krk. Dodavatel žádá úhradu částky do třiceti dnů po doručení. " * 3,
    "Polish": "Wszczął źdźbło chrząszcz brzmi w trzcinie, płatność w terminie trzydziestu dni od wystawienia. " * 3,
    "Vietnamese": "Người mua thanh toán số tiền trên hóa đơn này trong vòng ba mươi ngày kể từ ngày nhận. " * 3,
    "Russian": "Покупатель обязуется оплатить сумму счёта в течение тридцати дней. " * 3,
    "Arabic": "يلتزم المشتري بدفع مبلغ هذه الفاتورة خلال ثلاثين يوما من تاريخ الاستلام " * 3,
    "Chinese": "买方应在收到本发票之日起三十天内支付全部款项。" * 5,
    "numbers": "1,234.50 887.20 99/4411-2 4711 0815 " * 20,
    "bullets from a symbol font": "\uf0b7 first point of the talk \uf0b7 second point of the talk \uf0b7 third point",
    "a short code": "XJ-44 KRTW 0091",
    "nothing": "",
}
RUBBISH = {
    "private use": "".join(chr(0xE000 + ord(letter)) for letter in ENGLISH),
    "replacement characters": "\ufffd" * 60,
    "codes off by a fixed number": "".join(chr(max(33, ord(letter) - 29)) for letter in ENGLISH),
}


@pytest.mark.parametrize("text", SENSIBLE.values(), ids=SENSIBLE.keys())
def test_what_people_write_is_no_rubbish(text):
    assert not is_garbled(text)


@pytest.mark.parametrize("text", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_noticed(text):
    assert is_garbled(text)


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize(
    "code",
    [lambda letter: 0xE000 + letter, lambda letter: max(33, letter - 29), lambda letter: 0xFFFD],
    ids=["private use", "off by 29", "no code at all"],
)
def test_a_font_whose_codes_lead_nowhere_is_read_from_the_page(tmp_path, code):
    path, _ = save(tmp_path, "a.pdf", garbled_pdf(INVOICE, code))
    page = read_file(path).pages[0]
    assert page.source == "ocr"
    assert all(line in page.text for line in INVOICE)

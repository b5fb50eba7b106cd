"""Telling the language of a document apart."""

from __future__ import annotations

import pytest

from classifyhub.bench.engine.languages import tell_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The goods are to be sent to the address of the buyer by the end of the week.", "en"),
        ("Die Ware wird an die Adresse des Kunden gesandt und ist nicht mit der Post zu schicken.", "de"),
        ("La facture est à régler par le client dans les trente jours et pour le montant des articles.", "fr"),
        ("El importe de la factura se paga en los treinta días y por el cliente del pedido.", "es"),
        ("Il conto è da pagare con la fattura della merce e non per il trasporto di una cassa.", "it"),
        ("O valor da fatura não se paga em dinheiro, mas com um cheque do cliente na entrega.", "pt"),
        ("Het bedrag van de rekening is te betalen bij het kantoor en niet aan de bode.", "nl"),
        ("Beløbet på regningen er til betaling og skal ikke sendes med post fra kontoret.", "da"),
        ("Счёт на оплату товара", "ru"),
        ("請求書 ご請求金額は以下の通りです", "ja"),
        ("发票号码 金额合计", "zh"),
        ("청구서 금액", "ko"),
        ("فاتورة رقم", "ar"),
    ],
)
def test_a_language_is_known_by_its_script_or_its_commonest_words(text, code):
    assert tell_language(text) == code


@pytest.mark.parametrize("text", ["", "4711 12.50", "Total 12", "the end of the line", "Zzyzx Qwghlm Vroomfondel"])
def test_too_little_to_go_by_is_said_so(text):
    assert tell_language(text) == ""


def test_a_few_foreign_letters_do_not_make_a_foreign_document():
    assert (
        tell_language("The letter Ж is the eighth of the alphabet in use, and this is all that is said of it.") == "en"
    )

"""Papers that stand between two types, or say in no word what they are; all invented."""

from __future__ import annotations

import pytest

from classifyhub.engine import Rule, classify, compile_rules
from tests.engine.documents import make_reading

ADVERT = """Lantern keeper, Saltmarsh
Join our team on the coast. We are seeking somebody with strong communication skills.
Skills
Problem solving, time management, bachelor's degree in optics
Experience
3 years of experience with lamps
What you'll do
You will work nights and keep the light. Send your CV to the harbour office; candidates with a boat are welcome."""
CAREER = """Ilse Vandale
ilse@vandale.example, +44 1632 960100
Experience
2019 - present Lamp keeper, Saltmarsh. Responsible for two lights.
2014 - 2019 Deck hand, Tolby Ferries
Education
2010 - 2014 Bachelor's degree in optics
Skills
Problem solving, fluent in Dutch"""
ADMISSION = """Satzung
§ 1 Name und Sitz
Der Verein heißt Leuchtturm e. V.
§ 2 Zweck
Zweck des Vereins ist die Pflege der Lampen."""
SLIP = """Quán Tre Xanh
Bàn số 4
Phở bò 45.000
Trà đá 10.000
Tổng cộng 55.000
Tiền mặt 60.000
Tiền thừa 5.000
Cảm ơn quý khách"""
DISHES = """한옥
김치찌개 8,000원
비빔밥 9,000원
갈비탕 12,000원
공기밥 1,000원
맥주 4,000원"""
CHANGES = """Kettle
1.4.0 (2024-05-03)
- Added a whistle
- Fixed the lid that would not close
1.3.2 (2023-11-20)
- Removed the old spout
- Improved the handle"""
SITTING = """Vorstand des Gartenvereins, 4. März
Anwesend: sechs Mitglieder. Entschuldigt: eines. Schriftführerin: Frau Korda
TOP 1 Begrüßung
Der Vorsitzende eröffnet die Sitzung und stellt fest, dass sie beschlussfähig ist.
TOP 2 Zaun
Der Zaun wird ersetzt. Einstimmig beschlossen, keine Gegenstimmen, keine Enthaltungen."""

FEES = """Marten & Sole, Solicitors
14 Quay Street, Tolby

12 March
Dear Mrs Fenn,
Invoice
Thank you for your instructions. For our services we charge as follows:
Advice on the boundary, 3 hours 450.00
Letter to the neighbour 120.00
Subtotal 570.00
VAT 20 % 114.00
Total 684.00
Please transfer the amount by 30 March to our account, IBAN GB29 NWBK 6016 1331 9268 19.
Yours sincerely,
J. Marten"""
HONORAIRES = """Atelier Morin
Madame Perrin
Objet : note d'honoraires
Madame,
Veuillez trouver ci-après le montant de nos honoraires pour le mois de mars :
Étude du dossier 300,00 €
Déplacement 45,00 €
Total HT 345,00 €
TVA 20 % 69,00 €
Total TTC 414,00 €
Règlement par virement, IBAN FR76 3000 6000 0112 3456 7890 189
Je vous prie d'agréer, Madame, l'expression de mes salutations distinguées."""
COSTS = """Marten & Sole
12 March
Dear Mrs Fenn,
Thank you for your letter about the boundary. We have written to your neighbour and expect his answer next week.
The fence cost 450.00 at the time, of which he paid 120.00. Our invoice will follow in April.
Yours sincerely,
J. Marten"""
ACCOUNT = """Hafenbank
Ada Fenn, Hill Row 3
Date Details Amount
02/03 Rent 650.00
04/03 Shop 23.80
09/03 Lamp oil 12.00
12/03 Water 40.00
15/03 Invoice 2024-17 684.00"""
OFICINA = """Oficina Reis Lda
NIF 501234567
Fatura FT 2024/17
Mudança de óleo 45,00
Filtro 12,50
Total ilíquido 57,50
IVA 23% 13,23
Total 70,73 EUR
Processado por programa certificado n.º 0000/AT"""

STATUTO = """Costituita nel 1911
Art. 1 Denominazione e sede
L'associazione ha sede in Tolby.
Art. 2 Scopo
L'associazione non ha scopo di lucro.
Art. 3 Soci
I soci versano la quota associativa."""
ATA = """Aos quatro dias do mês de junho reuniu-se a direção do clube de remo.
O presidente deu início à reunião e leu a ordem de trabalhos.
Ponto um: o telhado. Foi aprovado por unanimidade.
Nada mais havendo a tratar, lavrou-se a presente ata."""
OVERDUE = """Kettle Works
Dear Mr Oak,
According to our records we have not received payment for the kettles of May. Payment is overdue by 20 days.
If you have already paid, please disregard this notice.
Yours sincerely"""
ADVICE = """How to write a resume
In this article you learn what to include. Make sure to include your experience, education and skills.
Common mistakes: a photo from the beach. Tips for a good beginning: your name in large letters.
Download our free template."""


@pytest.mark.parametrize(
    ("text", "rule", "others"),
    [
        (ADVERT, "Job posting", ["Resume", "Cover letter"]),
        (CAREER, "Resume", ["Job posting", "Cover letter"]),
        (ADMISSION, "Bylaws", ["Contract", "Statute"]),
        (SLIP, "Receipt", ["Invoice", "Menu"]),
        (DISHES, "Menu", ["Receipt", "Recipe"]),
        (CHANGES, "Release notes", ["Specification", "Newsletter"]),
        (SITTING, "Minutes", ["Agenda", "Contract"]),
        (FEES, "Invoice", ["Letter", "Bank statement"]),
        (HONORAIRES, "Invoice", ["Letter", "Receipt"]),
        (COSTS, "Letter", ["Invoice", "Bank statement"]),
        (ACCOUNT, "Bank statement", ["Invoice", "Receipt"]),
        (OFICINA, "Invoice", ["Receipt", "Bank statement"]),
        (STATUTO, "Bylaws", ["Scientific paper", "Contract"]),
        (ATA, "Minutes", ["Agenda", "Letter"]),
        (OVERDUE, "Reminders", ["Cover letter", "Circular"]),
    ],
    ids=[
        *(
            "advert",
            "career",
            "articles of a club",
            "till",
            "dishes",
            "changes",
            "sitting",
            "fees",
            "honoraires",
            "costs",
        ),
        *("account", "oficina", "statuto", "ata", "overdue"),
    ],
)
def test_it_goes_where_it_belongs(text, rule, others):
    rules = compile_rules([Rule(name) for name in (rule, *others, "Privacy policy", "Questionnaire")])
    assert classify(make_reading(text), rules).type == rule


def test_advice_on_a_type_is_none_of_it():
    rules = compile_rules([Rule(name) for name in ("Resume", "Invoice", "Job posting")])
    assert classify(make_reading(ADVICE), rules).type is None

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
    ],
    ids=["advert", "career", "articles of a club", "till", "dishes", "changes", "sitting"],
)
def test_it_goes_where_it_belongs(text, rule, others):
    rules = compile_rules([Rule(name) for name in (rule, *others, "Privacy policy", "Questionnaire")])
    assert classify(make_reading(text), rules).type == rule

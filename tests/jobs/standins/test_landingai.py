"""LandingAI ADE, where the vendor's SDK does not look."""

from __future__ import annotations

import json

import pytest

from jobs.standins import PageVerdict, Verdict

PATH = "/v1/ade/classify"
CLASSES = json.dumps([{"class": "invoice", "description": "asks for payment"}, {"class": "lease"}])
PDF = b"%PDF-1.4\n/Type /Page\n(an invoice)\n%%EOF"


def classify(client, fields: dict | None = None, content: bytes = PDF, name: str = "a.pdf"):
    return client.post(PATH, data=fields or {"classes": CLASSES}, files={"document": (name, content)})


def test_production_refuses_brackets_and_so_does_a_strict_stand_in(start):
    _standin, client = start("landingai", strict_classes=True)
    assert classify(client).status_code == 200
    refused = classify(client, {"classes[0][class]": "invoice"})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "classes"])


@pytest.mark.parametrize(
    "fields",
    [
        {"classes": CLASSES},
        {"classes[0][class]": "invoice", "classes[0][description]": "asks for payment", "classes[1][class]": "lease"},
        {"classes[][class]": ["invoice", "lease"], "classes[][description]": ["asks for payment"]},
    ],
)
def test_all_three_spellings_of_the_classes_mean_the_same(start, fields):
    asked = []

    def answer(document, question):
        asked.append([rule.type for rule in question.rules])
        return Verdict(pages=(PageVerdict(page=1, type="lease"),))

    _standin, client = start("landingai", answers=answer)
    assert classify(client, fields).json()["classification"][0]["class"] == "lease"
    assert asked == [["invoice", "lease"]]


@pytest.mark.parametrize(("generation", "status"), [("va", 415), ("ade", 422)])
def test_the_two_hosts_refuse_what_is_unreadable_each_in_its_way(start, generation, status):
    _standin, client = start("landingai", generation=generation)
    refused = classify(client, content=b"a,b\n1,2\n", name="table.csv")
    assert refused.status_code == status


def test_the_newer_host_says_message_where_the_older_says_detail(start):
    for generation, word in (("va", "detail"), ("ade", "message")):
        _standin, client = start("landingai", generation=generation)
        assert word in classify(client, {"classes": CLASSES, "model": "classify-19990101"}).json()


def test_a_class_may_not_be_called_unknown(start):
    _standin, client = start("landingai")
    assert classify(client, {"classes": json.dumps([{"class": "Unknown"}])}).status_code == 422


def test_a_document_is_counted_as_accepted_only_when_it_is_looked_at(start):
    standin, client = start("landingai")
    classify(client, {"classes": "[]"})
    assert standin.accepted == []
    classify(client)
    assert [taken.name for taken in standin.accepted] == ["a.pdf"]

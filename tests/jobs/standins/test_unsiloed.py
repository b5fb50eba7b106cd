"""Unsiloed, where the vendor's SDK does not look."""

from __future__ import annotations

import json

from jobs.standins import PageVerdict, Verdict

CATEGORIES = json.dumps([{"name": "invoice"}, {"name": "lease"}])
PDF = b"%PDF-1.4\n/Type /Page\n(an invoice)\n%%EOF"


def submit(client, fields: dict | None = None):
    return client.post("/classify", data=fields or {"categories": CATEGORIES}, files={"pdf_file": ("a.pdf", PDF)})


def finish(client, response) -> dict:
    path = f"/classify/{response.json()['job_id']}"
    while (found := client.get(path).json())["status"] in {"queued", "processing"}:
        pass
    return found


def pages(*types: str | None):
    verdicts = tuple(
        PageVerdict(page=number, type=name, confidence=0.5 + number / 10, error="" if name else "Unreadable.")
        for number, name in enumerate(types, start=1)
    )
    return lambda document, question: Verdict(type=types[0], pages=verdicts, page_count=len(types))


def test_the_class_of_most_pages_wins_and_a_failed_page_has_no_vote(start):
    _standin, client = start("unsiloed", answers=pages("lease", None, None, "lease"))
    result = finish(client, submit(client))["result"]
    assert result["classification"] == "lease"
    assert [page["success"] for page in result["page_results"]] == [True, False, False, True]
    assert [page["classification"] for page in result["page_results"]] == ["lease", "invoice", "invoice", "lease"]
    assert result["categories"] == [{"category": "lease", "pages": [1, 4], "page_count": 2, "confidence": 0.75}]


def test_a_document_of_failed_pages_alone_fails(start):
    _standin, client = start("unsiloed", answers=pages(None, None))
    found = finish(client, submit(client))
    assert (found["status"], found["error"], found["result"]) == ("failed", "Unreadable.", None)


def test_the_oldest_form_of_the_categories_is_taken(start):
    _standin, client = start("unsiloed")
    found = finish(client, submit(client, {"conditions": '["invoice", "lease"]'}))
    assert found["result"]["classification"] == "invoice"


def test_the_quota_is_counted_down_shown_and_used_up(start):
    _standin, client = start("unsiloed", quota=2)
    assert [submit(client).json()["quota_remaining"] for _turn in range(2)] == [1, 0]
    refused = submit(client)
    assert (refused.status_code, refused.json()["detail"]["status"]) == (402, "QUOTA_EXCEEDED")
    assert client.get("/api/v1/org/get_usage").json()["remaining_quota"] == 0


def test_busy_is_said_in_a_body_of_its_own(start):
    standin, client = start("unsiloed")
    standin.faults.next("503", retry_after=9)
    refused = submit(client)
    assert refused.json()["error"]["details"] == {"reason": "queue_full", "retry_after": 9}
    assert refused.headers["Retry-After"] == "9"


def test_an_unknown_status_is_in_small_letters(start):
    standin, client = start("unsiloed")
    standin.faults.next("unknown_status", on="poll")
    assert client.get(f"/classify/{submit(client).json()['job_id']}").json()["status"] == "paused"

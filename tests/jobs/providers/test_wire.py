"""What one call over the wire says of itself."""

from __future__ import annotations

import time

import httpx
import pytest

from jobs.providers.base import Call, MisconfiguredError, UnavailableError
from jobs.providers.wire import Wire

KEY = "sk-nobody-may-read-this"


@pytest.mark.parametrize("headers", [{"api-key": KEY}, {"Authorization": f"Bearer {KEY}"}])
def test_a_vendor_that_repeats_the_key_it_refuses_is_not_quoted_with_it(headers):
    noted: list[Call] = []
    vendor = httpx.MockTransport(lambda request: httpx.Response(401, json={"detail": f"Incorrect API key: {KEY}."}))
    with httpx.Client(transport=vendor) as client:
        wire = Wire(client, base_url="http://vendor.example", headers=headers, note=noted.append)
        with pytest.raises(MisconfiguredError) as caught:
            wire.get("/jobs")
    assert str(caught.value) == noted[0].said == "The provider answered 401: Incorrect API key: …."


def test_calls_that_a_person_waits_for_share_one_span_of_time(monkeypatch):
    now, given = [100.0], []

    def answer(request: httpx.Request) -> httpx.Response:
        given.append(request.extensions["timeout"]["read"])
        now[0] += 5
        return httpx.Response(200, json={})

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        wire = Wire(client, base_url="http://vendor.example", headers={}, deadline=60, patience=8)
        wire.get("/first")
        with pytest.raises(UnavailableError):  # it was given three seconds and took five
            wire.get("/second")
        with pytest.raises(UnavailableError) as caught:
            wire.get("/third")
    assert given == [8, 3]
    assert (caught.value.reason, caught.value.was_sent) == ("timed_out", False)

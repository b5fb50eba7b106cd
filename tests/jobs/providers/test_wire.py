"""What one call over the wire says of itself."""

from __future__ import annotations

import httpx
import pytest

from jobs.providers.base import Call, MisconfiguredError
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

"""The same checks against the vendors themselves, for whoever has a key: they show where our reading of a contract is
wrong. They cost a few credits, so nothing runs them but ``make test-live``."""

from __future__ import annotations

import os

import pytest

from tests.sdks.driving import LINES, run_checks
from tests.sdks.samples import write_samples

pytestmark = pytest.mark.live
# Where the SDKs themselves look for a key and for another region's address.
KEYS = {
    "llama_cloud_2": "LLAMA_CLOUD_API_KEY",
    "llama_cloud_1": "LLAMA_CLOUD_API_KEY",
    "landingai_ade": "VISION_AGENT_API_KEY",
    "unsiloed": "UNSILOED_API_KEY",
}
ADDRESSES = {
    "llama_cloud_2": "LLAMA_CLOUD_BASE_URL",
    "llama_cloud_1": "LLAMA_CLOUD_BASE_URL",
    "landingai_ade": "LANDINGAI_ADE_BASE_URL",
    "unsiloed": "UNSILOED_BASE_URL",
}


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("line", LINES)
def test_the_real_service_keeps_its_contract(line, mode, tmp_path):
    key = os.environ.get(KEYS[line], "")
    if not key:
        pytest.skip(f"{KEYS[line]} is not set")
    url = os.environ.get(ADDRESSES[line], "")
    outcomes = run_checks(line, mode, files=write_samples(tmp_path), standin=None, url=url, key=key)
    failed = {name: found.said for name, found in outcomes.items() if found.outcome == "failed"}
    assert not failed, "\n\n".join(f"{name}\n{said}" for name, said in failed.items())

"""The vendors' own SDKs, each line in an environment of its own, find in our stand-ins what their contracts promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest

from jobs.standins import running_standin
from jobs.web.addresses import Rules
from tests.sdks.driving import LINES, Outcome, names_of, run_checks
from tests.sdks.samples import write_samples
from tests.support.strange_server import running_strange_server

pytestmark = pytest.mark.long
MODES = ("sync", "async")
VENDORS = {
    "llama_cloud_2": "llamacloud",
    "llama_cloud_1": "llamacloud",
    "landingai_ade": "landingai",
    "unsiloed": "unsiloed",
}
OTHER_KEY = "another-key"
MOST_BYTES = 1_000_000
THINKS = 0.4


@pytest.fixture(scope="session")
def samples(tmp_path_factory) -> Path:
    return write_samples(tmp_path_factory.mktemp("sdk-samples"))


@pytest.fixture(scope="session")
def outcomes(samples) -> Callable[[str, str], Mapping[str, Outcome]]:
    """What the checks of a line came to in one mode; they are run when the first of them is asked for."""
    known: dict[tuple[str, str], Mapping[str, Outcome]] = {}

    def find(line: str, mode: str) -> Mapping[str, Outcome]:
        if (line, mode) not in known:
            known[line, mode] = run_against_standin(line, mode, samples)
        return known[line, mode]

    return find


def run_against_standin(line: str, mode: str, files: Path) -> Mapping[str, Outcome]:
    vendor = VENDORS[line]
    with ExitStack() as stack:
        web = stack.enter_context(running_strange_server())
        document_url = web.put("/two_pages.pdf", (files / "two_pages.pdf").read_bytes())
        reach = Rules(networks=(ip_network("127.0.0.1/32"),), ports=frozenset({web.port}))
        settings = {} if vendor == "llamacloud" else {"reach": reach, "most_bytes": MOST_BYTES}
        thinks = 0 if vendor == "landingai" else THINKS
        standin = stack.enter_context(running_standin(vendor, other_keys=[OTHER_KEY], thinks=thinks, **settings))
        return run_checks(
            line,
            mode,
            files=files,
            standin=standin,
            url=standin.url,
            key=standin.key,
            other_key=OTHER_KEY,
            document_url=document_url,
        )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("line", "name"), [(line, name) for line in LINES for name in names_of(line)])
def test_the_sdk_finds_what_the_contract_promises(outcomes, line, mode, name):
    found = outcomes(line, mode)[name]
    assert found.outcome == "passed", found.said


@pytest.mark.parametrize("line", LINES)
def test_every_line_has_checks_with_names_of_their_own(line):
    names = names_of(line)
    assert len(names) >= 12
    assert len(set(names)) == len(names)

"""``manage.py standin`` says what it is, serves, and ends when told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from django.core.management import CommandError, call_command


@pytest.mark.long
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_stand_in_says_where_it_is_serves_and_ends_cleanly(ending):
    command = [sys.executable, "manage.py", "standin", "openai", "--faults", "0.5", "--seed", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        assert "for trying only" in said
        assert "50 % of the requests go wrong" in said
        url, key = re.search(r"(http://127\.0\.0\.1:\d+/v1)", said)[1], re.search(r"Key +(\S+)", said)[1]
        with httpx.Client(headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
            answers = [ask(client, f"{url}/models") for _turn in range(12)]
        process.send_signal(ending)
        last = process.stdout.read()
    assert 200 in answers
    assert set(answers) != {200}
    assert process.returncode == 0
    assert "Ended after 12 requests; 0 documents were accepted." in last


def ask(client: httpx.Client, url: str) -> int:
    try:
        return client.get(url).status_code
    except httpx.HTTPError:
        return 0


@pytest.mark.parametrize("options", [["--faults", "2"], ["--thinks", "-1"], ["--latency", "x"]])
def test_nonsense_is_refused_in_words(options):
    with pytest.raises(CommandError, match="is not a number from 0 to"):
        call_command("standin", "unsiloed", *options)


def test_a_port_that_is_taken_is_said_in_words():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="It cannot listen there"):
        call_command("standin", "openai", "--port", str(taken.getsockname()[1]))

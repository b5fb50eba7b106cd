"""Fetching from a real server, which the tests allow by its network."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from ipaddress import ip_network

import pytest

from jobs.web import download
from jobs.web.addresses import RefusedAddressError, Rules

LOOPBACK = (ip_network("127.0.0.1/32"),)


class Sink:
    problem = ""

    def __init__(self, most: int = 10**7) -> None:
        self.content, self.most = b"", most

    def write(self, chunk: bytes) -> None:
        self.content += chunk
        self.problem = "too_large" if len(self.content) > self.most else ""


def rules_for(server, *networks) -> Rules:
    return Rules(networks=networks or LOOPBACK, ports=frozenset({server.port}))


def fetch(server, address: str, *, most: int = 10**7, **options) -> tuple[download.Found, bytes]:
    sink = Sink(most)
    return download.download(address, sink, rules=rules_for(server), most=most, **options), sink.content


def refusal(server, address: str, **options) -> str:
    with pytest.raises(RefusedAddressError) as caught:
        fetch(server, address, **options)
    return caught.value.code


def test_the_bytes_come_with_the_name_of_the_path_and_the_type_the_server_claims(server):
    address = server.put("/bill.pdf?sig=1", b"%PDF-1.7", headers={"Content-Type": "image/png"})
    found, content = fetch(server, address)
    assert (content, found) == (b"%PDF-1.7", download.Found("bill.pdf", "image/png"))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="bill 7.pdf"', "bill 7.pdf"),
        ("attachment; filename=x.pdf; filename*=UTF-8''M%C3%A4rz.pdf", "März.pdf"),
        ("inline", "get"),
        ("attachment; filename=", "get"),
    ],
)
def test_the_server_may_name_the_document(server, header, name):
    address = server.put("/get", b"x", headers={"Content-Disposition": header})
    assert fetch(server, address)[0].name == name


def test_the_server_learns_its_own_name_and_nothing_about_the_desk(server):
    fetch(server, server.put("/a", b"x"))
    (_path, headers), = server.asked  # fmt: skip
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["User-Agent"] == "ClassifyHub"
    assert not {"Cookie", "Authorization", "Referer"} & headers.keys()


class TestGuard:
    def test_nobody_is_connected_to_before_the_number_was_looked_at(self, server):
        address = server.put("/a", b"x")
        with pytest.raises(RefusedAddressError, match="private"):
            download.download(address, Sink(), rules=Rules(ports=frozenset({server.port})), most=9)
        assert server.asked == []

    @pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
    def test_other_spellings_of_this_machine_are_the_same_number(self, server, host):
        with pytest.raises(RefusedAddressError, match="private"):
            download.download(server.url(host=host), Sink(), rules=Rules(ports=frozenset({server.port})), most=9)

    def test_a_redirect_is_looked_at_like_any_address(self, server):
        """Away from what is allowed to what is not, on the same machine."""
        server.put("/a", status=302, headers={"Location": server.url("/secret", host="127.0.0.2")})
        server.put("/secret", b"secret")
        assert refusal(server, server.url("/a")) == "private"
        assert [path for path, _headers in server.asked] == ["/a"]

    @pytest.mark.parametrize(
        ("location", "code"),
        [("file:///etc/passwd", "scheme"), ("http://127.0.0.1:1/", "port:1"), ("//u:p@h/", "credentials")],
    )
    def test_a_redirect_to_anything_else_is_refused(self, server, location, code):
        assert refusal(server, server.put("/a", status=301, headers={"Location": location})) == code

    def test_a_name_that_changes_its_number_is_connected_to_at_the_one_that_was_looked_at(self, server, monkeypatch):
        """The first look-up says what is allowed; a second one, which would say something else, is never made."""
        asked = []

        async def resolve(loop, host, port, **kwargs):
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) == 1 else "127.0.0.2", 0))]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
        server.put("/a", b"x")
        assert fetch(server, server.url("/a", host="rebinding.example"))[1] == b"x"
        assert asked[0] == "rebinding.example"
        assert "rebinding.example" not in asked[1:]
        assert server.asked[0][1]["Host"] == f"rebinding.example:{server.port}"

    def test_a_proxy_of_the_environment_is_not_used(self, server, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        assert fetch(server, server.put("/a", b"x"))[1] == b"x"


class TestRedirects:
    def chain(self, server, length: int) -> str:
        for number in range(length):
            server.put(f"/{number}", status=302, headers={"Location": f"/{number + 1}", "Set-Cookie": "a=b"})
        server.put(f"/{length}", b"there")
        return server.url("/0")

    def test_five_are_followed_without_keeping_cookies(self, server):
        found, content = fetch(server, self.chain(server, 5))
        assert (found.name, content) == ("5", b"there")
        assert not any("Cookie" in headers for _path, headers in server.asked)

    def test_a_sixth_is_not(self, server):
        assert refusal(server, self.chain(server, 6)) == "redirects"

    def test_one_that_leads_nowhere(self, server):
        assert refusal(server, server.put("/a", status=302)) == "status:302"


class TestBadAnswers:
    @pytest.mark.parametrize(
        ("status", "code"),
        [(401, "login"), (403, "login"), (404, "not_there"), (410, "not_there"), (429, "busy:429"), (503, "busy:503"),
         (451, "status:451"), (204, "status:204"), (206, "status:206")],
    )  # fmt: skip
    def test_each_status_has_its_reason(self, server, status, code):
        assert refusal(server, server.put("/a", status=status)) == code

    def test_what_announces_to_be_too_large_is_not_read(self, server):
        assert refusal(server, server.put("/a", b"x" * 200), most=100) == "too_large"

    def test_what_turns_out_to_be_too_large_is_not_read_on(self, server):
        address = server.put("/a", b"x" * 10**6, is_silent_about_size=True)
        assert refusal(server, address, most=100_000) == "too_large"

    def test_what_inflates_to_too_much_is_not_read_on(self, server):
        packed = gzip.compress(bytes(10**6))
        assert (
            refusal(server, server.put("/a", packed, headers={"Content-Encoding": "gzip"}), most=10**5) == "too_large"
        )

    def test_what_breaks_off(self, server):
        assert refusal(server, server.put("/a", b"half", cut=4)) == "cut_short"

    def test_what_drips_ends_at_the_deadline(self, server):
        address, started = server.put("/a", b"x" * 1000, drip=0.05), time.monotonic()
        assert refusal(server, address, seconds=0.5) == "timed_out"
        assert time.monotonic() - started < 10

    def test_nobody_there(self, server):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        rules = Rules(networks=LOOPBACK, ports=frozenset({port}))
        with pytest.raises(RefusedAddressError, match="unreachable"):
            download.download(f"http://127.0.0.1:{port}/", Sink(), rules=rules, most=9)

    def test_a_name_that_nobody_has(self, server):
        assert refusal(server, server.url("/", host="nobody.invalid")) == "unknown_host"

    def test_what_is_no_tls_at_all_where_tls_was_asked_for(self, server):
        assert refusal(server, server.url("/").replace("http:", "https:")) == "untrusted"


def test_only_what_may_pass_by_itself_is_tried_again():
    tried_again = {"unreachable", "timed_out", "busy:503", "cut_short"}
    codes = (*tried_again, "private", "login", "too_large")
    assert {code for code in codes if RefusedAddressError(code).is_transient} == tried_again

"""What may be asked, and which numbers may be connected to."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from jobs.web import addresses
from jobs.web.addresses import RefusedAddressError, Rules

PUBLIC = "93.184.215.14"


def refusal(text: str, rules: Rules = Rules()) -> str:  # noqa: B008 - frozen
    with pytest.raises(RefusedAddressError) as caught:
        addresses.read(text, rules=rules)
    return caught.value.code


class TestWords:
    def test_one_on_each_line_or_side_by_side_and_each_once(self):
        assert addresses.split(" http://a/1\r\nhttp://b/2 http://a/1\n\n") == ["http://a/1", "http://b/2"]
        assert addresses.split(" \n ") == []

    def test_what_is_shown_of_it_holds_neither_query_nor_path(self):
        address = addresses.read("https://files.example.org/s/k3y/bill.pdf?sig=s3cret#page=2", rules=Rules())
        assert address.text == "https://files.example.org/s/k3y/bill.pdf?sig=s3cret"
        assert (address.name, address.place) == ("bill.pdf", "files.example.org")
        assert address.origin == "https://files.example.org"

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/a/Rechnung%20M%C3%A4rz.pdf", "Rechnung März.pdf"),
            ("/a/folder/", "folder"),
            ("", "example.org"),
            ("/..%2f..%2fpasswd", "passwd"),
        ],
    )
    def test_the_name_is_the_last_part_of_the_path(self, path, name):
        assert addresses.read(f"https://example.org{path}", rules=Rules()).name == name

    def test_a_host_in_another_script_is_understood(self):
        assert addresses.read("https://bücher.example/a.pdf", rules=Rules()).origin == "https://xn--bcher-kva.example"

    @pytest.mark.parametrize(
        "text",
        ["ftp://a/b", "file:///etc/passwd", "gopher://a", "example.org", "/etc/passwd", "http://", "http:///a", "://",
         "http://[::1", "https://a\x00b/", "javascript:alert(1)", "https://example.org/" + "a" * 2000],
    )  # fmt: skip
    def test_what_is_no_web_address_is_refused(self, text):
        assert refusal(text) == "scheme"

    def test_names_and_passwords_are_refused(self):
        assert refusal("https://ines:secret@example.org/") == "credentials"

    def test_other_ports_are_refused_unless_the_operator_allows_them(self):
        assert refusal("http://example.org:6379/") == "port:6379"
        assert refusal("http://example.org:443.5/") == "scheme"
        assert addresses.read("http://example.org:8443/", rules=Rules(ports=frozenset({8443}))).text
        assert refusal("http://example.org/", Rules(ports=frozenset({8443}))) == "port:80"


class TestNumbers:
    @pytest.mark.parametrize(
        "number",
        [
            "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104 - refused
            "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1",
            "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
        ],
    )  # fmt: skip
    def test_what_is_not_public_is_refused(self, number):
        with pytest.raises(RefusedAddressError, match="private"):
            addresses.choose_number([ip_address(number)], rules=Rules())

    @pytest.mark.parametrize("number", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", f"::ffff:{PUBLIC}"])
    def test_what_is_public_is_allowed(self, number):
        assert addresses.choose_number([ip_address(number)], rules=Rules()) == ip_address(number)

    def test_one_private_number_among_public_ones_refuses_the_name(self):
        with pytest.raises(RefusedAddressError, match="private"):
            addresses.choose_number([ip_address(PUBLIC), ip_address("10.0.0.1")], rules=Rules())

    def test_a_name_without_any_is_refused(self):
        with pytest.raises(RefusedAddressError, match="unknown_host"):
            addresses.choose_number([], rules=Rules())

    def test_the_operator_allows_networks_and_nothing_beside_them(self):
        rules = Rules(networks=(ip_network("10.20.0.0/16"),))
        assert addresses.is_allowed(ip_address("10.20.3.4"), rules=rules)
        assert addresses.is_allowed(ip_address("::ffff:10.20.3.4"), rules=rules)
        assert not addresses.is_allowed(ip_address("10.21.3.4"), rules=rules)
        assert not addresses.is_allowed(ip_address("127.0.0.1"), rules=rules)

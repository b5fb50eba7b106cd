"""Where a request comes from, and that nobody can choose it."""

import pytest
from django.test import RequestFactory

from classifyhub.accounts.addresses import client_address

PROXY, CLIENT, INNER, CLAIMED = "10.0.0.1", "203.0.113.9", "10.0.0.2", "198.51.100.7"


@pytest.fixture
def address_of(settings):
    def read(forwarded=None, *, proxies, connection=PROXY):
        settings.TRUSTED_PROXIES = proxies
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=connection))

    return read


def test_without_a_trusted_proxy_it_is_that_of_the_connection_whatever_a_header_claims(address_of):
    assert address_of(CLAIMED, proxies=0) == PROXY


def test_behind_a_proxy_it_is_the_one_that_proxy_saw(address_of):
    assert address_of(CLIENT, proxies=1) == CLIENT


def test_what_the_client_wrote_itself_stands_further_left_and_is_not_believed(address_of):
    assert address_of(f"{CLAIMED}, {CLIENT}", proxies=1) == CLIENT
    assert address_of(f"{CLAIMED}, {CLIENT}, {INNER}", proxies=2) == CLIENT


@pytest.mark.parametrize("forwarded", [None, "", CLIENT])
def test_a_request_that_came_past_a_proxy_counts_by_its_connection(address_of, forwarded):
    assert address_of(forwarded, proxies=2) == PROXY


@pytest.mark.parametrize("entry", ["unknown", "_hidden", "1.2.3", "1.2.3.4.5", "' OR 1=1", "\x00", ",", "1.2.3.²"])
def test_what_is_no_address_counts_by_its_connection(address_of, entry):
    assert address_of(entry, proxies=1) == PROXY


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("203.0.113.9:51234", CLIENT),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", CLIENT),
    ],
)
def test_every_spelling_that_proxies_use_is_one_address(address_of, entry, address):
    assert address_of(entry, proxies=1) == address


def test_a_connection_without_an_address_has_none(address_of):
    assert address_of(proxies=0, connection="") is None
    assert address_of("unknown", proxies=1, connection="") is None

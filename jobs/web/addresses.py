"""Web addresses as people paste them, and which of them the desk may connect to.

Whoever may upload could otherwise read, through the desk, what only the desk's machine can reach: the router, other
services of the host, the metadata of a cloud machine with its keys. What counts is the number that is connected to,
never the name, for a name may lead anywhere and change in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    import httpx

ADDRESS_MOST = 2_000
SCHEMES = {"http": 80, "https": 443}
# Public to ipaddress (to some versions of it), yet not to be reached from here: Azure's platform address, what is set
# aside for protocols (IANA's special registries), and ways of writing an IPv4 address as an IPv6 one, which a router on
# the way may undo (6to4, Teredo, NAT64).
NEVER = tuple(
    ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "2002::/16", "2001::/23", "64:ff9b::/96", "64:ff9b:1::/48")
)
# Reasons of refusal that are worth another try a little later.
TRANSIENT = frozenset({"unreachable", "timed_out", "busy", "cut_short"})
Number = IPv4Address | IPv6Address


class RefusedAddressError(Exception):
    """Not fetched; ``code`` is one of ``jobs.refusals``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_transient(self) -> bool:
        """Whether it may go better in a little while."""
        return self.code.partition(":")[0] in TRANSIENT


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator allows: networks beside the public ones, and ports."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: frozenset[int] = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Address:
    """One that can be asked. ``text`` may hold a key; what else is said of it here does not."""

    text: str

    @property
    def url(self) -> httpx.URL:
        import httpx  # noqa: PLC0415 - a desk that fetches nothing does without

        return httpx.URL(self.text)

    @property
    def origin(self) -> str:
        """Scheme, host and port: "https://files.example.org"."""
        return f"{self.url.scheme}://{self.url.netloc.decode()}"

    @property
    def name(self) -> str:
        """What the document is called until the server says otherwise."""
        return name_of(self.url)

    @property
    def place(self) -> str:
        """The host, as the folder it comes from."""
        return self.url.host


def split(text: str) -> list[str]:
    """The addresses of a pasted text, each once: they hold no white space."""
    return list(dict.fromkeys(text.split()))


def read(text: str, *, rules: Rules) -> Address:
    """An address that may be asked, as far as its words tell. Raises ``RefusedAddressError``."""
    import httpx  # noqa: PLC0415 - as above

    try:
        url = httpx.URL(text.partition("#")[0])
    except (httpx.InvalidURL, ValueError) as error:
        raise RefusedAddressError("scheme") from error
    if url.scheme not in SCHEMES or not url.host or len(text) > ADDRESS_MOST:
        raise RefusedAddressError("scheme")
    if url.userinfo:
        raise RefusedAddressError("credentials")
    port = url.port or SCHEMES[url.scheme]
    if port not in rules.ports:
        raise RefusedAddressError(f"port:{port}")
    return Address(str(url))


def choose_number(numbers: Iterable[Number], *, rules: Rules) -> Number:
    """The first that may be connected to. One that may not refuses the whole name: it is not there by chance."""
    found = list(numbers)
    if not found:
        raise RefusedAddressError("unknown_host")
    if not all(is_allowed(number, rules=rules) for number in found):
        raise RefusedAddressError("private")
    return found[0]


def is_allowed(number: Number, *, rules: Rules) -> bool:
    """Whether documents may be fetched from there: a public address, or one in a network of the operator's choice."""
    plain = number.ipv4_mapped or number if isinstance(number, IPv6Address) else number
    if any(plain in network for network in rules.networks):
        return True
    return plain.is_global and not plain.is_multicast and not any(plain in network for network in NEVER)


def name_of(url: httpx.URL) -> str:
    """The last part of its path, else its host."""
    last = re.sub(r".*/", "", unquote(url.raw_path.decode().partition("?")[0]).rstrip("/"))
    return last or url.host

"""The address that a request comes from, for what is counted per address."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

# As some proxies write it: 203.0.113.9:51234, [2001:db8::1]:443.
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+", re.ASCII)


def client_address(request: HttpRequest) -> str | None:
    """Of whom the outermost trusted proxy says that it was asked by them; without such a proxy, or where what it says
    is no address, of the connection. None where that has none either.

    Each proxy adds whom it saw at the right of ``X-Forwarded-For``, and a client may have written anything before: so
    entries are counted from the right, and never more than there are trusted proxies.
    """
    return _forwarded(request) or _clean(request.META.get("REMOTE_ADDR", ""))


def _forwarded(request: HttpRequest) -> str | None:
    proxies: int = settings.TRUSTED_PROXIES
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    if not 0 < proxies <= len(entries):
        return None
    return _clean(entries[-proxies])


def _clean(entry: str) -> str | None:
    """One spelling of the address, or none."""
    found = _WITH_PORT.fullmatch(entry.strip())
    bare = (found[1] or found[2] or "") if found else entry.strip()
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)

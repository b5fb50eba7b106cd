"""Fetching one document: followed by hand from redirect to redirect, each time to a number that was looked at first.

Plain asyncio inside, because only there does one deadline cover everything, also a server that sends a byte now and
then. No proxy, no cookies, no credentials; nothing about the desk is told.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from ipaddress import ip_address
from typing import Protocol

import httpx

from jobs.web import addresses
from jobs.web.addresses import Number, RefusedAddressError, Rules

REDIRECTS_MOST = 5
SECONDS, SECONDS_SILENT = 120, 15
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "ClassifyHub"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class Sink(Protocol):
    """Where the bytes go. ``problem`` is set once they are no longer wanted."""

    @property
    def problem(self) -> str:
        """Empty, ``too_large`` or ``disk_full``."""

    def write(self, chunk: bytes) -> None:
        """Take a piece."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the server says of the document; the bytes say more."""

    name: str
    content_type: str


def download(address: str, sink: Sink, *, rules: Rules, most: int, seconds: float = SECONDS) -> Found:
    """Write what stands at ``address`` into ``sink``, at most ``most`` bytes. Raises ``RefusedAddressError``."""

    async def follow() -> Found:
        return await asyncio.wait_for(_follow(address, sink, rules=rules, most=most), seconds)

    try:
        with ThreadPoolExecutor(1) as own:  # a thread of its own, for the caller's may be running a loop already
            return own.submit(asyncio.run, follow()).result()
    except (TimeoutError, httpx.TimeoutException) as error:
        raise RefusedAddressError("timed_out") from error
    except httpx.ConnectError as error:
        raise RefusedAddressError("untrusted" if _is_about_trust(error) else "unreachable") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise RefusedAddressError("cut_short") from error


async def _follow(address: str, sink: Sink, *, rules: Rules, most: int) -> Found:
    for _hop in range(REDIRECTS_MOST + 1):
        url = addresses.read(address, rules=rules).url
        number = addresses.choose_number(await _resolve(url), rules=rules)
        # A client each: no cookie and no connection of one server is ever shown to the next.
        async with (
            httpx.AsyncClient(trust_env=False, timeout=SECONDS_SILENT, headers=HEADERS) as client,
            _asked(client, url, number) as response,
        ):
            if response.status_code not in REDIRECTS:
                return await _take(response, url, sink, most=most)
            address = str(url.join(_read_location(response)))
    raise RefusedAddressError("redirects")


async def _resolve(url: httpx.URL) -> list[Number]:
    """The numbers of a host; of one that is a number, in whatever spelling the system understands, that number."""
    host = url.raw_host.decode().strip("[]")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedAddressError("unknown_host") from error
    return [ip_address(str(place[0]).partition("%")[0]) for *_kind, place in found]


def _asked(client: httpx.AsyncClient, url: httpx.URL, number: Number) -> AbstractAsyncContextManager[httpx.Response]:
    """Ask the number itself, so that no second look-up can lead elsewhere. Server and TLS are told the name all the
    same, and the certificate is held against it."""
    pinned = url.copy_with(host=f"[{number}]" if number.version == 6 else str(number))
    name = url.raw_host.decode().strip("[]")
    return client.stream("GET", pinned, headers={"Host": url.netloc.decode()}, extensions={"sni_hostname": name})


async def _take(response: httpx.Response, url: httpx.URL, sink: Sink, *, most: int) -> Found:
    _look_at_status(response.status_code)
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > most:
        raise RefusedAddressError("too_large")
    async for chunk in response.aiter_bytes():
        sink.write(chunk)
        if sink.problem:
            raise RefusedAddressError(sink.problem)
    return Found(_read_name(response) or addresses.name_of(url), response.headers.get("Content-Type", ""))


def _look_at_status(status: int) -> None:
    if status in {401, 403, 407}:
        raise RefusedAddressError("login")
    if status in {404, 410}:
        raise RefusedAddressError("not_there")
    if status in BUSY:
        raise RefusedAddressError(f"busy:{status}")
    if status != 200:
        raise RefusedAddressError(f"status:{status}")


def _read_location(response: httpx.Response) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise RefusedAddressError(f"status:{response.status_code}")
    return str(location)


def _read_name(response: httpx.Response) -> str:
    """The name in Content-Disposition, if it gives one; of two that with its encoding (RFC 6266, 4.3)."""
    message = Message()
    message["Content-Disposition"] = response.headers.get("Content-Disposition", "")
    parts = message.get_params([], header="Content-Disposition")
    names = [value for name, value in parts if name == "filename"]
    names.sort(key=lambda value: isinstance(value, str))
    return collapse_rfc2231_value(names[0]) if names else ""


def _is_about_trust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False

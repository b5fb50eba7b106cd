"""Calls to a connection counted in Redis, for a team: the same as in the database, under Redis's clock."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from jobs.remote.limits import StoreAwayError
from rules.models import Connection

_RATE_SCRIPT = """
local now = redis.call('TIME'); now = now[1] + now[2] / 1000000
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = free - now - tonumber(ARGV[2])
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], tostring(free + tonumber(ARGV[1])), 'EX', 3600)
return '0'
"""
_SLOT_SCRIPT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) + 60)
return 1
"""


class RedisCounter:
    """``jobs.remote.limits.Counter`` at the Redis under ``url``. Raises ``StoreAwayError`` while that cannot
    be reached."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        self._rate = self._client.register_script(_RATE_SCRIPT)
        self._slots = self._client.register_script(_SLOT_SCRIPT)

    def wait_for_rate(self, connection: Connection, *, interval: float, ahead: float) -> float:
        with _reaching():
            return float(self._rate(keys=[_key("rate", connection)], args=[interval, ahead]))

    def take_slot(self, connection: Connection, *, most: int, seconds: float) -> Any:
        token = secrets.token_hex(8)
        with _reaching():
            taken = self._slots(keys=[_key("slots", connection)], args=[most, int(seconds), token])
        return token if taken else None

    def free_slot(self, connection: Connection, slot: Any) -> None:
        with _reaching():
            self._client.zrem(_key("slots", connection), slot)


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreAwayError from error


def _key(what: str, connection: Connection) -> str:
    return f"classifyhub:{what}:{connection.uid}"

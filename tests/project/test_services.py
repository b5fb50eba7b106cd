"""The servers that the suite starts for itself."""

import psycopg
import pytest
import redis

from tests.support.programs import MissingProgramError, find_program


def test_postgres_answers_on_its_own_socket(postgres_url):
    server = postgres_url.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres") as connection:
        assert connection.execute("SELECT 6 * 7").fetchone() == (42,)


def test_redis_keeps_what_it_is_given(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.set("paper", "ink")
        assert client.get("paper") == b"ink"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_missing_program_is_named_with_its_package():
    with pytest.raises(MissingProgramError, match=r"no-such-server is not installed here \(Debian package nothing\)"):
        find_program("no-such-server", package="nothing")

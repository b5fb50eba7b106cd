"""Pages of items as LlamaCloud gives them, with a token that says where the next one starts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from jobs.standins.exchange import Asked, RefusedError, complain

Item = TypeVar("Item")


def page_of(
    asked: Asked,
    items: Iterable[Item],
    *,
    key: Callable[[Item], list[Any]],
    show: Callable[[Item], Any],
    usual: int = 20,
    most: int = 100,
) -> dict[str, Any]:
    """One page of ``items`` in the order of ``key``, which must differ for each. The token holds the key of the last
    item, so what is added or removed during a walk moves nothing."""
    size, after = read_size(asked, usual=usual, most=most), read_token(asked)
    if asked.suffers("empty_page"):
        return {"items": [], "next_page_token": write_token(after), "total_size": None}
    rest = sorted((item for item in items if key(item) > after), key=key)
    page = rest[:size]
    token = write_token(key(page[-1])) if len(rest) > size else None
    return {"items": [show(item) for item in page], "next_page_token": token, "total_size": None}


def read_size(asked: Asked, *, usual: int, most: int) -> int:
    """``page_size``. Raises ``RefusedError``."""
    text = asked.query.get("page_size", str(usual))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise refuse_query("page_size", f"Input should be from 1 to {most}", given=text)
    return int(text)


def read_token(asked: Asked) -> list[Any]:
    """The key after which the page starts; empty for the first page. Raises ``RefusedError``."""
    token = asked.query.get("page_token")
    if not token:
        return []
    try:
        key: list[Any] = list(json.loads(base64.urlsafe_b64decode(token)))
    except (ValueError, TypeError):
        raise refuse_query("page_token", "Invalid page token", given=token) from None
    return key


def write_token(key: list[Any]) -> str:
    """The other way round."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def read_time(asked: Asked, name: str) -> datetime | None:
    """A date-time of the query. Raises ``RefusedError``."""
    text = asked.query.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refuse_query(name, "Input should be a valid datetime", given=text) from None
    return moment if moment.tzinfo else moment.astimezone()


def read_flag(asked: Asked, name: str) -> bool:
    """A boolean of the query."""
    return asked.query.get(name, "false").lower() in {"true", "1"}


def refuse_query(name: str, said: str, *, given: Any = None) -> RefusedError:
    """A 422 about a part of the query."""
    return RefusedError(422, [complain(("query", name), said, given=given)])

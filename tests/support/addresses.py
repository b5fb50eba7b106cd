"""Every address of the desk, read from the URL configuration: one that is added tomorrow is tested tomorrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def all_addresses() -> list[tuple[URLPattern, dict[str, type]]]:
    """Each pattern with the names of its parts and the converters that read them."""
    return list(_walk(get_resolver().url_patterns, {}))


def _walk(
    patterns: Iterable[URLPattern | URLResolver], above: dict[str, type]
) -> Iterator[tuple[URLPattern, dict[str, type]]]:
    for pattern in patterns:
        parts = above | {name: type(kind) for name, kind in pattern.pattern.converters.items()}
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, parts)
        else:
            yield pattern, parts

"""From what the browser sends to what the verbs take."""

from __future__ import annotations

import json
import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifyhub.text import clean_line
from rules.languages import LANGUAGES
from rules.lint import BLOCKS, Finding
from rules.models import Mode, ProviderName
from rules.provider_options import TEXT_MAX, Option, keep_said, options_of
from rules.shape import Destination, Draft, make_rules

PAGES_MOST = 1_000_000
TARGET_PAGES_TYPED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The editor's form: the draft as its fields say, the revision it was opened at, and the fingerprint it started
    from. ``problems`` are numbers that nobody can read; there the draft keeps what is stored, and ``typed`` has what
    was sent, so that it can be shown again."""

    draft: Draft
    revision: int
    base: dict[str, str]
    problems: tuple[Finding, ...] = ()
    typed: dict[str, str] = field(default_factory=dict)


def read_editor(data: QueryDict, *, stored: Draft) -> Posted:
    """Read the editor's form. What the form does not carry is taken from ``stored``. Raises ``SuspiciousOperation``
    (answered 400) for a form that is not ours."""
    max_pages, pages_problem = _read_max_pages(data.get("max_pages", ""), kept=stored.max_pages)
    share, share_problem = _read_share(data.get("auto_approve_at", ""), kept=stored.auto_approve_at)
    destination = read_destination(data.get("provider"), kept=stored.destination)
    problems = tuple(problem for problem in (pages_problem, share_problem) if problem)
    draft = replace(
        stored,
        rules=make_rules([_read_rule(data, rule_id) for rule_id in data.getlist("rule")]),
        provider=destination.provider,
        connection=destination.connection,
        provider_options=_read_options(data, destination.provider, stored=stored),
        fallback=_read_fallback(data.get("fallback"), kept=stored.fallback),
        mode=_read_choice(data.get("mode"), Mode.values, kept=stored.mode),
        lang=_read_choice(data.get("lang"), LANGUAGES, kept=stored.lang),
        max_pages=max_pages,
        target_pages=clean_line(data.get("target_pages", ""), max_length=TARGET_PAGES_TYPED),
        auto_approve_at=share,
    )
    return Posted(
        draft=draft,
        revision=read_revision(data),
        base=read_base(data),
        problems=problems,
        typed={problem.field: data.get(problem.field, "") for problem in problems},
    )


def read_revision(data: QueryDict) -> int:
    try:
        return int(data.get("revision", ""))
    except ValueError as error:
        raise SuspiciousOperation("a draft without its revision") from error


def read_base(data: QueryDict) -> dict[str, str]:
    """The fingerprint the editor started from; none when it is not one, and then every difference is asked about."""
    value = read_json(data.get("base", ""))
    return {str(key): str(part) for key, part in value.items()} if isinstance(value, Mapping) else {}


def read_sides(data: QueryDict) -> dict[str, str]:
    """Which side was chosen for each part of two drafts: ``side-<key>`` is ``mine`` or ``theirs``."""
    return {key.removeprefix("side-"): data.get(key, "") for key in data if key.startswith("side-")}


def read_json(text: str) -> Any:
    """JSON that our own pages wrote into a hidden field; null when it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_destination(text: str | None, *, kept: Destination) -> Destination:
    """A destination as ``rules.destinations.value_of`` wrote it, else ``kept``. Whether there is such a connection is
    asked later."""
    provider, _colon, connection = (text or "").partition(":")
    if provider not in ProviderName.values:
        return kept
    try:
        return Destination(provider, str(uuid.UUID(connection)) if connection else None)
    except ValueError:
        return kept


def _read_fallback(text: str | None, *, kept: Destination | None) -> Destination | None:
    if text == "":
        return None
    unread = Destination("")
    read = read_destination(text, kept=unread)
    return kept if read == unread else read


def _read_options(data: QueryDict, provider: str, *, stored: Draft) -> dict[str, Any]:
    """The settings that only this provider has. Fields drawn for another one, before it was changed, say nothing."""
    if data.get("options_of") != provider:
        return dict(stored.provider_options) if provider == stored.provider else {}
    return keep_said(provider, {option.name: _read_option(data, option) for option in options_of(provider)})


def _read_option(data: QueryDict, option: Option) -> bool | str:
    text = data.get(f"option-{option.name}", "")
    return bool(text) if option.is_check else clean_line(text, max_length=TEXT_MAX)


def _read_rule(data: QueryDict, rule_id: str) -> dict[str, str]:
    fields = {name: data.get(f"{name}-{rule_id}", "") for name in ("type", "description", "monogram")}
    return {"id": rule_id, **fields}


def _read_choice(value: str | None, known: Container[str], *, kept: str) -> str:
    return value if value is not None and value in known else kept


def _read_max_pages(text: str, *, kept: int | None) -> tuple[int | None, Finding | None]:
    if not text.strip():
        return None, None
    if pages := _read_whole(text.strip(), most=PAGES_MOST):
        return pages, None
    return kept, _unread("max_pages", _("A whole number from 1, or nothing for all pages."))


def _read_share(text: str, *, kept: float | None) -> tuple[float | None, Finding | None]:
    percent = text.strip().removesuffix("%").strip()
    if not percent:
        return None, None
    if whole := _read_whole(percent, most=100):
        return whole / 100, None
    return kept, _unread("auto_approve_at", _("A percentage from 1 to 100, or nothing."))


def _read_whole(text: str, *, most: int) -> int | None:
    """A whole number from 1; none for anything else, however long, for Python refuses to read thousands of digits."""
    is_short = len(text) <= len(str(most))
    return int(text) if is_short and text.isdecimal() and 1 <= int(text) <= most else None


def _unread(field_name: str, sentence: str) -> Finding:
    return Finding(rule=None, field=field_name, severity=BLOCKS, sentence=sentence)

"""What both generations of LlamaCloud Classify share: hosts, key, files, rules, webhooks and the reading of a result.

https://developers.llamaindex.ai/cloud-api-reference/ (files, projects); each generation has a module of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from classifyhub.engine.model import Answer
from classifyhub.engine.pageranges import Scope, parse_pages
from classifyhub.text import clean_line
from jobs.providers.answers import bounded, broken, number_in, same_type, text_in
from jobs.providers.base import (
    Access,
    Checkup,
    ContractBrokenError,
    MisconfiguredError,
    ProviderError,
    RejectedError,
    Reply,
    Request,
)
from jobs.providers.wire import Answered, Wire

HOSTS: Mapping[str, str] = {
    "us": "https://api.cloud.llamaindex.ai",
    "eu": "https://api.cloud.eu.llamaindex.ai",
}
FILES = "/api/v1/beta/files"
PROJECTS = "/api/v1/projects"
MOST_PAGES = 10_000
# Only the ends of a job are worth a call to us; the way there is polled.
_EVENTS = ("classify.success", "classify.partial_success", "classify.error", "classify.cancelled")

_SENT = ("file", "config", "preset")

Params = list[tuple[str, str]]


def base_url(access: Access) -> str:
    """Where the API of this connection is. Raises ``MisconfiguredError`` for a region that the vendor does not have."""
    region = str(access.options.get("region") or "us")
    if access.base_url:
        return access.base_url
    if region not in HOSTS:
        raise MisconfiguredError(f"LlamaCloud has no region “{region}”.", reason="bad_credentials")
    return HOSTS[region]


def headers(access: Access) -> dict[str, str]:
    """What each call must carry: the key, which belongs to one region and one project."""
    return {"Authorization": f"Bearer {access.secret}"}


def scope_of(access: Access) -> Params:
    """The project and organization that calls are about, where the connection names them; else the key's own."""
    names = ("project_id", "organization_id")
    return [(name, str(access.options[name])) for name in names if access.options.get(name)]


# Files: https://developers.llamaindex.ai/cloud-api-reference/files


def upload(wire: Wire, request: Request, *, scope: Params) -> str:
    """Send the document's bytes and give the vendor's id of this copy, which the caller must note at once. Nothing is
    billed for it, so sending one again after a broken connection costs no more than a second copy."""
    media_type = request.media_type or "application/octet-stream"
    try:
        with request.path.open("rb") as file:
            answered = wire.call(
                "POST",
                FILES,
                is_fixed=True,
                params=scope,
                data={"purpose": "classify", "external_file_id": request.idempotency_key},
                files={"file": (request.name or "document", file, media_type)},
            )
    except FileNotFoundError as error:  # erased meanwhile
        raise RejectedError("The document's bytes are gone.", reason="unreadable") from error
    return id_in(answered, was_sent=False)


def lacks(error: RejectedError, remote_id: str, *, kind: str) -> bool:
    """Whether a job was refused because the vendor no longer has what it was to be made from."""
    said = str(error).lower()
    return error.status in {404, 422} and (remote_id.lower() in said or kind in said)


def create(wire: Wire, path: str, body: Mapping[str, Any], *, scope: Params) -> Answered:
    """Make a job. Raises ``ProviderError``: a 404 that names nothing of what was sent says that nobody there makes
    jobs."""
    try:
        return wire.call("POST", path, params=scope, json=body, takes_document=True)
    except RejectedError as error:
        said = str(error)
        if error.status != HTTPStatus.NOT_FOUND or any(word in said.lower() for word in _SENT):
            raise
        raise wire.wrong_address(HTTPStatus.NOT_FOUND, said.rpartition(": ")[2], error.vendor_request_id) from error


def remove_copy(wire: Wire, uploaded: str, *, scope: Params) -> None:
    """Delete the vendor's copy of a document; gone already is well."""
    if uploaded:
        wire.delete(f"{FILES}/{path_part(uploaded)}", params=scope)


# Projects: https://developers.llamaindex.ai/cloud-api-reference/projects


def check(wire: Wire, access: Access) -> Checkup:
    """Prove address and key by listing the projects of the key. It says nothing of credit: no call does, for free."""
    try:
        found = wire.get(PROJECTS, params=scope_of(access), is_fixed=True).body
    except ProviderError as error:
        raise _with_a_hint(error, access) from error
    projects = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else None
    if projects is None:
        raise broken("The list of projects is not a list. Is the base URL right?")
    return Checkup(said=_say_project(projects, str(access.options.get("project_id") or "")))


def _say_project(projects: Sequence[Mapping[str, Any]], wanted: str) -> str:
    mine = [one for one in projects if one.get("id") == wanted] if wanted else list(projects)
    if wanted and not mine:
        raise MisconfiguredError(f"This key has no project {wanted}.", reason="bad_credentials")
    chosen = next((one for one in mine if one.get("is_default")), mine[0] if mine else {})
    name = clean_line(str(chosen.get("name") or ""), max_length=100)
    return f"The key works, for the project “{name}”." if name else "The key works."


def _with_a_hint(error: ProviderError, access: Access) -> ProviderError:
    """A key of the other region is refused like a wrong one."""
    if error.status not in {401, 403} or access.base_url:
        return error
    region = access.options.get("region") or "us"
    return type(error)(
        f"{error} Keys belong to one region; this one was tried in “{region}”.",
        reason=error.reason,
        vendor_request_id=error.vendor_request_id,
        status=error.status,
    )


# Lists: https://developers.llamaindex.ai/cloud-api-reference/ (pagination)


def walk(
    wire: Wire, path: str, *, params: Params, most_pages: int = MOST_PAGES, seconds: float = math.inf
) -> Iterator[Mapping[str, Any]]:
    """The items of a list, page by page. A server that never comes to an end is left after ``most_pages``. Raises
    ``ProviderError``; also when ``seconds`` are over, for what was not read may matter."""
    token, ends_at = "", time.monotonic() + seconds
    for number in range(most_pages):
        if number and time.monotonic() >= ends_at:
            said = f"After {number} pages and {seconds:.0f} seconds the provider's list had not come to its end."
            raise RejectedError(said, reason="timed_out")
        page = wire.get(path, params=[*params, *([("page_token", token)] if token else [])]).object()
        yield from items_of(page)
        token = str(page.get("next_page_token") or "")
        if not token:
            return


def items_of(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What stands on one page of a list. Raises ``ContractBrokenError``."""
    items = page.get("items")
    if not isinstance(items, list):
        raise broken("The list carries no items.")
    return [item for item in items if isinstance(item, dict)]


# What is sent


def rules_of(request: Request) -> list[dict[str, str]]:
    """The rules as both generations take them."""
    return [{"type": rule.type, "description": rule.description} for rule in request.rules]


def webhooks_of(access: Access) -> dict[str, Any]:
    """Where the vendor is to report the end of the job, signed; empty where the desk cannot be reached."""
    if access.hook is None:
        return {}
    hook = {
        "webhook_url": access.hook.url,
        "webhook_events": list(_EVENTS),
        "webhook_output_format": "json",
        "webhook_signing_secret": access.hook.secret,
    }
    return {"webhook_configurations": [hook]}


# What comes back


def id_in(answered: Answered, *, was_sent: bool | None) -> str:
    """The id of what was made. Raises ``ContractBrokenError``, with ``was_sent`` null where it may be billed anyway."""
    given = answered.body.get("id") if isinstance(answered.body, dict) else None
    if isinstance(given, str) and given:
        return given
    raise broken("The answer carries no id.", vendor_request_id=answered.request_id, was_sent=was_sent)


def path_part(remote_id: str) -> str:
    """An id as one part of an address, whatever the vendor put into it."""
    return quote(remote_id, safe="")


def answer_from(result: Any, request: Request, *, engine: str) -> Answer:
    """A result of either generation as our answer. No match is null; nothing is made up where something is missing.
    Raises ``ContractBrokenError``."""
    if not isinstance(result, dict) or "type" not in result:
        raise broken("The result carries no type.")
    said = result["type"]
    return Answer(
        type=None if said is None else same_type(text_in(said, "type"), request.rules),
        confidence=number_in(result.get("confidence"), "confidence"),
        reasoning=text_in(result.get("reasoning"), "reasoning"),
        pages_not_read=pages_left_out(request),
        engine=engine,
    )


def scope_of_pages(request: Request) -> Scope:
    """Which pages were asked for. Raises ``MisconfiguredError`` for a choice that nobody can read."""
    try:
        return Scope(max_pages=request.max_pages, ranges=parse_pages(request.target_pages))
    except ValueError as error:
        raise MisconfiguredError(str(error), reason="rejected") from error


def pages_left_out(request: Request) -> tuple[int, ...]:
    """The pages that the vendor was told to leave out; none where nobody counted the pages."""
    return scope_of_pages(request).plan(request.page_count or 0).left_out


def pages_read(request: Request) -> int | None:
    """How many pages the vendor was asked to read; it does not say how many it did. Null where nobody counted."""
    if request.page_count is None:
        return None
    return len(scope_of_pages(request).plan(request.page_count).numbers)


def reply_from(
    result: Any, request: Request, *, engine: str, raw: Mapping[str, Any], credits_used: float | None = None
) -> Reply:
    """A result of either generation as a final answer. Raises ``ContractBrokenError``."""
    echoed = {"configuration", "rules"}  # our own, and on record as the version
    return Reply(
        answer=answer_from(result, request, engine=engine),
        pages_read=pages_read(request),
        credits=credits_used,
        raw=bounded({name: value for name, value in raw.items() if name not in echoed}),
    )


def failure_of(job: Mapping[str, Any]) -> RejectedError:
    """A job that ended without an answer, in the vendor's words where it has some."""
    said = clean_line(str(job.get("error_message") or ""), max_length=300)
    if job.get("status") == "CANCELLED":
        return RejectedError("The job was cancelled at the provider.", reason="rejected")
    return RejectedError(said or "The provider could not classify it and does not say why.", reason="rejected")


def unknown_status(job: Mapping[str, Any]) -> ContractBrokenError:
    """A state that the contract does not have."""
    said = clean_line(str(job.get("status")), max_length=40)
    return broken(f"The job is in a state that nobody knows: “{said}”.")

"""What each fault does to an answer. Those that only a verb can do (a page without items, what a model says) are left
to it: ``Asked.suffers``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from jobs.standins.exchange import Asked, RefusedError, Said, complain
from jobs.standins.faults import Struck
from jobs.standins.serving import Delivery
from jobs.standins.vendor import Vendor, change_objects

_DAY = 86_400
_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_WEB_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>"
_SAID: Mapping[str, str] = {
    "400": "The request is malformed.",
    "403": "This key may not do that.",
    "404": "Not Found",
    "408": "The request took too long.",
    "409": "In conflict with the present state.",
    "413": "Too large.",
    "500": "Internal Server Error",
    "503": "Service busy.",
    "no_schema": "'response_format' of type 'json_schema' is not supported with this model.",
    "too_long": "This model's maximum context length is 8192 tokens. Reduce the length of the messages.",
}


def refuse_by(struck: Struck, asked: Asked, vendor: Vendor, *, wait: float) -> Delivery:
    """The answer of a fault that strikes before anything was accepted."""
    if struck.name == "reset_before":
        return Delivery(None, wait=wait)
    if struck.name == "502":
        return Delivery(Said(502, _GATEWAY_PAGE, content_type="text/html"), wait=wait)
    if struck.name == "gone":
        job_id = asked.path.rstrip("/").rsplit("/", 2 if asked.kind == "results" else 1)[1]
        vendor.store.forget_job(job_id)
        return Delivery(vendor.say_error(RefusedError(404, vendor.unknown_job)), wait=wait)
    return Delivery(_refuse_by_status(struck, vendor), wait=wait)


def _refuse_by_status(struck: Struck, vendor: Vendor) -> Said:
    status, name = struck.fault.status, struck.name
    if struck.options.get("plain"):
        return Said(status, str(struck.options["plain"]).encode(), _retry_after(struck), "text/plain; charset=utf-8")
    detail: Any = _SAID.get(name, "")
    if status == 401:
        detail = vendor.say_wrong_key(given=True)
    if status == 402:
        detail = vendor.no_credit
    if status == 422:
        detail = [complain(("body", "field"), "Input should be something else")]
    if status == 429:
        detail = "Rate limit exceeded"
    return vendor.say_error(
        RefusedError(status, struck.options.get("detail", detail), code=name, headers=_retry_after(struck))
    )


def _retry_after(struck: Struck) -> dict[str, str]:
    return {"Retry-After": str(struck.options.get("retry_after", 1))} if struck.name in {"429", "503"} else {}


def deliver(said: Said, struck: Struck | None, vendor: Vendor, *, wait: float) -> Delivery:
    """``said`` on its way out, as the fault has it."""
    plain = Delivery(said, wait=wait)
    return _MISHAPS[struck.name](plain, struck, vendor) if struck and struck.name in _MISHAPS else plain


Mishap = Callable[[Delivery, Struck, Vendor], Delivery]


def _reset(delivery: Delivery, _struck: Struck, _vendor: Vendor) -> Delivery:
    return replace(delivery, said=None)


def _wait(delivery: Delivery, struck: Struck, _vendor: Vendor) -> Delivery:
    return replace(delivery, wait=delivery.wait + struck.options.get("seconds", 1))


def _drip(delivery: Delivery, struck: Struck, _vendor: Vendor) -> Delivery:
    return replace(delivery, drip=struck.options.get("seconds", 1) / 8)


def _truncate(delivery: Delivery, _struck: Struck, _vendor: Vendor) -> Delivery:
    return replace(delivery, cut=0.5)


def _replace_said(**changes: Any) -> Mishap:
    def mishap(delivery: Delivery, _struck: Struck, _vendor: Vendor) -> Delivery:
        assert delivery.said is not None  # noqa: S101 - one fault strikes at a time
        return replace(delivery, said=replace(delivery.said, **changes))

    return mishap


def _change_body(change: Callable[[Any, Struck, Vendor], Any]) -> Mishap:
    """A mishap of the body; an error is said as it is."""

    def mishap(delivery: Delivery, struck: Struck, vendor: Vendor) -> Delivery:
        said = delivery.said
        if said is None or said.status >= 400 or said.body is None:
            return delivery
        return replace(delivery, said=replace(said, body=change(said.body, struck, vendor)))

    return mishap


def _halve(body: Any, _struck: Struck, _vendor: Vendor) -> bytes:
    whole = Said(200, body).to_bytes()
    return whole[: max(1, len(whole) // 2)]


def _add_fields(body: Any, _struck: Struck, _vendor: Vendor) -> Any:
    extra = {"x_new_field": {"nested": [1, None, "text"]}, "beta": True}
    return change_objects(body, lambda one: {**one, **extra})


def _drop_fields(body: Any, struck: Struck, _vendor: Vendor) -> Any:
    fields = struck.options.get("fields", ("status", "result", "classification", "choices", "data"))
    return change_objects(body, lambda one: {name: value for name, value in one.items() if name not in fields})


def _rename_status(body: Any, struck: Struck, vendor: Vendor) -> Any:
    status = struck.options.get("status", vendor.unknown_status)
    return change_objects(body, lambda one: {**one, "status": status} if "status" in one else one)


def _expire(body: Any, _struck: Struck, vendor: Vendor) -> Any:
    return vendor.expire(body)


def _skew_clock(delivery: Delivery, struck: Struck, vendor: Vendor) -> Delivery:
    seconds = struck.options.get("seconds", _DAY)
    skewed = _change_body(lambda body, _struck, _vendor: _shift(body, timedelta(seconds=seconds)))
    return replace(skewed(delivery, struck, vendor), skew=seconds)


def _shift(body: Any, by: timedelta) -> Any:
    """Every date in ``body``, later by ``by``."""
    if isinstance(body, dict):
        return {name: _shift(value, by) for name, value in body.items()}
    if isinstance(body, list):
        return [_shift(item, by) for item in body]
    if isinstance(body, str) and len(body) >= 20 and body[4:5] == "-" and "T" in body:
        try:
            return (datetime.fromisoformat(body) + by).isoformat().replace("+00:00", "Z")
        except ValueError:
            return body
    return body


_MISHAPS: Mapping[str, Mishap] = {
    "502_after": _replace_said(status=502, body=_GATEWAY_PAGE, content_type="text/html", headers={}),
    "slow_headers": _wait,
    "slow_body": _drip,
    "reset_after": _reset,
    "truncated": _truncate,
    "malformed": _change_body(_halve),
    "wrong_type": _replace_said(content_type="text/html"),
    "web_page": _replace_said(status=200, body=_WEB_PAGE, content_type="text/html"),
    "extra_fields": _change_body(_add_fields),
    "missing_fields": _change_body(_drop_fields),
    "unknown_status": _change_body(_rename_status),
    "expired": _change_body(_expire),
    "clock_skew": _skew_clock,
}

"""Asking for several things at once where a vendor's API answers one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Generic, TypeVar

from jobs.providers.base import HeldBackError, MisconfiguredError, ProviderError, RejectedError, UnavailableError

AT_ONCE = 8  # calls side by side; the limits of a connection may allow fewer
_NOT_FOUND = 404

Item = TypeVar("Item")
Found = TypeVar("Found")


def ask_each(
    ask: Callable[[Item], Found], items: Sequence[Item], *, at_once: int = AT_ONCE
) -> Iterator[tuple[Item, Found | ProviderError]]:
    """Call ``ask`` for each item, ``at_once`` side by side in threads of their own, and give each with its answer or
    its error in the caller's thread, as they come in.

    An error that speaks for all (a refused key, a rate limit, a limit of our own) is given to those not asked yet as
    well, unasked: asking on would only make it worse. Any other exception ends it and is raised."""
    asking = _Asking(ask)
    if len(items) <= 1:
        yield from ((item, asking(item)) for item in items)
        return
    with ThreadPoolExecutor(max_workers=min(at_once, len(items)), thread_name_prefix="ask") as pool:
        futures: dict[Future[Found | ProviderError], Item] = {pool.submit(asking, item): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


class _Asking(Generic[Item, Found]):
    """``ask`` with its errors given back instead of raised, and no more calls after one that speaks for all."""

    def __init__(self, ask: Callable[[Item], Found]) -> None:
        self._ask = ask
        self._for_all: ProviderError | None = None

    def __call__(self, item: Item) -> Found | ProviderError:
        if self._for_all is not None:
            return self._for_all
        try:
            return self._ask(item)
        except ProviderError as error:
            if _speaks_for_all(error):
                self._for_all = error
            return error


def _speaks_for_all(error: ProviderError) -> bool:
    return isinstance(error, (MisconfiguredError, HeldBackError)) or error.reason == "rate_limited"


def outcome_of(error: ProviderError) -> ProviderError:
    """What an error while asking for a job means for that job, which the vendor took long ago.

    Gone there (404): it will never be answered. Anything else that was refused is about the question or the key and
    not about the document, so the job waits on and says why; an answer that nobody understands stays what it is."""
    if error.status == _NOT_FOUND:
        return RejectedError(
            "The provider no longer knows this job: it was removed there, or kept too long.",
            reason="rejected",
            vendor_request_id=error.vendor_request_id,
            status=error.status,
        )
    if isinstance(error, (MisconfiguredError, RejectedError)):
        return UnavailableError(
            str(error),
            reason=error.reason,
            retry_after=error.retry_after,
            vendor_request_id=error.vendor_request_id,
            status=error.status,
        )
    return error

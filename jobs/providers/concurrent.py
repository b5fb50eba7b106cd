"""Asking for several things at once where a vendor's API answers one at a time.

Only the calls themselves run side by side. What a call asks of the desk (may it be made, how did it go) runs in the
thread that everything started from, which waits anyway: so the desk's database sees one thread and one connection.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, TypeVar

from jobs.providers.base import (
    HeldBackError,
    MisconfiguredError,
    ProviderError,
    RejectedError,
    UnavailableError,
    WrongAddressError,
)

AT_ONCE = 8  # calls side by side; the limits of a connection may allow fewer
_NOT_FOUND = 404

Item = TypeVar("Item")
Found = TypeVar("Found")

_here = threading.local()  # ``home``: where a helper thread leaves what the first thread is to do for it


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
    home = _Home()
    threads = min(at_once, len(items))
    with ThreadPoolExecutor(threads, "ask", initializer=home.adopt) as pool:
        futures: dict[Future[Found | ProviderError], Item] = {pool.submit(asking, item): item for item in items}
        home.watch(futures)
        try:
            for future in home.finished():
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for _rest in home.finished():
                pass  # whoever is still at it may need the first thread to come to an end


def at_home(act: Callable[[], Found]) -> Found:
    """Do this in the thread that ``ask_each`` was called from; at once where this is it."""
    home: _Home | None = getattr(_here, "home", None)
    return act() if home is None else home.do(act)


@contextmanager
def held_at_home(held: AbstractContextManager[None]) -> Iterator[None]:
    """``held``, entered and left in the thread that ``ask_each`` was called from."""
    at_home(held.__enter__)
    try:
        yield
    finally:
        left_by = sys.exc_info()
        at_home(lambda: held.__exit__(*left_by))


class _Home:
    """What helper threads leave for the first one: things to do for them, and word of what is finished."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[Callable[[], Any] | Future[Any]] = queue.SimpleQueue()
        self._open: set[Future[Any]] = set()

    def adopt(self) -> None:
        """Make this thread one that leaves things here."""
        _here.home = self

    def do(self, act: Callable[[], Found]) -> Found:
        """Have the first thread do this, and wait for what comes of it."""
        outcome: Future[Found] = Future()

        def answer() -> None:
            try:
                outcome.set_result(act())
            except BaseException as error:  # noqa: BLE001  # raised where it was asked for
                outcome.set_exception(error)

        self._inbox.put(answer)
        return outcome.result()

    def watch(self, futures: Iterable[Future[Any]]) -> None:
        """Wait for these."""
        self._open = set(futures)
        for future in tuple(self._open):
            future.add_done_callback(self._inbox.put)

    def finished(self) -> Iterator[Future[Any]]:
        """Each as it comes to its end, doing meanwhile what the others need."""
        while self._open:
            item = self._inbox.get()
            if isinstance(item, Future):
                self._open.discard(item)
                yield item
            else:
                item()


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
    return isinstance(error, (MisconfiguredError, HeldBackError, WrongAddressError)) or error.reason == "rate_limited"


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

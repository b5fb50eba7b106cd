"""Several calls at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once; what each returned or raised. The test must commit (``transaction=True``)."""
    barrier, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

    def go(index: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcomes[index] = call()
        except Exception as error:  # noqa: BLE001  # the outcome is what is compared
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes

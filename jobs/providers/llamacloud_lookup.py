"""Finding the v1 job of a document whose acceptance was lost.

v1 knows no key of ours, but the file service does: the copy of the document lies there under it, and the results of a
job name the files they are about. So the jobs made since the copy came are read, first those that followed it most
closely. A job that still waits names no file yet; then nothing is found, and a person may look again later.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jobs.providers.llamacloud import FILES, Params, items_of, walk
from jobs.providers.wire import Wire

MOST_JOBS_READ = 20  # each is a call or two
HUNDRED = ("page_size", "100")
MOST_PAGES = 5  # of a hundred jobs
SLACK_SECONDS = 60  # between the clocks of two services of the same vendor
_WAITING = "PENDING"

Item = Mapping[str, Any]


def copies_under(wire: Wire, idempotency_key: str, *, scope: Params) -> Sequence[Item]:
    """The copies of a document that were uploaded under this key; several where an answer to an upload was lost."""
    params = [*scope, ("external_file_id", idempotency_key)]
    found = items_of(wire.get(FILES, params=params).object())
    return [copy for copy in found if copy.get("id") and copy.get("external_file_id") == idempotency_key]


def jobs_since(wire: Wire, path: str, copies: Sequence[Item], *, scope: Params) -> list[str]:
    """The ids of jobs that may be about these copies, the likeliest first."""
    came = min(_time(copy.get("last_modified_at"), otherwise=-math.inf) for copy in copies)
    over = [
        job
        for job in walk(wire, path, params=[*scope, HUNDRED], most_pages=MOST_PAGES)
        if job.get("id") and job.get("status") != _WAITING
    ]
    made = [(_time(job.get("created_at"), otherwise=math.inf) - came, str(job["id"])) for job in over]
    near = sorted((later < 0, abs(later), job_id) for later, job_id in made if later >= -SLACK_SECONDS)
    return [job_id for _is_earlier, _apart, job_id in near][:MOST_JOBS_READ]


def _time(said: Any, *, otherwise: float) -> float:
    """Seconds, by the vendor's clock alone; ``otherwise`` where it does not say."""
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return otherwise
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

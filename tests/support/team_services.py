"""Run pytest on PostgreSQL and Redis: ``python -m tests.support.team_services [pytest arguments]``.

Both are started for this one run. Where one is not installed nothing runs and that is said; on CI it is an error.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.postgres import STEADY, running_postgres
from tests.support.programs import MissingProgramError, is_ci
from tests.support.redis import running_redis


def main(arguments: list[str]) -> int:
    """The exit status of pytest; 0 when a laptop lacks a service, 1 when CI does."""
    try:
        with running_redis() as broker_url, running_postgres(STEADY) as database_url:
            urls = {"TEST_DATABASE_URL": database_url, "TEST_BROKER_URL": broker_url}
            print("On PostgreSQL and Redis:", flush=True)
            return subprocess.run(
                [sys.executable, "-m", "pytest", *arguments], env=os.environ | urls, check=False
            ).returncode
    except MissingProgramError as error:
        print(f"SKIPPED, nothing ran on PostgreSQL and Redis: {error}", file=sys.stderr)
        return 1 if is_ci() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

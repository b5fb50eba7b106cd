"""Starts the checks of one SDK line in that line's environment and lends them a hand at the stand-in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.standins import Standin

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-sdks"
LINES = ("llama_cloud_2", "llama_cloud_1", "landingai_ade", "unsiloed")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Outcome:
    """ "passed", "failed" or "skipped", and what was said to it."""

    outcome: str
    said: str
    seconds: float


def names_of(line: str) -> list[str]:
    """The checks of a line, as its script names them."""
    return re.findall(r'^@check\("(.+)"\)', (HERE / line / "checks.py").read_text(), flags=re.MULTILINE)


def run_checks(line: str, mode: str, *, files: Path, standin: Standin | None, **settings: str) -> Mapping[str, Outcome]:
    """Run all checks of ``line`` with its "sync" or "async" client: against ``standin``, else the real service.
    ``settings`` go to the script as CHECK_... in its environment, which holds little else."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {f"CHECK_{name.upper()}": value for name, value in settings.items()}
    environment |= {"CHECK_MODE": mode, "CHECK_FILES": str(files), "CHECK_LIVE": "0" if standin else "1"}
    environment |= {"PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1"}
    outcomes = {}
    with subprocess.Popen(
        [find_python(line), str(HERE / line / "checks.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in process.stdout:
            said = json.loads(text)
            if "ask" in said:
                assert standin is not None
                process.stdin.write(json.dumps(_help(standin, said)) + "\n")
                process.stdin.flush()
            else:
                outcomes[said["check"]] = Outcome(said["outcome"], said["said"], said["seconds"])
    assert process.returncode == 0, f"the checks of {line} ended with status {process.returncode}"
    return outcomes


def find_python(line: str) -> str:
    python = ENVIRONMENTS / line / "bin" / "python"
    assert python.exists(), f"{line} has no environment yet: make sdks"
    return str(python)


def _help(standin: Standin, said: dict[str, object]) -> object:
    match said["ask"]:
        case "fault":
            standin.faults.next(said["name"], said["count"], **said["options"])  # type: ignore[arg-type]
        case "requests":
            return standin.requests
        case "accepted":
            return len(standin.accepted)
        case "quota":
            standin.vendor.leave_quota(said["left"])  # type: ignore[attr-defined]
    return None

"""Programs for the supervisor's tests: ``python -m tests.classifyhub.trial_program FOLDER NAME BEHAVIOUR``.

Each start adds a line with the process number to ``FOLDER/NAME``.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    folder, name, behaviour = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    print(f"{name} says {behaviour}", flush=True)
    if behaviour == "family":
        # In the same session, and without a lifeline of its own.
        relative = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        note(folder / f"{name}-relative", relative.pid)
    if behaviour == "stubborn":
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
    if behaviour == "tidy":
        signal.signal(signal.SIGTERM, lambda *_: (note(folder / f"{name}-tidied", os.getpid()), sys.exit(0)))
        signal.signal(signal.SIGUSR1, lambda *_: (note(folder / f"{name}-left", os.getpid()), sys.exit(0)))
    note(folder / name, os.getpid())
    if behaviour == "ends":
        sys.exit(3)
    time.sleep(600)


def note(path: Path, number: int) -> None:
    with path.open("a") as notes:
        notes.write(f"{number}\n")


if __name__ == "__main__":
    main()

"""Places where a test can end the process, as a power cut would: ``CLASSIFYHUB_FAILPOINT=after_send`` in its
environment. Costs one dictionary look-up otherwise, and does nothing in a process without that variable."""

import os
import signal

NAMES = (
    "before_claim",
    "after_claim",
    "before_intent",
    "before_send",
    "after_send",
    "after_accept",
    "before_store",
    "after_store",
    "before_release",
    "after_release",
)
_ACTIVE = os.environ.get("CLASSIFYHUB_FAILPOINT", "")


def hit(name: str) -> None:
    """End this process at once when it is the chosen place."""
    if name == _ACTIVE:
        os.kill(os.getpid(), signal.SIGKILL)

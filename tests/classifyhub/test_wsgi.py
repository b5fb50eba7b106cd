"""What the web server loads before anybody has asked for a page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each takes megabytes in every process of a desk, and is needed by none of them until it calls, reads or compares.
SPARED = ("httpx", "numpy", "onnxruntime", "pypdfium2", "reportlab", "tokenizers")


def test_what_is_seldom_needed_is_not_loaded_at_the_start(tmp_path):
    program = "import sys, classifyhub.wsgi; print(*sys.modules)"
    environment = os.environ | {"CLASSIFYHUB_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "classifyhub.settings"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert set(SPARED).isdisjoint(done.stdout.split())

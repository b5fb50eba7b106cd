"""``python -m classifyhub.engine --rules FILE FILE...``: classify without Django, database or server."""

import sys

from classifyhub.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())

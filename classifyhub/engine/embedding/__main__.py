"""``python -m classifyhub.engine.embedding FOLDER [MODEL]`` converts the weights into FOLDER and prints where.

A process of its own, because converting takes 600 MB once. Exit status 1, with the reason, where there is none to be
had."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from classifyhub.engine.embedding.locating import Unavailable
from classifyhub.engine.embedding.models import prepare


def main(arguments: list[str]) -> int:
    logging.getLogger().addFilter(lambda record: "pre-processing" not in record.getMessage())  # advice for other models
    try:
        print(prepare(Path(arguments[0]), *arguments[1:2]))  # noqa: T201 - what was asked for
    except (Unavailable, OSError) as error:
        print(f"The sentence encoder was not prepared: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What ``make bench`` measures: each section with its places and its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classifyhub.bench.places import EMBEDDED, POSTGRESQL, TEAM


@dataclass(frozen=True, slots=True)
class Section:
    """``measure(**full)`` of the module of the same name, once per place. ``tiny`` is for a trial in seconds that shows
    only that it works."""

    name: str
    words: str
    places: tuple[str, ...]
    full: Mapping[str, int]
    tiny: Mapping[str, int]


SECTIONS = {
    section.name: section
    for section in (
        Section(
            name="throughput",
            words="From upload to answer with a provider that answers at once, against bare no-op tasks",
            places=(EMBEDDED, TEAM),
            full={"documents": 200, "noops": 400, "rounds": 3},
            tiny={"documents": 3, "noops": 10, "rounds": 1},
        ),
        Section(
            name="queries",
            words="SQL statements per document, from upload to answer",
            places=(EMBEDDED, POSTGRESQL),
            full={"documents": 100},
            tiny={"documents": 2},
        ),
        Section(
            name="pages",
            words="Pages at 1,000 and at 100,000 jobs in runs of 500",
            places=(EMBEDDED, POSTGRESQL),
            full={"small": 1_000, "large": 100_000, "run_size": 500, "requests": 40, "rounds": 3},
            tiny={"small": 4, "large": 40, "run_size": 2, "requests": 2, "rounds": 1},
        ),
        Section(
            name="uploads",
            words="500 files of 200 kB, four at once",
            places=(EMBEDDED,),
            full={"files": 500, "size": 200_000},
            tiny={"files": 5, "size": 2_000},
        ),
        Section(
            name="memory",
            words="Memory (PSS) of all processes of the embedded desk",
            places=(EMBEDDED,),
            full={"settle": 40},  # seconds: longer than the readers are kept warm for more documents
            tiny={"settle": 0},
        ),
        Section(
            name="polling",
            words="Answers of a vendor brought home: our polling, one task per job, the vendor's SDK",
            places=(EMBEDDED, TEAM),
            full={"jobs": 3_000, "few": 300, "threads": 200, "least": 20, "most": 60},
            tiny={"jobs": 20, "few": 5, "threads": 5, "least": 2, "most": 4},
        ),
        Section(
            name="overhead",
            words="A remote document beyond the provider's own time, from launch to answer",
            places=(EMBEDDED, TEAM),
            full={"documents": 4, "rounds": 8},
            tiny={"documents": 1, "rounds": 1},
        ),
        Section(
            name="start",
            words="make run in a fresh clone with empty package caches, until the first page",
            places=(EMBEDDED,),
            full={},
            tiny={},
        ),
    )
}

"""Whether a study keeps its trees, everybody's first copy and deeds, or measures of whole runs alone."""

from __future__ import annotations

import os
from pathlib import Path

from chatsim.errors import ConfigurationError
from chatsim.study.scenario import Scenario

ROWS_KEPT_MAX = 20_000_000
"""Unless somebody asks, a tree of more rows is not kept."""
ROW_BYTES = 150
"""Of memory at the peak for each person reached: rows of both tables, joined, and their files.

Measured: 78 where a tenth of the people forward, 123 where 4 in 10 do, 143 where everybody does.
"""
UNDER_WAY_BYTES = 240
"""Of memory for each person and content of a run that is being played: columns of 152 at most, and packed copies."""
REACH_BYTES = 10
"""Of memory for each person of a run that keeps no tree, where nobody is stored: 8 at the peak of 200 million's run."""
MEMORY_FILE = Path("/proc/meminfo")


def rows_at_most(scenario: Scenario, users: int, policies: int) -> int:
    """Rows that the trees have if everybody is reached in every run, those with one originator included."""
    return users * len(scenario.contents) * 2 * scenario.runs * policies


def keeps_tree(
    asked: bool | None, scenario: Scenario, users: int, policies: int, together: int = 1
) -> bool:
    """Whether to keep the trees: as asked, or up to `ROWS_KEPT_MAX` rows.

    `together` is how many runs are played at one time. Raises ConfigurationError for trees that were asked for and do
    not fit into the memory that is free.
    """
    rows = rows_at_most(scenario, users, policies)
    if not asked:
        return asked is None and rows <= ROWS_KEPT_MAX
    under_way = together * users * len(scenario.contents)
    needed, free = rows * ROW_BYTES + under_way * UNDER_WAY_BYTES, memory_free()
    if free is not None and needed > free:
        message = (
            f"the trees of up to {rows:,} rows need about {needed / 1e9:,.1f} GB of memory, and "
            f"{free / 1e9:,.1f} GB are free; it takes --no-tree, or fewer people, runs or policies"
        )
        raise ConfigurationError(message)
    return True


def require_room(users: int) -> None:
    """Raise ConfigurationError for a run of so many people who are not stored that it cannot fit into what is free."""
    needed, free = users * REACH_BYTES, memory_free()
    if free is not None and needed > free:
        message = (
            f"a run of {users:,} people needs about {needed / 1e9:,.1f} GB of memory, and "
            f"{free / 1e9:,.1f} GB are free; it takes fewer people"
        )
        raise ConfigurationError(message)


def memory_free(file: Path = MEMORY_FILE) -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return int(kilobytes) * 1024
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None

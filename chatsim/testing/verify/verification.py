"""All checks, one after another, and what they come to."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from chatsim.behaviour.values import Audience
from chatsim.policy.presets import preset
from chatsim.testing.verify import settings
from chatsim.testing.verify.delays import when_and_never_who
from chatsim.testing.verify.engine_way import ByEngine
from chatsim.testing.verify.equality import (
    on_any_threads,
    the_same_in_every_way,
)
from chatsim.testing.verify.final_size import as_theory_has_it, questions
from chatsim.testing.verify.keeping import from_files, places, wherever_people_are_kept
from chatsim.testing.verify.shapes import counted_alike, shapes
from chatsim.testing.verify.values import Row, Ways
from chatsim.testing.verify.ways import Measured, by_twin

THREADS = (1, 2, 4)


@frozen
class Extent:
    """How much is checked."""

    in_turns: bool
    """In (a), whether policies take turns with enforcements and sockets."""
    users_kept: int
    """In (b)."""
    users_on_threads: int
    """In (c)."""
    users_of_theory: int
    runs_of_theory: int


WHOLE = Extent(
    in_turns=False,
    users_kept=5_000,
    users_on_threads=50_000,
    users_of_theory=100_000,
    runs_of_theory=32,
)
QUICK = Extent(
    in_turns=True,
    users_kept=2_000,
    users_on_threads=20_000,
    users_of_theory=100_000,
    runs_of_theory=16,
)


@frozen
class Verification:
    """Every row of the table."""

    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(row.passed for row in self.rows)

    @property
    def checksum(self) -> str:
        """SHA-256 of all that is exact: the outcomes compared in (a), (b), (c) and (e).

        Two machines that agree in it have played the same copies.
        """
        return hashlib.sha256("".join(row.digest for row in self.rows).encode()).hexdigest()


def checked(relayed: Ways, extent: Extent) -> Iterator[Row]:
    """Every check, (a) to (f). `relayed` are the ways that play through a relay: "tcp" and "memory"."""
    engine = ByEngine()
    yield from the_same_in_every_way(
        {"twin": by_twin, "engine": engine, **relayed},
        settings.policies(),
        in_turns=extent.in_turns,
    )
    for law in Audience:
        yield wherever_people_are_kept(engine, law, places(law, extent.users_kept))
    with tempfile.TemporaryDirectory(prefix="chatsim-") as folder:
        yield from_files(engine, settings.crowd(Audience.PICK, extent.users_kept), Path(folder))
    for law in Audience:
        ways = {f"{threads} thread{'s' * (threads > 1)}": ByEngine(threads) for threads in THREADS}
        yield on_any_threads(ways, law, settings.crowd(law, extent.users_on_threads))
    for question in questions(extent.users_of_theory):
        yield from as_theory_has_it(engine.tally, question, extent.runs_of_theory)
    yield from when_and_never_who(engine)
    yield from shapes(Measured(engine), engine.tally)
    crowd = settings.crowd(Audience.PICK, extent.users_on_threads)
    large = settings.wide(Audience.PICK, preset("whatsapp-latest"), crowd)
    yield counted_alike(Measured(engine), engine.tally, large)

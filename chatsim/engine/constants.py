"""What does not change while one content's run is played: behaviour, policy, seeds and tables, as integers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.behaviour.rules import posting_tick
from chatsim.behaviour.tables import BehaviourTables
from chatsim.behaviour.values import Audience, Behaviour, Cheat, FirstSend
from chatsim.engine.rows import EACH, PICK, REPEAT
from chatsim.model import HOP_MAX, Enforcement
from chatsim.policy.decision import CAP_TOTAL, UNLIMITED, Row
from chatsim.randomness.philox import key_words

Integers = NDArray[np.int64]
LAWS = {Audience.PICK: PICK, Audience.EACH: EACH, Audience.REPEAT: REPEAT}


class Constants(NamedTuple):
    """One content in one run under one policy; kernels take it whole."""

    content: int
    run: int
    key_low: int
    key_high: int
    people_key_low: int
    people_key_high: int
    law: int
    clear: bool
    """Whether the relay judges."""
    counts_total: bool
    """Whether a total cap asks for a count by lineage."""
    capped_first: bool
    alike: bool
    """Whether everybody is equally susceptible, so that nobody's draw is needed."""
    recovers: bool
    night: bool
    claimed: int
    """The hop that modified clients claim; -1 where their word does not count."""
    lookahead: int
    utc_offset: int
    duration: int
    first_post: int
    redo: int
    interval: int
    group_threshold: int
    persistence_threshold: int
    paste_threshold: int
    modified_threshold: int
    round_recovery_threshold: int
    row: Integers
    share: Integers
    staleness: Integers
    label_factors: Integers
    reading_delay: Integers
    audience: Integers
    chat_delay: Integers
    recovery: Integers


@define(eq=False, frozen=True)
class Study:
    """What all runs of one population share."""

    behaviour: Behaviour
    tables: BehaviourTables
    seed: int
    population_seed: int
    utc_offset: int
    duration: int
    enforcement: Enforcement

    def constants(self, row: Row, content: int, run: int) -> Constants:
        """The constants of one content's run under the policy that compiles to `row`."""
        behaviour, tables = self.behaviour, self.tables
        clear = self.enforcement is Enforcement.CLEAR
        cheat = HOP_MAX if behaviour.cheat is Cheat.INFLATE else 0
        # What comes no sooner than the run is long never comes: kernels know 64 bits only.
        recovery = np.zeros(1, dtype=np.int64) if tables.recovery is None else tables.recovery
        return Constants(
            content,
            run,
            *key_words(self.seed),
            *key_words(self.population_seed),
            law=LAWS[behaviour.audience],
            clear=clear,
            counts_total=clear and row[CAP_TOTAL] < UNLIMITED,
            capped_first=behaviour.first_send is FirstSend.CAPPED,
            alike=behaviour.susceptibility_shape is None,
            recovers=tables.recovery is not None,
            night=behaviour.night,
            claimed=-1 if clear else cheat,
            lookahead=min(behaviour.lookahead_seconds, self.duration),
            utc_offset=self.utc_offset,
            duration=self.duration,
            first_post=posting_tick(self.utc_offset),
            redo=min(behaviour.redo_seconds, self.duration),
            interval=min(behaviour.interval_seconds, self.duration),
            group_threshold=tables.group_threshold,
            persistence_threshold=tables.persistence_threshold,
            paste_threshold=tables.paste_threshold,
            modified_threshold=tables.modified_threshold,
            round_recovery_threshold=tables.round_recovery_threshold,
            row=np.array(row, dtype=np.int64),
            share=tables.contents[content].share,
            staleness=tables.contents[content].staleness,
            label_factors=np.array(tables.label_factors, dtype=np.int64),
            reading_delay=tables.reading_delay,
            audience=tables.audience,
            chat_delay=tables.chat_delay,
            recovery=recovery,
        )

"""What does not change while one content's run is played: behaviour, policy, seeds and tables, as integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.behaviour.tables import BehaviourTables
from chatsim.behaviour.values import Audience, Behaviour, FirstSend
from chatsim.engine.rows import EACH, PICK, REPEAT
from chatsim.model import HOP_MAX, Enforcement
from chatsim.policy.decision import (
    BREAKER_COPIES,
    CAP_HOUR,
    CAP_TOTAL,
    EDUCATION_COVERAGE,
    EDUCATION_HARMFUL,
    EDUCATION_HARMLESS,
    FRICTION_FROM,
    TAKEDOWN_COMPLAINTS,
    UNLIMITED,
    Row,
)
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
    counts_hours: bool
    """Whether a cap by the hour asks for what everybody has used of it."""
    counts_minutes: bool
    """Whether a circuit breaker or a takedown asks for a count by content."""
    refuses: bool
    """Whether the relay may refuse what the app offered."""
    divided: bool
    """Whether there are parts of the people with rules or days of their own."""
    keeps_labels: bool
    """Whether a story has to remember the label of the copy held, because it does not follow from one's own row."""
    educates: bool
    prompts: bool
    hears: bool
    """Whether anybody can complain."""
    capped_first: bool
    alike: bool
    """Whether everybody is equally susceptible, so that nobody's draw is needed."""
    recovers: bool
    night: bool
    lookahead: int
    duration: int
    first_post: int
    redo: int
    interval: int
    group_threshold: int
    persistence_threshold: int
    paste_threshold: int
    round_recovery_threshold: int
    complaint_threshold: int
    education: int
    """The column of the factor that education has on this content."""
    rows: Integers
    """The policy's, by part of the people."""
    parts: NDArray[np.uint8]
    """The part of whoever stands at a place; empty where nothing tells people apart."""
    utc_offsets: Integers
    """By part."""
    share: Integers
    staleness: Integers
    cheats: Integers
    """Thresholds of people's words, in the order of `Cheat`."""
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
    utc_offsets: tuple[int, ...]
    """By part of the people."""
    parts: NDArray[np.uint8]
    """The part of whoever stands at a place; empty where there is one only."""
    duration: int
    enforcement: Enforcement
    harmful: tuple[bool, ...]
    """By content."""

    def counts_hours(self, rows: Sequence[Row]) -> bool:
        """Whether the relay counts what everybody forwards in an hour, over all contents."""
        return self._judges(rows, CAP_HOUR)

    def counts_minutes(self, rows: Sequence[Row]) -> bool:
        """Whether the relay counts a content's copies and complaints by the minute."""
        return self._judges(rows, BREAKER_COPIES) or self._judges(rows, TAKEDOWN_COMPLAINTS)

    def counts_people(self, rows: Sequence[Row]) -> bool:
        """Whether the relay counts over people."""
        return self._judges(rows, CAP_TOTAL) or self.counts_minutes(rows)

    def _judges(self, rows: Sequence[Row], limit: int) -> bool:
        counts = self.enforcement.relay_counts
        return counts and any(row[limit] < UNLIMITED for row in rows)

    def constants(
        self, rows: Sequence[Row], content: int, run: int, *, first_post: int
    ) -> Constants:
        """The constants of one content's run under the policy that compiles to `rows`, one for each part."""
        behaviour, tables = self.behaviour, self.tables
        counts = self.enforcement.relay_counts
        divided = len(set(zip(map(tuple, rows), self.utc_offsets, strict=True))) > 1
        table = np.array(rows if divided else rows[:1], dtype=np.int64)
        counts_hours, counts_people = self.counts_hours(rows), self.counts_people(rows)
        reads = behaviour.audience is not Audience.EACH
        # What comes no sooner than the run is long never comes: kernels know 64 bits only.
        recovery = np.zeros(1, dtype=np.int64) if tables.recovery is None else tables.recovery
        return Constants(
            content,
            run,
            *key_words(self.seed),
            *key_words(self.population_seed),
            law=LAWS[behaviour.audience],
            clear=counts,
            counts_total=self._judges(rows, CAP_TOTAL),
            counts_hours=counts_hours,
            counts_minutes=self.counts_minutes(rows),
            refuses=counts_hours or counts_people,
            divided=divided,
            keeps_labels=divided and not reads,
            educates=bool((table[:, EDUCATION_COVERAGE] > 0).any()),
            prompts=reads and bool((table[:, FRICTION_FROM] <= HOP_MAX).any()),
            hears=reads and bool((table[:, TAKEDOWN_COMPLAINTS] < UNLIMITED).any()),
            capped_first=behaviour.first_send is FirstSend.CAPPED,
            alike=behaviour.susceptibility_shape is None,
            recovers=tables.recovery is not None,
            night=behaviour.night,
            lookahead=min(behaviour.lookahead_seconds, self.duration),
            duration=self.duration,
            first_post=first_post,
            redo=min(behaviour.redo_seconds, self.duration),
            interval=min(behaviour.interval_seconds, self.duration),
            group_threshold=tables.group_threshold,
            persistence_threshold=tables.persistence_threshold,
            paste_threshold=tables.paste_threshold,
            round_recovery_threshold=tables.round_recovery_threshold,
            complaint_threshold=tables.contents[content].complaint_threshold,
            education=EDUCATION_HARMFUL if self.harmful[content] else EDUCATION_HARMLESS,
            rows=table,
            parts=self.parts if divided else self.parts[:0],
            utc_offsets=np.array(self.utc_offsets, dtype=np.int64),
            share=tables.contents[content].share,
            staleness=tables.contents[content].staleness,
            cheats=np.array(tables.cheat_thresholds, dtype=np.int64),
            label_factors=np.array(tables.label_factors, dtype=np.int64),
            reading_delay=tables.reading_delay,
            audience=tables.audience,
            chat_delay=tables.chat_delay,
            recovery=recovery,
        )


# --- kernels ------------------------------------------------------------------------------------


def part_of(c: Constants, place: int) -> int:
    """The part of the people that somebody belongs to."""
    return int(c.parts[place]) if c.divided else 0

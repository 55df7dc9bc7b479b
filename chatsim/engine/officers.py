"""Kernels: who looks at a content over all people, at whole minutes: circuit breaker and grievance officer."""

from __future__ import annotations

from chatsim.engine.constants import Constants, part_of
from chatsim.engine.rows import COMPLAINED, COPIES_MADE, PAUSED_UNTIL, TAKEN_FROM
from chatsim.engine.state import NOT_TAKEN, State
from chatsim.model import ONE_MINUTE, Reason
from chatsim.policy.decision import (
    BREAKER_COPIES,
    BREAKER_PAUSE,
    BREAKER_WINDOW,
    TAKEDOWN_COMPLAINTS,
    TAKEDOWN_REVIEW,
)

CIRCUIT_BREAKER = int(Reason.CIRCUIT_BREAKER)
TAKEN_DOWN = int(Reason.TAKEN_DOWN)


def judge_minutes(c: Constants, s: State, minute: int) -> None:
    """Judges every whole minute up to `minute` that nobody has judged yet.

    The counts of minutes that are over become sums from the start, so that a window is one subtraction.
    """
    while s.judged[0] < minute:
        s.judged[0] += 1
        now = s.judged[0]
        for counts in s.by_minute:
            if now > 1:
                counts[now - 1] += counts[now - 2]
        for part in range(len(c.rows)):
            judge(c, s, part, now)


def judge(c: Constants, s: State, part: int, minute: int) -> None:
    """What holds in one part of the people from this whole minute on."""
    row = c.rows[part]
    tick = minute * ONE_MINUTE
    if s.ruled[PAUSED_UNTIL, part] <= tick:
        copies = s.by_minute[COPIES_MADE, minute - 1]
        before = minute - 1 - row[BREAKER_WINDOW] // ONE_MINUTE
        if before >= 0:
            copies -= s.by_minute[COPIES_MADE, before]
        if copies >= row[BREAKER_COPIES]:
            s.ruled[PAUSED_UNTIL, part] = tick + row[BREAKER_PAUSE]
    if (
        s.ruled[TAKEN_FROM, part] == NOT_TAKEN
        and s.by_minute[COMPLAINED, minute - 1] >= row[TAKEDOWN_COMPLAINTS]
    ):
        s.ruled[TAKEN_FROM, part] = tick + row[TAKEDOWN_REVIEW]


def refusal(c: Constants, s: State, place: int, tick: int) -> tuple[int, int]:
    """(reason, limit) of refusing whatever somebody sends of the content at `tick`; reason 0: nothing is in its way."""
    part = part_of(c, place)
    if tick >= s.ruled[TAKEN_FROM, part]:
        return TAKEN_DOWN, 0
    if tick < s.ruled[PAUSED_UNTIL, part]:
        return CIRCUIT_BREAKER, s.ruled[PAUSED_UNTIL, part] - tick
    return 0, 0

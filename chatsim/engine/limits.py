"""What the engine's integers can hold: everything else is refused with a sentence."""

from __future__ import annotations

from chatsim.behaviour.values import Behaviour
from chatsim.engine.people import People
from chatsim.engine.rows import DEPTH_MAX
from chatsim.engine.state import State
from chatsim.errors import ConfigurationError, RunError
from chatsim.units import duration_text

CHATS_MAX = 1 << 24
"""Of one person: the index of a draw has 24 bits."""


def check_limits(people: People, behaviour: Behaviour, duration_seconds: int) -> None:
    """Raise ConfigurationError for people or runs that do not fit."""
    if people.chats_max > CHATS_MAX:
        message = (
            f"somebody in the population has {people.chats_max:,} chats; "
            f"the engine takes at most {CHATS_MAX:,}"
        )
        raise ConfigurationError(message)
    depth = depth_max(people.users, behaviour.lookahead_seconds, duration_seconds)
    if depth > DEPTH_MAX:
        message = (
            f"among {people.users:,} people {duration_text(duration_seconds)} with a lookahead of "
            f"{duration_text(behaviour.lookahead_seconds)} give room for {depth:,} forwards one after another; "
            f"the engine takes at most {DEPTH_MAX:,}: a longer lookahead, or a shorter duration"
        )
        raise ConfigurationError(message)


def depth_max(users: int, lookahead: int, duration: int) -> int:
    """How many forwards after the original anybody can be reached at most."""
    return min(users - 1, duration // lookahead + 1)


def require_lineages(state: State) -> None:
    """Raise RunError if a run under a total cap started more lineages than there was room for."""
    started = int(state.lineage_count[0])
    if started > len(state.lineages) > 0:
        message = (
            f"{started:,} originals were sent under a cap in total; the engine counts for at most "
            f"{len(state.lineages):,}: fewer people, or a smaller paste_probability"
        )
        raise RunError(message)

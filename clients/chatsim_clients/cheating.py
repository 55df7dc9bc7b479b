"""What cheats change in what an app sends: the bytes of the text, and what it puts into traceability's slots."""

from __future__ import annotations

from typing import NamedTuple

from chatsim.behaviour.values import Cheat
from chatsim.provenance.halves import ClientHalf
from chatsim.provenance.values import Proof, Slots
from chatsim.randomness.philox import VICTIM, choose
from chatsim_clients.world import World

NOBODY = -1


class Cheating(NamedTuple):
    """What somebody does to the slots."""

    cheat: Cheat = Cheat.HONEST
    victim: int = NOBODY
    """Whom somebody who frames wants blamed."""


HONESTLY = Cheating()


def cheating_of(world: World, user: int, content: int) -> Cheating:
    """What this user does to the slots of everything that they send of this content."""
    cheat = world.cheats[user]
    if cheat == Cheat.CUT:
        return Cheating(Cheat.CUT)
    if cheat == Cheat.FRAME:
        return Cheating(Cheat.FRAME, victim_of(world, user, content))
    return HONESTLY


def victim_of(world: World, user: int, content: int) -> int:
    """Another user, by a keyed draw; NOBODY where there is no other."""
    others = world.population.users - 1
    if others < 1:
        return NOBODY
    word, _ = world.word(user, content, VICTIM, 0)
    victim = choose(word, others)
    return victim + (victim >= user)


def edition_sent(world: World, user: int, held: int) -> int:
    """The edition of a text that somebody passes on who holds edition `held`; never 0 where it is re-encoded."""
    return user + 1 if world.cheats[user] == Cheat.REENCODE else held


def slots(
    client: ClientHalf, me: int, text: bytes, held: Proof | None, cheating: Cheating
) -> Slots:
    """What goes into traceability's slots with a text of one's own (`held` is None) or a forward."""
    if cheating.victim != NOBODY:
        forged = client.forged(me, cheating.victim, text, held)
        if forged is not None:
            return forged
    if held is None or cheating.cheat is Cheat.CUT:
        return client.original(me, text)
    return client.forward(me, text, held)

"""Who leaves and who comes back, and when."""

from __future__ import annotations

import pytest
from attrs import define, field

from chatsim_clients.load.client import Client
from chatsim_clients.load.moves import RETRY_NS, SECOND, Moves
from chatsim_clients.load.presence import Absence


@define
class FakeCrew:
    """Sessions that begin and end at once."""

    clients: dict[int, Client] = field(factory=lambda: {user: Client(user) for user in range(3)})
    lost: list[Client] = field(factory=list)
    seen: list[str] = field(factory=list)

    def begin_session(self, client):
        client.wanted, client.link = True, object()
        self.seen.append(f"{client.user} comes")

    def end_session(self, client, *, orderly):
        client.wanted, client.link = False, None
        self.seen.append(f"{client.user} {'leaves' if orderly else 'is cut off'}")


@pytest.fixture
def crew():
    crew = FakeCrew()
    for client in crew.clients.values():
        crew.begin_session(client)
    crew.seen.clear()
    return crew


def test_absences_begin_and_end_at_their_times_from_the_loads_beginning(crew):
    moves = Moves(crew)
    moves.plan([Absence(1, 2.0, 4.0, True), Absence(0, 1.0, 3.0, False)], 10 * SECOND)
    for seconds in (10, 11, 12, 13, 14):
        crew.seen.append(f"at {seconds} s")
        moves.make(seconds * SECOND)
    expected = (
        "at 10 s, at 11 s, 0 is cut off, at 12 s, 1 leaves, at 13 s, 0 comes, at 14 s, 1 comes"
    )
    assert ", ".join(crew.seen) == expected


def test_the_next_move_is_due_when_it_is_planned(crew):
    moves = Moves(crew)
    assert moves.due(5) == 5
    moves.plan([Absence(1, 2.0, 4.0, True)], SECOND)
    assert moves.due(5) == 3 * SECOND


def test_a_lost_session_is_made_anew_after_a_while(crew):
    moves = Moves(crew)
    client = crew.clients[2]
    client.link = None
    crew.lost.append(client)
    moves.make(SECOND)
    moves.make(SECOND + RETRY_NS - 1)
    assert crew.seen == []
    moves.make(SECOND + RETRY_NS)
    assert (crew.seen, crew.lost) == (["2 comes"], [])


def test_whoever_is_there_is_not_brought_back_again(crew):
    moves = Moves(crew)
    moves.plan([Absence(1, 1.0, 9.0, True)], 0)
    moves.make(SECOND)
    moves.bring_everybody_back()
    moves.make(9 * SECOND)
    assert crew.seen == ["1 leaves", "1 comes"]
    assert moves.due(5) == 5


def test_whoever_has_a_session_again_gets_no_second_one(crew):
    moves = Moves(crew)
    crew.lost.append(crew.clients[2])
    moves.make(0)
    moves.make(RETRY_NS)
    assert crew.seen == []

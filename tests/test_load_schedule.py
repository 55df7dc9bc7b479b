"""What is due when, in order and no earlier."""

from __future__ import annotations

import pytest
from attrs import define, field

from chatsim_clients.load.client import Client, Pending
from chatsim_clients.load.conversations import Chat
from chatsim_clients.load.course import Course
from chatsim_clients.load.intents import Intent, Intents
from chatsim_clients.load.ledger import Ledger
from chatsim_clients.load.parts import Stage
from chatsim_clients.load.schedule import SECOND, SENT_TOGETHER_MAX, Schedule

STAGES = (Stage(1.0, 1.0), Stage(1.0, 2.0), Stage(1.0, 0.0))
COURSE = Course(STAGES, 0.0, 3.0)
ORIGIN = 50 * SECOND


@define
class FakeCrew:
    """Takes what is sent, and is its own sending half."""

    clients: dict[int, Client]
    ledger: Ledger = field(factory=lambda: Ledger(measured=(0, 1 << 62)))
    sent: list[tuple[int, int]] = field(factory=list)
    flushed: int = 0

    @property
    def sending(self):
        return self

    def submit(self, client, intended, intent):
        self.sent.append((client.user, intended))
        client.pending[len(self.sent)] = Pending(intended, 0, 0, (), 1, None, b"")

    def flush(self):
        self.flushed += 1


class Listed(Intents):
    """One user's messages at these seconds."""

    def __init__(self, *seconds):
        self.left = [Intent(each, 0, Chat(0, 1, 1), 0, 200) for each in seconds]

    def until(self, seconds):
        taken = [each for each in self.left if each.seconds < seconds]
        self.left = [each for each in self.left if each.seconds >= seconds]
        return taken


class Endless:
    """Everybody always has something to say."""

    def following(self, user):
        return Intent(0.0, user, Chat(0, 1, 1), 0, 200)


@pytest.fixture
def crew():
    client = Client(0, online=True)
    return FakeCrew({0: client})


def begun(crew, **more):
    schedule = Schedule(crew, COURSE, None, **more)
    schedule.begin(ORIGIN)
    return schedule


def test_messages_leave_when_they_are_due_with_the_time_that_was_meant(crew):
    schedule = begun(crew, intents=Listed(0.01, 0.5, 0.51))
    schedule.send(ORIGIN + SECOND // 100)
    assert crew.sent == [(0, ORIGIN + SECOND // 100)]
    schedule.send(ORIGIN + SECOND)
    assert [at for _, at in crew.sent[1:]] == [schedule.ns(0.5), schedule.ns(0.51)]


def test_what_is_due_together_leaves_in_small_parts(crew):
    schedule = begun(crew, intents=Listed(*[0.0] * (3 * SENT_TOGETHER_MAX)))
    schedule.send(ORIGIN)
    assert (len(crew.sent), crew.flushed) == (3 * SENT_TOGETHER_MAX, 3)


def test_the_next_message_that_is_worked_out_says_when_something_is_due(crew):
    schedule = begun(crew, intents=Listed(0.06))
    schedule.send(ORIGIN)
    assert schedule.due(ORIGIN + SECOND) == schedule.ns(0.06)
    schedule.finished = True
    assert schedule.due(ORIGIN + SECOND // 2) == ORIGIN + SECOND // 2


def test_a_window_is_kept_full_and_follows_the_stages(crew):
    schedule = begun(crew, closed=Endless(), window=2)
    (client,) = crew.clients.values()
    sizes = []
    for second in (0, 1, 2):
        client.pending.clear()
        schedule.send(ORIGIN + second * SECOND)
        schedule.top_up(client)
        sizes.append(len(client.pending))
    assert sizes == [2, 4, 0]


def test_a_closed_workload_sends_nothing_before_the_load_or_after_it(crew):
    schedule = Schedule(crew, COURSE, None, closed=Endless(), window=2)
    (client,) = crew.clients.values()
    schedule.top_up(client)
    schedule.begin(ORIGIN)
    schedule.finished = True
    schedule.send(ORIGIN)
    assert crew.sent == []

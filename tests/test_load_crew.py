"""The devices of a worker, fed with frames: what leaves again, what is counted once, and why sessions end."""

from __future__ import annotations

from collections import Counter

import pytest
from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.encoding import copy_header, encode
from chatsim.wire.framing import Deframer, head_of, header_of
from chatsim.wire.messages import Act, Decided, Go, Refusal, Resume, Welcome
from chatsim_clients.load.bodies import conversation_of, write_body
from chatsim_clients.load.client import Client
from chatsim_clients.load.conversations import Chat
from chatsim_clients.load.crew import Crew
from chatsim_clients.load.intents import Intent
from chatsim_clients.load.parts import WINDOW_MAX

RUN = 9


@define(eq=False)
class FakeLink:
    """A connection whose other end is the test."""

    owner: int
    deframer: Deframer = field(factory=Deframer)
    written: list[tuple[bytes, bytes]] = field(factory=list)


@define
class FakeLinks:
    """The way of a link is not asked for."""

    opened: list[FakeLink] = field(factory=list)

    def open(self, user, way):
        self.opened.append(FakeLink(user))
        return self.opened[-1]

    def write(self, link, head, body=b""):
        link.written.append((header_of(head), body))

    def flush(self):
        return ()

    def drop(self, link):
        pass


@pytest.fixture
def crew():
    return Crew(
        run=RUN,
        clients={0: Client(0)},
        links=FakeLinks(),
        way_of=lambda _: None,
        now=lambda: 50,
        tokens={},
        reach_of=lambda _: 1,
    )


def log_in(crew, base=0, counter=0):
    """A new session of user 0, welcomed; returns its link."""
    crew.begin_session(crew.clients[0])
    link = crew.links.opened[-1]
    crew.arrived(link, b"", 10)
    hear(crew, Welcome(base, counter, 0))
    return link


def hear(crew, message):
    crew.arrived(crew.links.opened[-1], head_of(encode(message), 0), 60)


def hear_copy(crew, sequence, *, run=RUN):
    body = write_body(run, 55, conversation_of(1, 0), sequence, 0, 200)
    header = copy_header(1, 0, sequence + 1, None, 0, 0, 0, b"12345678", None, 0)
    crew.arrived(crew.links.opened[-1], head_of(header, len(body)) + body, 60)


def mean_to_send(crew, times=1):
    for _ in range(times):
        crew.sending.submit(crew.clients[0], 40, Intent(0.0, 0, Chat(0, 1, 1), 0, 200))


def acts(link):
    """(counter, body) of the acts that were written."""
    messages = (decode_inbound(header, body) for header, body in link.written)
    return [(each.counter, each.body) for each in messages if isinstance(each, Act)]


def test_what_has_no_verdict_leaves_again_when_the_session_is_made_anew(crew):
    first = log_in(crew)
    mean_to_send(crew, 3)
    hear(crew, Decided(2, ALLOWED))
    crew.arrived(first, None, 70)
    assert (crew.online, crew.lost) == (0, [crew.clients[0]])
    second = log_in(crew)
    assert acts(second) == [acts(first)[0], acts(first)[2]]
    assert crew.ledger.counts.sent == 3


def test_what_was_meant_without_a_session_leaves_in_order_with_the_first(crew):
    mean_to_send(crew, 2)
    link = log_in(crew, counter=7)
    assert [counter for counter, _ in acts(link)] == [8, 9]


def test_no_more_acts_wait_for_a_verdict_than_the_relay_remembers(crew):
    link = log_in(crew)
    mean_to_send(crew, WINDOW_MAX + 2)
    assert len(acts(link)) == WINDOW_MAX
    assert crew.progress.unanswered == WINDOW_MAX + 2
    hear(crew, Decided(1, ALLOWED))
    assert len(acts(link)) == WINDOW_MAX + 1


def test_copies_that_a_resumed_session_brings_again_are_counted_once(crew):
    log_in(crew)
    for sequence in range(3):
        hear_copy(crew, sequence)
    crew.arrived(crew.links.opened[-1], None, 70)
    link = log_in(crew, base=1)
    assert decode_inbound(*link.written[0]) == Resume(0, 0, None, 3)
    for sequence in (1, 2, 3):
        hear_copy(crew, sequence)
    heard = crew.clients[0].heard
    assert (heard.distinct, heard.duplicated, crew.ledger.counts.distinct) == (4, 0, 4)


def test_a_copy_of_another_load_is_a_stray(crew):
    log_in(crew)
    hear_copy(crew, 0, run=RUN + 1)
    assert (crew.ledger.counts.strays, crew.ledger.counts.distinct) == (1, 0)


def test_a_first_login_that_is_refused_is_told_with_its_user(crew):
    crew.begin_session(crew.clients[0])
    hear(crew, Refusal("login refused"))
    assert crew.refusal == "user 0: login refused"
    assert crew.ledger.counts.endings == Counter({"login refused": 1})
    assert crew.lost == [crew.clients[0]]


def test_whoever_leaves_as_planned_is_not_lost(crew):
    log_in(crew)
    crew.end_session(crew.clients[0], orderly=True)
    assert (crew.online, crew.lost, crew.ledger.counts.endings) == (0, [], Counter())


def test_what_no_load_asks_for_is_a_breach_of_protocol(crew):
    log_in(crew)
    with pytest.raises(RemoteProtocolError, match="go came to user 0 in a load"):
        hear(crew, Go(3))

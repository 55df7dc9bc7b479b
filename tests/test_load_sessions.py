from __future__ import annotations

import socket
import time

import pytest

from chatsim_clients.load.parts import Spawn
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.sessions import Links, Way, source_of


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def links():
    made = Links()
    yield made
    made.close()


def seen(links, seconds=5.0):
    """What came, without its times."""
    return [(link, data) for link, data, _ in links.poll(seconds)]


def opened(links, listener, source=None):
    """A link that is ready, and the server's end of it."""
    link = links.open(7, Way(listener.getsockname(), source, None))
    peer, _ = listener.accept()
    assert seen(links) == [(link, b"")]
    assert link.ready
    return link, peer


def test_a_link_says_when_it_is_ready_and_carries_bytes_both_ways(links, listener):
    link, peer = opened(links, listener)
    with peer:
        links.write(link, b"head", b"body")
        assert list(links.flush()) == []
        assert peer.recv(100) == b"headbody"
        peer.sendall(b"answer")
        assert seen(links) == [(link, b"answer")]


def test_what_waits_for_many_links_is_read_before_anything_of_it_is_handed_over(links, listener):
    pairs = [opened(links, listener) for _ in range(3)]
    for _, peer in pairs:
        peer.sendall(b"x")
    came = links.poll(5.0)
    next(came)
    handed_over = time.monotonic_ns()
    others = list(came)
    assert len(others) == 2
    assert all(at <= handed_over for _, _, at in others)
    for _, peer in pairs:
        peer.close()


def test_a_link_that_can_write_and_read_does_both(links, listener):
    link, peer = opened(links, listener)
    with peer:
        links.write(link, b"x" * 20_000_000)
        assert list(links.flush()) == []
        peer.sendall(b"answer")
        waiting = link.outbox.waiting
        peer.recv(1 << 20, socket.MSG_WAITALL)
        assert (link, b"answer") in [*seen(links), *seen(links, 0)]
        assert link.outbox.waiting < waiting


def test_a_connection_that_ends_is_lost(links, listener):
    link, peer = opened(links, listener)
    peer.close()
    assert seen(links) == [(link, None)]


def test_a_connection_that_is_refused_is_lost(links):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    link = links.open(7, Way(address, None, None))
    assert seen(links) == [(link, None)]


def test_what_a_socket_does_not_take_leaves_when_it_can(links, listener):
    link, peer = opened(links, listener)
    with peer:
        sent = 20_000_000
        links.write(link, b"x" * sent)
        assert list(links.flush()) == []
        assert link.outbox.waiting > 0
        received = 0
        while received < sent:
            received += len(peer.recv(1 << 20))
            assert list(links.poll(0)) == []
        assert received == sent


def test_a_dropped_link_is_silent(links, listener):
    link, peer = opened(links, listener)
    with peer:
        peer.sendall(b"too late")
        links.drop(link)
        assert list(links.poll(0)) == []


def test_what_is_watched_besides_wakes_up(links, listener):
    one, other = socket.socketpair()
    with one, other:
        links.watch(one.fileno())
        other.send(b"!")
        assert list(links.poll(5.0)) == []
        assert links.woken


def test_users_come_from_further_addresses_where_one_has_too_few_ports(links, listener):
    plan = LoadPlan(users=50_000, spawn=Spawn())
    address = listener.getsockname()
    sources = [source_of(plan, address, user) for user in (0, 19_999, 20_000, 49_999)]
    assert sources == [None, None, "127.0.0.2", "127.0.0.3"]
    assert source_of(plan, ("::1", 1), 49_999) is None
    _, peer = opened(links, listener, sources[-1])
    with peer:
        assert peer.getpeername()[0] == "127.0.0.3"

"""Who sent the reported copy is named, and nobody before; nothing can be moved to another text or another sender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import frank
from chatsim.provenance.values import Proof
from tests.tracing import OTHER, ROOT, TEXT, World, changed, secrets_of, trees


@pytest.fixture
def world():
    return World(frank.set_up(ROOT))


@given(parents=trees())
def test_each_report_names_the_sender_of_its_copy_and_the_tick(parents):
    world = World(frank.set_up(ROOT))
    for node in world.grow(parents):
        found = world.report(node)
        assert (found.originator, found.tick, found.path) == (node.sender, node.tick, ())
        assert found.exposed == {node.sender}
    client = world.client
    assert world.lengths() == {(client.inner_bytes, client.outer_bytes, client.stamp_bytes)}
    assert not world.book


def test_a_copy_costs_104_bytes_and_its_act_64(world):
    assert (
        world.client.inner_bytes
        == world.client.outer_bytes
        == world.tracing.relay.outer_bytes
        == 32
    )
    assert world.client.stamp_bytes == world.tracing.relay.stamp_bytes == 40


def test_no_bytes_of_a_forward_are_those_of_the_copy_it_is_made_of(world):
    first, second = world.grow([0])
    assert not set(first.proof) & set(second.proof)


def test_evidence_is_of_one_text_only(world):
    node, other = world.original(3, 4), world.original(5, 4, OTHER)
    assert world.report(node, OTHER) is None
    assert world.report(other, TEXT) is None
    head = len(world.evidence(node)) - len(TEXT)
    assert world.evidence(node)[:head] != world.evidence(other, OTHER)[:head]
    assert not world.client.accepts(OTHER, 3, node.proof)


def test_a_changed_report_names_nobody(world):
    evidence = world.evidence(world.original(3, 4))
    assert world.examine(evidence).originator == 3
    assert all(world.examine(each) is None for each in changed(evidence))


def test_another_sender_or_the_stamp_of_another_act_names_nobody(world):
    node, later = world.original(3, 4), world.original(5, 4)
    assert world.examine(world.client.evidence(TEXT, 6, node.proof)) is None
    mixed = node.proof._replace(stamp=later.proof.stamp)
    assert world.examine(world.client.evidence(TEXT, 3, mixed)) is None
    assert world.examine(world.client.evidence(TEXT, 5, mixed)) is None


def test_a_report_to_another_platform_names_nobody(world):
    elsewhere = World(frank.set_up(bytes(32)))
    assert elsewhere.examine(world.evidence(world.original(3, 4))) is None


def test_a_copy_that_could_not_be_reported_is_dropped(world):
    proof = world.original(3, 4).proof
    for field in ("inner", "outer"):
        for each in changed(getattr(proof, field)):
            assert not world.client.accepts(TEXT, 3, proof._replace(**{field: each}))
    assert not world.client.accepts(TEXT, 3, proof._replace(stamp=b""))


@given(data=st.binary(max_size=300), split=st.tuples(*[st.integers(0, 300)] * 2))
def test_any_bytes_are_answered(data, split):
    world = World(frank.set_up(ROOT))
    assert world.examine(data) is None
    first, second = sorted(split)
    assert not world.client.accepts(TEXT, 3, Proof(data[:first], data[first:second], data[second:]))


def test_a_modified_app_can_have_nobody_framed(world):
    held = world.original(3, 4)
    assert world.client.forged(4, 3, TEXT, held.proof) is None
    assert world.client.forged(4, 3, TEXT, None) is None


def test_the_clients_half_has_nothing_of_the_relays(world):
    keys = secrets_of(world.tracing.relay)
    assert keys
    client = frank.client_of(world.tracing.public)
    assert not secrets_of(client) & {ROOT, *keys}
    assert (
        World(world.tracing, client).report(World(world.tracing, client).original(3, 4)).originator
        == 3
    )

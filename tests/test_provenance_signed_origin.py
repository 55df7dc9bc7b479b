"""The originator is named however far a copy has come, by what travels with it; nobody else ever is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import signed_origin
from chatsim.provenance.keys import KEY_BYTES, fresh, number_bytes
from chatsim.provenance.signed_origin import NO_ORIGIN
from chatsim.provenance.values import Finding, Proof, Slots
from tests.tracing import OTHER, ROOT, TEXT, World, changed, secrets_of, trees


@pytest.fixture
def world():
    return World(signed_origin.set_up(ROOT))


@given(parents=trees())
def test_each_report_names_the_originator_and_the_tick(parents):
    world = World(signed_origin.set_up(ROOT))
    nodes = world.grow(parents)
    assert {world.report(node) for node in nodes} == {Finding(originator=0, tick=1)}
    client = world.client
    assert world.lengths() == {(client.inner_bytes, client.outer_bytes, client.stamp_bytes)}
    assert not world.book


def test_a_copy_costs_312_bytes(world):
    client = world.client
    assert (client.inner_bytes, client.outer_bytes, client.stamp_bytes) == (172, 32, 108)


def test_ten_hops_later_the_originator_is_still_named(world):
    assert world.report(world.grow(list(range(10)))[-1]).originator == 0


def test_what_the_relay_sees_of_a_forward_has_nothing_of_the_copy_it_is_made_of(world):
    first, second, third = world.grow([0, 1])
    assert len({node.proof.outer for node in (first, second, third)}) == 3
    assert len({node.proof.stamp for node in (first, second, third)}) == 3


def test_whoever_pastes_is_named_and_nobody_before(world):
    cutter = world.grow([0, 1])[-1].holder
    later = world.forward(world.forward(world.original(cutter, 8), 9), 10)
    assert world.report(later).originator == cutter


def test_a_forwarder_who_commits_to_the_text_could_be_named_for_it(world):
    """Why honest apps send random bytes."""
    held = world.original(3, 4)
    careless = Slots(world.client.forward(4, TEXT, held.proof).inner, held.proof.outer)
    proof = world.post(4, 5, careless).proof
    assert world.examine(world.client.evidence(TEXT, 4, proof)).originator == 3
    framing = proof.inner[:KEY_BYTES] + proof.outer + proof.stamp + TEXT
    assert world.examine(framing).originator == 4


def test_nobody_makes_an_honest_forwarder_the_originator(world):
    """A stamp of a forward is over random bytes: with it no secret and no text opens, to recipient or examiner."""
    first, second = world.grow([0])
    proof = second.proof
    stolen = Slots(proof.inner[:KEY_BYTES] + proof.outer + proof.stamp, fresh())
    node = world.post(second.holder, 9, stolen)
    assert not world.client.accepts(TEXT, second.holder, node.proof)
    assert world.report(node) is None
    emptied = proof._replace(inner=proof.inner[:KEY_BYTES] + NO_ORIGIN)
    assert not world.client.accepts(TEXT, second.sender, emptied)
    assert world.examine(world.client.evidence(TEXT, second.sender, emptied)) is None
    assert world.report(first).originator == 0


def test_a_modified_app_can_have_nobody_framed(world):
    held = world.original(3, 4)
    assert world.client.forged(4, 3, TEXT, held.proof) is None
    assert world.client.forged(4, 3, TEXT, None) is None


def test_evidence_is_of_one_text_only(world):
    node, other = world.original(3, 4), world.original(5, 4, OTHER)
    assert world.report(node, OTHER) is None
    assert world.report(other, TEXT) is None
    assert not world.client.accepts(OTHER, 3, node.proof)
    moved = Slots(other.proof.inner[:KEY_BYTES] + node.proof.outer + node.proof.stamp, fresh())
    assert not world.client.accepts(OTHER, 4, world.post(4, 6, moved).proof)


def test_a_changed_report_names_nobody(world):
    evidence = world.evidence(world.grow([0])[-1])
    assert world.examine(evidence).originator == 0
    assert all(world.examine(each) is None for each in changed(evidence))


def test_a_report_to_another_platform_names_nobody(world):
    elsewhere = World(signed_origin.set_up(bytes(32)))
    assert elsewhere.examine(world.evidence(world.original(3, 4))) is None


def test_a_copy_that_could_not_be_reported_is_dropped(world):
    first, second = world.grow([0])
    for node, fields in ((first, ("inner", "outer", "stamp")), (second, ("inner",))):
        for field in fields:
            for each in changed(getattr(node.proof, field)):
                proof = node.proof._replace(**{field: each})
                assert not world.client.accepts(TEXT, node.sender, proof)


def test_the_seal_shows_no_number(world):
    node = world.original(0x1122334455, 4)
    assert number_bytes(0x1122334455) not in b"".join(node.proof)


@given(data=st.binary(max_size=400), split=st.tuples(*[st.integers(0, 400)] * 2))
def test_any_bytes_are_answered(data, split):
    world = World(signed_origin.set_up(ROOT))
    assert world.examine(data) is None
    first, second = sorted(split)
    assert not world.client.accepts(TEXT, 3, Proof(data[:first], data[first:second], data[second:]))


def test_the_clients_half_has_nothing_of_the_relays():
    tracing = signed_origin.set_up(ROOT)
    client = signed_origin.client_of(tracing.public)
    keys = {signed_origin.keyed(ROOT, label) for label in (b"origin sealing", b"origin signing")}
    assert secrets_of(tracing.relay) & keys
    for each in (client, tracing.client):
        assert not secrets_of(each) & {ROOT, *keys}

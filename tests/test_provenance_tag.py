"""The tag goes along with every copy, open or sealed; nobody vouches for it, and so anybody can be framed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import tag, tag_escrowed
from chatsim.provenance.keys import number_bytes
from chatsim.provenance.values import Finding, Proof
from tests.tracing import OTHER, ROOT, TEXT, World, changed, secrets_of, trees

WAYS = pytest.mark.parametrize("mode", [tag, tag_escrowed])


@WAYS
@given(parents=trees())
def test_each_report_of_an_honest_cascade_names_its_originator(mode, parents):
    world = World(mode.set_up(ROOT))
    nodes = world.grow(parents)
    assert {world.report(node) for node in nodes} == {Finding(originator=0)}
    assert {node.proof for node in nodes} == {nodes[0].proof}
    assert world.lengths() == {(world.client.inner_bytes, 0, 0)}
    assert not world.book


def test_a_tag_takes_8_bytes_and_a_sealed_one_56():
    assert tag.TagClient.inner_bytes == 8
    assert tag_escrowed.SealedTagClient.inner_bytes == 56


@WAYS
def test_a_modified_app_has_anybody_named_with_its_own_text_or_a_forward(mode):
    world = World(mode.set_up(ROOT))
    held = world.original(3, 4)
    for slots in (
        world.client.forged(4, 9, TEXT, None),
        world.client.forged(4, 9, TEXT, held.proof),
    ):
        node = world.post(4, 5, slots)
        assert world.client.accepts(TEXT, 4, node.proof)
        assert world.report(node).originator == 9
        assert [len(field) for field in node.proof] == [len(field) for field in held.proof]


@WAYS
def test_a_tag_can_be_moved_to_another_text(mode):
    world = World(mode.set_up(ROOT))
    assert world.report(world.original(3, 4), OTHER).originator == 3


@WAYS
def test_whoever_pastes_is_named_as_the_originator(mode):
    world = World(mode.set_up(ROOT))
    nodes = world.grow([0])
    pasted = world.forward(world.original(nodes[-1].holder, 7), 8)
    assert world.report(pasted).originator == nodes[-1].holder


def test_an_open_tag_is_read_by_every_recipient_and_a_sealed_one_by_none():
    opened, sealed = World(tag.set_up(ROOT)), World(tag_escrowed.set_up(ROOT))
    assert opened.original(3, 4).proof.inner == number_bytes(3)
    assert number_bytes(3) not in sealed.original(3, 4).proof.inner


def test_two_seals_of_one_originator_have_nothing_in_common():
    world = World(tag_escrowed.set_up(ROOT))
    first, second = world.original(3, 4).proof.inner, world.original(3, 4).proof.inner
    assert first[:32] != second[:32]
    assert first[32:] != second[32:]


def test_a_seal_that_was_changed_or_is_of_no_user_names_nobody():
    world = World(tag_escrowed.set_up(ROOT))
    proof = world.original(3, 4).proof
    for each in changed(proof.inner):
        if not each.startswith(proof.inner):  # what comes behind is the text
            assert world.examine(each) is None
    nobody = world.client.original(-1, TEXT)
    assert world.examine(nobody.inner + TEXT) is None
    assert World(tag_escrowed.set_up(bytes(32))).examine(proof.inner + TEXT) is None


def test_an_open_tag_of_no_user_is_dropped():
    world = World(tag.set_up(ROOT))
    assert not world.client.accepts(TEXT, 3, Proof(number_bytes(-1), b"", b""))
    assert world.examine(number_bytes(-1) + TEXT) is None


@WAYS
@given(data=st.binary(max_size=80))
def test_any_bytes_are_answered(mode, data):
    world = World(mode.set_up(ROOT))
    found = world.examine(data)
    assert found is None or mode is tag
    right = len(data) == world.client.inner_bytes
    assert right or not world.client.accepts(TEXT, 3, Proof(data, b"", b""))


def test_the_client_and_the_relay_have_nothing_of_the_escrows():
    tracing = tag_escrowed.set_up(ROOT)
    client = tag_escrowed.client_of(tracing.public)
    keys = secrets_of(tracing.examiner) - {tracing.public}
    assert keys
    for party in (client, tracing.client, tracing.relay):
        assert not secrets_of(party) & {ROOT, *keys}
    world = World(tracing, client)
    assert world.report(world.original(3, 4)).originator == 3


def test_an_open_tag_takes_no_secret():
    tracing = tag.set_up(ROOT)
    for party in (tracing.client, tracing.relay, tracing.examiner, tag.client_of(b"")):
        assert not secrets_of(party)

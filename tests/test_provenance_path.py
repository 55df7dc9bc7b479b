"""A report opens the way back to the originator, entry by entry, and names only those who sent the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import path_sealed, path_traceback
from chatsim.provenance.keys import fresh, number_bytes
from chatsim.provenance.path_traceback import ADDRESS_BYTES, NO_POINTER, POINTER_BYTES, pointing
from chatsim.provenance.values import Finding, Proof, Slots
from tests.tracing import OTHER, ROOT, TEXT, Book, World, changed, secrets_of, trees

WAYS = pytest.mark.parametrize("mode", [path_traceback, path_sealed])
MANY = 5_000_000_000
"""Users' numbers that cannot turn up by chance."""


@pytest.fixture(params=[path_traceback, path_sealed], ids=lambda mode: mode.__name__)
def world(request):
    return World(request.param.set_up(ROOT))


def pointing_at(world: World, pointer: bytes, text: bytes = TEXT) -> Slots:
    """What a modified app sends that points where it likes."""
    held = Proof(pointer, b"", b"")
    return world.client.forward(0, text, held)


@WAYS
@given(parents=trees())
def test_each_report_gives_the_path_of_its_copy(mode, parents):
    world = World(mode.set_up(ROOT))
    for node in world.grow(parents):
        found = world.report(node)
        assert found == Finding(originator=0, path=node.path)
        assert found.exposed == set(node.path)
    client = world.client
    assert world.lengths() == {(client.inner_bytes, client.outer_bytes, 0)}


def test_twelve_hops_are_found_one_by_one(world):
    last = world.grow(list(range(12)))[-1]
    assert world.report(last).path == (12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)


def test_an_act_with_one_chat_takes_64_bytes_at_rest_and_sealed_80():
    for mode, at_rest, outer in ((path_traceback, 64, 48), (path_sealed, 80, 80)):
        world = World(mode.set_up(ROOT))
        world.grow([0, 1, 1])
        assert {len(key + value) for key, value in world.book.items()} == {at_rest}
        assert (world.client.inner_bytes, world.client.outer_bytes) == (16, outer)
        assert world.tracing.relay.outer_bytes == outer


def test_a_dump_shows_everybody_and_sealed_nobody():
    for mode, shown in ((path_traceback, 50), (path_sealed, 0)):
        world = World(mode.set_up(ROOT))
        for user in range(MANY, MANY + 50):
            world.original(user, user + 1)
        assert (
            sum(number_bytes(user) in world.book.dump for user in range(MANY, MANY + 50)) == shown
        )


def test_nothing_that_the_relay_sees_of_a_forward_is_in_the_copy_it_is_made_of(world):
    nodes = world.grow([0, 1, 1])
    pieces = [node.proof.outer[i : i + 16] for node in nodes for i in range(0, 48, 16)]
    assert len(set(pieces)) == len(pieces)


def test_a_copy_is_dropped_that_could_not_be_reported(world):
    node = world.original(3, 4)
    proof = node.proof
    for each in changed(proof.inner):
        assert not world.client.accepts(TEXT, 3, proof._replace(inner=each))
    pointer = slice(ADDRESS_BYTES, ADDRESS_BYTES + POINTER_BYTES)
    for each in changed(proof.outer):
        if each[: pointer.start] + each[pointer.stop :] != proof.outer[:32] + proof.outer[48:]:
            assert not world.client.accepts(TEXT, 3, proof._replace(outer=each))
    assert not world.client.accepts(OTHER, 3, proof)


def test_no_act_has_zeros_for_a_key(world):
    """Zeros mean that there is no former act: a report of such a copy could not be examined."""
    address = path_traceback.address_of(NO_POINTER, TEXT)
    outer = (address + bytes(world.client.outer_bytes))[: world.client.outer_bytes]
    assert not world.client.accepts(TEXT, 3, Proof(NO_POINTER, outer, b""))
    assert world.examine(NO_POINTER + TEXT) is None


def test_an_address_is_used_once(world):
    held = world.original(3, 4)
    slots = Slots(held.proof.inner, held.proof.outer)
    kept = dict(world.book)
    assert world.post(4, 5, slots) is None
    assert world.book == kept


def test_whoever_cuts_the_chain_is_where_it_ends(world):
    nodes = world.grow([0, 1])
    cutter = nodes[-1].holder
    for slots in (world.client.original(cutter, TEXT), pointing_at(world, fresh(POINTER_BYTES))):
        cut = world.post(cutter, 8, slots)
        later = world.forward(world.forward(cut, 9), 10)
        assert world.report(later).path == (9, 8, cutter)


@given(parents=trees(60), cut=st.sets(st.integers(0, 58)))
def test_a_cascade_with_cutters_names_only_those_who_sent(parents, cut):
    world = World(path_traceback.set_up(ROOT))
    nodes = [world.original(0, 1)]
    for i, parent in enumerate(parents):
        held = nodes[parent]
        send = world.client.original(held.holder, TEXT)
        pasted = world.post(held.holder, i + 2, send) if i in cut else None
        nodes.append(pasted or world.forward(held, i + 2))
    for node in nodes:
        assert world.report(node).path == node.path


def test_a_changed_text_starts_a_path_of_its_own(world):
    """Content switch: the former act's entry cannot be found with another text."""
    held = world.grow([0])[-1]
    node = world.post(held.holder, 9, world.client.forward(held.holder, OTHER, held.proof))
    assert world.client.accepts(OTHER, held.holder, node.proof)
    assert world.report(node, OTHER).path == (held.holder,)
    assert world.report(node, TEXT) is None


def test_a_key_that_was_passed_on_aside_leads_no_further(world):
    """Identity mismatch: user 9 points to an act that went to user 4 only."""
    held = world.original(3, 4)
    node = world.post(9, 10, pointing_at(world, held.proof.inner))
    assert world.report(node).path == (9,)


def test_a_member_of_a_group_goes_on_from_an_act_to_the_group(world):
    held = world.post(3, -1, world.client.original(3, TEXT))
    node = world.post(9, 10, world.client.forward(9, TEXT, held.proof))
    assert world.report(node).path == (9, 3)


def test_an_act_to_many_chats_is_one_entry_whose_other_chats_no_answer_shows(world):
    slots = world.client.original(3, TEXT)
    world.tracing.relay.admit(world.book, 1, 3, (4, 5, -2), slots.outer)
    for user in (4, 5):
        node = world.post(user, 9, world.client.forward(user, TEXT, Proof(*slots, b"")))
        assert world.report(node).exposed == {user, 3}


def test_a_circle_of_pointers_ends(world):
    mine, yours = fresh(POINTER_BYTES), fresh(POINTER_BYTES)
    for key, pointer, sender, to in ((mine, yours, 3, 4), (yours, mine, 4, 3)):
        address = path_traceback.address_of(key, TEXT)
        outer = address + path_traceback._aes(key).encryptor().update(pointer)
        if isinstance(world.client, path_sealed.SealedPathClient):
            outer += path_sealed._sealing_key(key)
        world.post(sender, to, Slots(key, outer))
    assert world.examine(mine + TEXT).path == (3, 4)


def test_a_missing_or_broken_entry_is_where_the_path_ends(world):
    first, second, third = world.grow([0, 1])
    address = second.proof.outer[:ADDRESS_BYTES]
    entry = world.book[address]
    for each in (b"", entry[:20], entry[:-1], entry + b"\0"):
        world.book[address] = each
        assert world.report(third).path == (2,)
        assert world.report(second) is None
    del world.book[address]
    assert world.report(third).path == (2,)
    assert world.report(first).path == (0,)


def test_a_sealed_entry_that_was_changed_names_nobody():
    world = World(path_sealed.set_up(ROOT))
    node = world.original(3, 4)
    address = node.proof.outer[:ADDRESS_BYTES]
    for each in changed(world.book[address]):
        world.book[address] = each
        assert world.report(node) is None


def test_a_changed_report_and_another_text_name_nobody(world):
    node, other = world.grow([0])[-1], world.original(7, 8, OTHER)
    evidence = world.evidence(node)
    assert world.examine(evidence).path == (1, 0)
    assert all(world.examine(each) is None for each in changed(evidence))
    assert world.report(node, OTHER) is None
    assert world.report(other, TEXT) is None


def test_a_report_says_nothing_to_a_relay_without_the_entry(world):
    assert World(world.tracing).examine(world.evidence(world.original(3, 4))) is None


@WAYS
@given(
    data=st.binary(max_size=120),
    split=st.tuples(*[st.integers(0, 120)] * 2),
    entry=st.binary(max_size=60),
)
def test_any_bytes_are_answered(mode, data, split, entry):
    first, second = sorted(split)
    proof = Proof(data[:first], data[first:second], data[second:])
    world = World(mode.set_up(ROOT))
    assert not world.client.accepts(TEXT, 3, proof)
    assert world.examine(data) is None
    key = b"k" * POINTER_BYTES
    world = World(mode.set_up(ROOT), book=Book({path_traceback.address_of(key, TEXT): entry}))
    found = world.examine(key + TEXT)
    assert found is None or mode is path_traceback


def test_a_modified_app_can_have_nobody_framed(world):
    held = world.original(3, 4)
    assert world.client.forged(4, 3, TEXT, held.proof) is None
    assert world.client.forged(4, 3, TEXT, None) is None


@WAYS
def test_no_party_has_a_secret_between_acts(mode):
    tracing = mode.set_up(ROOT)
    for party in (tracing.client, tracing.relay, tracing.examiner, mode.client_of(b"")):
        assert not secrets_of(party)


def test_what_points_nowhere_looks_like_what_points_somewhere():
    lengths = {tuple(map(len, pointing(pointer, TEXT))) for pointer in (NO_POINTER, fresh(16))}
    assert lengths == {(16, 48)}

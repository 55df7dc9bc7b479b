"""Every report of a lineage opens the same tree of acts, and nobody is in it who was not sent the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import tree_traceback
from chatsim.provenance.tree_traceback import ADDRESS_BYTES, GAP, POINTER_BYTES, Reading
from chatsim.provenance.values import Proof, Slots
from tests.tracing import OTHER, ROOT, TEXT, Book, World, changed, secrets_of, trees


@pytest.fixture
def world():
    return World(tree_traceback.set_up(ROOT))


def tree_of(world: World, node, text=TEXT) -> set[tuple[int, tuple[int, ...]]]:
    """Sender and chats of each act that a report of a copy opens."""
    reading = Reading(world.book, text, 0)
    acts = reading.tree(reading.way(node.proof.inner[:POINTER_BYTES], node.sender))
    found = {(act.sender, act.chats) for act in acts}
    assert len(found) == len(acts)
    return found


def deliver(world: World, sender: int, chats: tuple[int, ...], slots: Slots) -> Proof:
    """One act to many chats."""
    stamp = world.tracing.relay.admit(world.book, 1, sender, chats, slots.outer)
    return Proof(*slots, stamp)


@given(parents=trees(60))
def test_every_report_opens_the_same_exact_tree(parents):
    world = World(tree_traceback.set_up(ROOT))
    nodes = world.grow(parents)
    truth = {(node.sender, (node.holder,)) for node in nodes}
    for node in nodes:
        assert tree_of(world, node) == truth
        found = world.report(node)
        assert (found.originator, found.path) == (0, node.path)
        assert found.exposed == set(range(len(nodes) + 1))
    client = world.client
    assert world.lengths() == {(client.inner_bytes, client.outer_bytes, client.stamp_bytes)}


def test_fifty_reports_of_a_tree_of_fifty_copies_agree(world):
    nodes = world.grow([i // 3 for i in range(49)])
    trees_found = [tree_of(world, node) for node in nodes]
    assert trees_found == [{(node.sender, (node.holder,)) for node in nodes}] * 50


def test_lengths_in_transit_and_at_rest(world):
    world.grow([0, 1, 1])
    assert {len(key + value) for key, value in world.book.items()} == {104}
    assert (world.client.inner_bytes, world.client.outer_bytes, world.client.stamp_bytes) == (
        24,
        72,
        16,
    )


def test_two_lineages_of_one_text_stay_apart(world):
    first, second = world.grow([0, 0]), world.original(90, 91)
    assert tree_of(world, second) == {(90, (91,))}
    assert len(tree_of(world, first[0])) == 3


def test_all_recipients_of_one_act_forward_it_and_all_are_found(world):
    proof = deliver(world, 0, (1, 2, -5), world.client.original(0, TEXT))
    forwards = {user: world.client.forward(user, TEXT, proof) for user in (1, 2, 8, 9)}
    assert len({slots.outer[:ADDRESS_BYTES] for slots in forwards.values()}) == 4
    for user, slots in forwards.items():
        deliver(world, user, (user + 20,), slots)
    found = world.examine(world.client.evidence(TEXT, 0, proof))
    assert found.exposed == {0, 1, 2, 8, 9, 21, 22, 28, 29}


def test_a_member_cannot_take_the_place_of_another(world):
    """Fellow members know what another's next act will be called; the relay keeps it under who sends it."""
    proof = deliver(world, 0, (-5,), world.client.original(0, TEXT))
    ahead = world.tracing.client.forward(8, TEXT, proof)
    squatted = Slots(
        ahead.inner[:POINTER_BYTES] + world.client.original(7, TEXT).inner[POINTER_BYTES:],
        ahead.outer,
    )
    deliver(world, 7, (30,), squatted)
    mine = tree_traceback.client_of(b"").forward(8, TEXT, proof)
    assert mine.inner == ahead.inner
    assert deliver(world, 8, (28,), mine).stamp is not None
    found = world.examine(world.client.evidence(TEXT, 0, proof))
    assert found.exposed == {0, 8, 28}


def test_acts_that_were_refused_leave_a_gap_that_is_looked_over_up_to_a_length(world):
    held = world.original(3, 4)
    for _ in range(GAP):
        world.client.forward(4, TEXT, held.proof)
    late = world.forward(held, 5)
    assert tree_of(world, held) == tree_of(world, late) == {(3, (4,)), (4, (5,))}
    for _ in range(GAP + 1):
        world.client.forward(4, TEXT, held.proof)
    lost = world.forward(held, 6)
    assert tree_of(world, held) == {(3, (4,)), (4, (5,))}
    assert world.report(lost).path == (4, 3)


def test_nothing_that_the_relay_sees_of_a_forward_is_in_the_copy_it_is_made_of(world):
    nodes = world.grow([0, 1, 1])
    pieces = [node.proof.outer[i : i + 8] for node in nodes for i in range(0, 72, 8)]
    assert len(set(pieces)) == len(pieces)


@given(parents=trees(40), cut=st.sets(st.integers(0, 38)))
def test_whoever_cuts_the_chain_is_the_root_of_a_tree_of_its_own(parents, cut):
    world = World(tree_traceback.set_up(ROOT))
    nodes = [world.original(0, 1)]
    for i, parent in enumerate(parents):
        held = nodes[parent]
        send = world.client.original(held.holder, TEXT)
        pasted = world.post(held.holder, i + 2, send) if i in cut else None
        nodes.append(pasted or world.forward(held, i + 2))
    for node in nodes:
        truth = {(each.sender, (each.holder,)) for each in nodes if each.first is node.first}
        assert tree_of(world, node) == truth
        assert world.report(node).path == node.path


def test_a_changed_text_or_a_key_from_aside_leads_no_further(world):
    held = world.original(3, 4)
    edited = world.post(4, 9, world.client.forward(4, OTHER, held.proof))
    assert world.report(edited, OTHER).exposed == {4, 9}
    aside = world.post(7, 8, world.client.forward(7, TEXT, held.proof))
    assert world.report(aside).exposed == {7, 8}
    assert world.report(held).exposed == {3, 4}


def test_a_copy_is_dropped_that_could_not_be_reported(world):
    proof = world.original(3, 4).proof
    assert not world.client.accepts(TEXT, 5, proof)
    assert not world.client.accepts(OTHER, 3, proof)
    for each in changed(proof.inner):
        assert not world.client.accepts(TEXT, 3, proof._replace(inner=each))
    for each in changed(proof.outer[:ADDRESS_BYTES]):
        outer = each + proof.outer[ADDRESS_BYTES:]
        assert not world.client.accepts(TEXT, 3, proof._replace(outer=outer))


def test_a_changed_report_and_another_text_name_nobody(world):
    node = world.grow([0])[-1]
    evidence = world.evidence(node)
    assert all(world.examine(each) is None for each in changed(evidence))
    assert world.report(node, OTHER) is None


def test_an_address_is_used_once_by_a_sender(world):
    held = world.original(3, 4)
    assert world.post(3, 5, Slots(held.proof.inner, held.proof.outer)) is None


def test_a_missing_or_broken_entry_is_where_it_ends(world):
    first, second, third = world.grow([0, 1])
    place = tree_traceback._place(1, second.proof.outer[:ADDRESS_BYTES])
    for each in (b"", world.book[place][:-1]):
        world.book[place] = each
        assert world.report(third).exposed == {2, 3}
        assert world.report(first).exposed == {0, 1}
        assert world.report(second) is None


def test_a_circle_ends(world):
    """Users 3 and 4 choose their keys, each pointing to the other's act."""
    mine, yours = b"m" * 16, b"y" * 16
    for key, sender, former, before in ((mine, 3, yours, 4), (yours, 4, mine, 3)):
        slots = tree_traceback._slots(
            key, sender, TEXT, former, tree_traceback.number_bytes(before)
        )
        world.post(sender, before, slots)
    found = world.examine(mine + tree_traceback.number_bytes(3) + TEXT)
    assert found.path == (3, 4)


@given(
    data=st.binary(max_size=140),
    split=st.tuples(*[st.integers(0, 140)] * 2),
    entry=st.binary(max_size=90),
)
def test_any_bytes_are_answered(data, split, entry):
    first, second = sorted(split)
    world = World(tree_traceback.set_up(ROOT))
    assert not world.client.accepts(TEXT, 3, Proof(data[:first], data[first:second], data[second:]))
    assert world.examine(data) is None
    key, address = b"k" * POINTER_BYTES, tree_traceback._address(b"k" * POINTER_BYTES, TEXT)
    world = World(
        tree_traceback.set_up(ROOT), book=Book({tree_traceback._place(3, address): entry})
    )
    assert world.examine(key + tree_traceback.number_bytes(3) + TEXT) is None


def test_a_modified_app_can_have_nobody_framed(world):
    assert world.client.forged(4, 3, TEXT, world.original(3, 4).proof) is None


def test_no_party_has_a_secret_between_acts():
    tracing = tree_traceback.set_up(ROOT)
    for party in (tracing.client, tracing.relay, tracing.examiner, tree_traceback.client_of(b"")):
        assert not secrets_of(party)


def test_a_report_is_read_anew_once_something_was_sent_or_forgotten(world):
    first = world.grow([0, 1])
    assert world.report(first[0]).exposed == {0, 1, 2, 3}
    proof = first[-1].proof
    deliver(world, 3, (70,), world.client.forward(3, TEXT, proof))
    assert world.report(first[0]).exposed == {0, 1, 2, 3, 70}
    del world.book[list(world.book)[-1]]
    assert world.report(first[0]).exposed == {0, 1, 2, 3}

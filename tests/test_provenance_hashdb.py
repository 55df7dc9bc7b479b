"""The first sender of a text is named, to everybody who knows the text; one byte makes another text of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.provenance import hashdb
from chatsim.provenance.keys import number_bytes
from chatsim.provenance.values import Finding, Proof
from tests.tracing import OTHER, ROOT, TEXT, Book, World, changed, trees


@pytest.fixture
def world():
    return World(hashdb.set_up(ROOT))


@given(parents=trees())
def test_each_report_names_the_first_sender(parents):
    world = World(hashdb.set_up(ROOT))
    nodes = world.grow(parents)
    assert {world.report(node) for node in nodes} == {Finding(originator=0, tick=1)}
    assert world.lengths() == {(0, 32, 0)}
    assert len(world.book.dump) == 48


def test_a_paste_is_found_out_but_one_changed_byte_names_the_next_sender(world):
    nodes = world.grow([0])
    paster = nodes[-1].holder
    assert world.report(world.original(paster, 7)).originator == 0
    edited = TEXT[:-1] + b"."
    assert world.report(world.original(paster, 8, edited), edited).originator == paster


def test_of_two_who_bring_a_text_from_elsewhere_the_earlier_is_named(world):
    world.original(5, 6)
    assert world.report(world.original(3, 4)).originator == 5


def test_whoever_has_the_texts_finds_every_first_sender_without_a_report(world):
    texts = [b"text %d" % i for i in range(50)]
    for i, text in enumerate(texts):
        world.original(i, 60, text)
    assert [world.examine(text).originator for text in texts] == list(range(50))
    assert all(number_bytes(i) in world.book.dump for i in range(50))


def test_a_copy_with_the_hash_of_another_text_is_dropped(world):
    proof = world.original(3, 4, OTHER).proof
    assert not world.client.accepts(TEXT, 3, proof)
    for each in changed(proof.outer):
        assert not world.client.accepts(OTHER, 3, Proof(b"", each, b""))


def test_the_relay_sees_which_acts_go_together(world):
    assert len({node.proof.outer for node in world.grow([0, 1, 1])}) == 1


def test_a_text_that_nobody_sent_and_a_broken_entry_name_nobody(world):
    assert world.report(world.original(3, 4), OTHER) is None
    evidence = world.evidence(world.original(3, 4))
    assert all(world.examine(each) is None for each in changed(evidence))
    broken = World(hashdb.set_up(ROOT), book=Book({hashdb.hash_of(TEXT): b"?"}))
    assert broken.examine(TEXT) is None


def test_a_modified_app_can_have_nobody_framed(world):
    assert world.client.forged(4, 3, TEXT, None) is None


@given(data=st.binary(max_size=80))
def test_any_bytes_are_answered(data):
    world = World(hashdb.set_up(ROOT))
    assert world.examine(data) is None
    assert not world.client.accepts(TEXT, 3, Proof(b"", data, b""))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.model import ONE_DAY
from chatsim.provenance.enforcing import COMMITMENT_BYTES, PERMIT_BYTES
from chatsim.provenance.receipt import Mint, Permit, commitment, opened

ROOT = b"r" * 32
C = commitment(b"s" * 32, b"text")
NONCE = b"n" * 16
NUMBERS = st.integers(0, 2**40)
CHATS = st.integers(-(2**40), 2**40)


def test_a_commitment_depends_on_secret_and_text_and_opens_with_both():
    assert commitment(b"t" * 32, b"text") != C != commitment(b"s" * 32, b"texT")
    assert len(C) == COMMITMENT_BYTES
    assert opened(b"s" * 32 + b"text") == C


@given(st.binary(max_size=100))
def test_anything_at_all_can_be_asked_what_it_opens(body):
    assert len(opened(body)) == COMMITMENT_BYTES


@given(st.integers(0, 127), NUMBERS, CHATS, NUMBERS)
def test_a_permit_says_what_it_was_made_for_and_is_genuine(hop, tick, chat, by):
    mint = Mint(ROOT)
    stamp = mint.permit(C, hop, tick, chat, by, NONCE)
    assert len(stamp) == PERMIT_BYTES
    permit = mint.read(stamp, C)
    assert permit == Permit(hop, tick, chat, by, NONCE, C)
    assert Mint(ROOT).is_genuine(permit, stamp), "whoever has the root, on whatever day"


@given(st.integers(0, PERMIT_BYTES - 1), st.integers(1, 255))
def test_a_permit_with_any_byte_changed_is_not_genuine(place, change):
    mint = Mint(ROOT)
    stamp = bytearray(mint.permit(C, 3, 1_000, 7, 9, NONCE))
    stamp[place] ^= change
    forged = bytes(stamp)
    assert not mint.is_genuine(mint.read(forged, C), forged)


def test_a_permit_is_of_one_text_one_root_and_one_run():
    mint = Mint(ROOT)
    stamp = mint.permit(C, 3, 1_000, 7, 9, NONCE)
    other = commitment(b"s" * 32, b"other")
    assert not mint.is_genuine(mint.read(stamp, other), stamp)
    assert not Mint(b"q" * 32).is_genuine(mint.read(stamp, C), stamp)
    mint.forget()
    assert not mint.is_genuine(mint.read(stamp, C), stamp)


def test_the_key_changes_with_the_day():
    mint = Mint(ROOT)
    late, early = (mint.permit(C, 0, tick, 1, 2, NONCE) for tick in (ONE_DAY, ONE_DAY - 1))
    moved = early[:1] + late[1:9] + early[9:]
    assert mint.read(moved, C).tick == ONE_DAY
    assert not mint.is_genuine(mint.read(moved, C), moved)
    assert mint.is_genuine(mint.read(early, C), early)


@pytest.mark.parametrize(("stamp", "outer"), [(b"", C), (bytes(PERMIT_BYTES), b""), (bytes(56), C)])
def test_what_has_another_form_is_no_permit(stamp, outer):
    assert Mint(ROOT).read(stamp, outer) is None


def test_what_is_spent_is_known_by_act_person_and_lineage_and_by_nothing_that_can_be_read():
    mint = Mint(ROOT)
    one = mint.read(mint.permit(C, 0, 5, 7, 9, NONCE), C)
    by_another_chat = mint.read(mint.permit(C, 0, 5, ~3, 9, NONCE), C)
    another_act = mint.read(mint.permit(C, 0, 5, 7, 9, b"m" * 16), C)
    assert mint.of_copy(one, 7) == mint.of_copy(by_another_chat, 7), "one act, one budget"
    assert mint.of_copy(one, 7) != mint.of_copy(one, 8)
    assert mint.of_copy(one, 7) != mint.of_copy(another_act, 7)
    assert mint.of_person(one, 7) == mint.of_person(another_act, 7) != mint.of_person(one, 8)
    assert mint.of_lineage(one) == mint.of_lineage(another_act)
    assert mint.of_copy(one, 7) != Mint(b"q" * 32).of_copy(one, 7)

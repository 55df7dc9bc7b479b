"""What apps write is what apps read, whatever the modes add; what cannot be is shown to nobody."""

from __future__ import annotations

import pytest

from chatsim.behaviour.values import Content
from chatsim.model import Enforcement, Traceability
from chatsim.provenance.enforcing import STAMP_BYTES
from chatsim.provenance.modes import client_of
from chatsim.provenance.values import Proof, Slots
from chatsim.wire.messages import Copy
from chatsim_clients.letters import Letter, Letters, Written

CONTENTS = (Content(name="rumour"), Content(name="photo", body_bytes=2_000))
WAYS = tuple(Enforcement)


class Diary:
    """A mode's half that writes down whose text it is and how often it was passed on."""

    inner_bytes, outer_bytes, stamp_bytes = 3, 2, 4

    def original(self, me, text):
        return Slots(b"%03d" % me, b"o0")

    def forward(self, me, text, held):
        return Slots(held.inner, b"o%d" % (int(held.outer[1:]) + 1))

    def accepts(self, text, sender, proof):
        return proof.inner != b"666"

    def evidence(self, text, sender, proof):
        return proof.inner

    def forged(self, me, victim, text, held):
        return None


def arrived(letters: Letters, written: Written) -> Copy:
    """What a relay makes of it: its stamps, and nothing else."""
    own = STAMP_BYTES[letters.enforcement]
    stamp = b"P" * own + b"T" * letters.client.stamp_bytes
    return Copy(1, 0, 1, None, None, None, 60, stamp or None, written.outer, 0, written.body)


@pytest.mark.parametrize("way", WAYS)
def test_an_original_reads_as_it_was_written(way):
    letters = Letters(CONTENTS, way, Diary())
    letter = letters.read(arrived(letters, letters.original(7, 1, edition=3)))
    assert letter is not None
    assert (letter.content, letter.edition, letter.hop) == (1, 3, 0)
    assert letter.proof == Proof(b"007", b"o0", b"TTTT")
    assert letter.stamp == (b"P" * STAMP_BYTES[way] or None)


@pytest.mark.parametrize("way", WAYS)
def test_a_forward_carries_everything_on_and_brings_back_the_relays_own_stamp_alone(way):
    letters = Letters(CONTENTS, way, Diary())
    held = letters.read(arrived(letters, letters.original(7, 0)))
    written = letters.forward(8, held, 5)
    assert written.stamp == held.stamp
    again = letters.read(arrived(letters, written))
    assert again.proof == Proof(b"007", b"o1", b"TTTT")
    assert again.secret == held.secret
    assert again.hop == (0 if way.relay_counts else 5)


def test_where_modes_add_nothing_acts_of_one_claim_share_their_bytes():
    letters = Letters(CONTENTS, Enforcement.CLIENT)
    assert letters.original(1, 0).body is letters.original(2, 0).body
    held = letters.read(arrived(letters, letters.original(1, 0)))
    assert letters.forward(1, held, 3) == letters.forward(2, held, 3)
    assert letters.original(1, 0).outer is None


def test_under_receipt_two_originals_of_one_text_have_nothing_in_common():
    letters = Letters(CONTENTS, Enforcement.RECEIPT)
    one, other = letters.original(1, 0), letters.original(1, 0)
    assert one.outer != other.outer
    assert len(one.outer) == len(other.outer) == 32


def test_a_copy_whose_text_is_not_the_one_committed_to_is_not_shown():
    letters = Letters(CONTENTS, Enforcement.RECEIPT)
    copy = arrived(letters, letters.original(1, 0))
    assert isinstance(letters.read(copy), Letter)
    other = letters.original(1, 1)
    assert letters.read(copy._replace(body=other.body)) is None
    assert letters.read(copy._replace(outer=other.outer)) is None
    assert letters.read(copy._replace(outer=None)) is None


def test_a_copy_that_the_mode_cannot_report_is_not_shown():
    letters = Letters(CONTENTS, Enforcement.CLEAR, Diary())
    assert letters.read(arrived(letters, letters.original(666, 0))) is None


def test_a_text_is_checked_where_the_mode_adds_nothing_to_the_payload():
    letters = Letters(CONTENTS, Enforcement.CLEAR, client_of(Traceability.HASHDB, b""))
    copy = arrived(letters, letters.original(1, 0))
    assert isinstance(letters.read(copy), Letter)
    assert letters.read(copy._replace(body=letters.original(1, 1).body)) is None


def test_a_complaint_brings_the_bytes_that_came_or_what_opens_their_commitment():
    clear = Letters(CONTENTS, Enforcement.CLEAR)
    copy = arrived(clear, clear.original(1, 0))
    assert clear.complaint(clear.read(copy)) == Written(copy.body, None, copy.stamp)
    receipt = Letters(CONTENTS, Enforcement.RECEIPT)
    held = receipt.read(arrived(receipt, receipt.original(1, 0)))
    assert receipt.complaint(held).body == held.secret + receipt.text(0, 0)

"""What headers are made: golden bytes, and the frequent ones as all others."""

from __future__ import annotations

import pytest

from chatsim.model import Reason, Verdict
from chatsim.wire.encoding import acknowledgement, copy_header, decision, encode
from chatsim.wire.fields import KEY_BYTES
from chatsim.wire.messages import Acknowledge, Copy, Decided
from tests.golden_frames import GOLDEN_INBOUND, GOLDEN_OUTBOUND, STAMP


@pytest.mark.parametrize(("message", "frame"), [*GOLDEN_INBOUND, *GOLDEN_OUTBOUND])
def test_every_message_has_its_golden_bytes(message, frame):
    assert encode(message).hex() == frame


def test_the_frequent_headers_are_those_of_their_messages():
    copy = Copy(7, 0, 1, 3, 1, 2, 9, STAMP, b"outer")
    assert copy_header(*copy[:-2]) == encode(copy)
    assert copy_header(*copy[:-3], 3) == encode(copy._replace(notices=3))
    sealed = copy._replace(key=bytes(KEY_BYTES))
    assert copy_header(*copy[:-2], sealed.key) == encode(sealed)
    refused = Verdict(Reason.CHATS_PER_ACTION, 5)
    assert decision(9, refused) == encode(Decided(9, refused))
    assert acknowledgement(9) == encode(Acknowledge(9))

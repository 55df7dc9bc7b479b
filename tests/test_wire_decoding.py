"""What headers say: strict decoding, everything comes back, and nothing but RemoteProtocolError from a peer's bytes."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import RemoteProtocolError
from chatsim.model import HOP_MAX, TOKENS_MAX
from chatsim.wire.decoding import decode_inbound, decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.fields import (
    CHATS_MAX,
    KEY_BYTES,
    NUMBER_MAX,
    OPAQUE_MAX,
    POINT_BYTES,
    USER_MAX,
    VERSION,
    WATCHED_MAX,
)
from chatsim.wire.messages import Act, Complain, Copy, Issued, QuietAct, TopUp
from tests.golden_frames import GOLDEN_INBOUND, GOLDEN_OUTBOUND


@pytest.mark.parametrize(("message", "frame"), GOLDEN_INBOUND)
def test_golden_bytes_are_what_a_client_says(message, frame):
    keys = message.keys if isinstance(message, Act) else b""
    assert decode_inbound(bytes.fromhex(frame), keys) == message


@pytest.mark.parametrize(("message", "frame"), GOLDEN_OUTBOUND)
def test_golden_bytes_are_what_the_relay_says(message, frame):
    assert decode_outbound(bytes.fromhex(frame), b"") == message


NUMBERS = st.integers(0, NUMBER_MAX)
USERS = st.integers(0, USER_MAX)
OPAQUE = st.none() | st.binary(max_size=OPAQUE_MAX)
CHATS = st.lists(st.integers(-USER_MAX, USER_MAX), min_size=1, max_size=20).map(tuple)
NOTICES = st.integers(0, 3)
BODIES = st.binary(max_size=30)


@given(st.builds(Act, NUMBERS, NUMBERS, CHATS, OPAQUE, OPAQUE, NOTICES, BODIES, st.just(b"")))
def test_every_act_comes_back_with_its_body(act):
    assert decode_inbound(encode(act), act.body) == act


@given(
    st.builds(Act, NUMBERS, NUMBERS, CHATS, OPAQUE, OPAQUE, NOTICES, BODIES, st.just(b"")),
    st.data(),
)
def test_every_sealed_act_comes_back_with_its_keys_and_body(act, data):
    size = KEY_BYTES * len(act.chats)
    sealed = act._replace(keys=data.draw(st.binary(min_size=size, max_size=size)))
    assert decode_inbound(encode(sealed), sealed.keys + sealed.body) == sealed


@pytest.mark.parametrize("size", [0, 1, 95])
def test_a_sealed_act_without_a_key_for_every_chat_is_refused(size):
    sealed = Act(3, 1, (8, -4), keys=bytes(96))
    with pytest.raises(RemoteProtocolError, match="2 chats with"):
        decode_inbound(encode(sealed), bytes(size))


@pytest.mark.parametrize("key", [b"", bytes(47), bytes(49), "text", 5])
def test_a_sealed_copy_without_a_wrapped_key_is_refused(key):
    copy = Copy(7, 0, 1, 3, 0, 0, 9, key=key)
    with pytest.raises(RemoteProtocolError, match="a wrapped key of 48 bytes"):
        decode_outbound(encode(copy), b"")


@given(st.builds(QuietAct, NUMBERS, CHATS, OPAQUE, OPAQUE, BODIES))
def test_every_quiet_act_comes_back_with_its_body(act):
    assert decode_inbound(encode(act), act.body) == act


@given(st.builds(Complain, NUMBERS, NUMBERS, OPAQUE, BODIES))
def test_every_complaint_comes_back_with_its_body(complaint):
    assert decode_inbound(encode(complaint), complaint.body) == complaint


COPIES = st.builds(
    Copy,
    USERS,
    USERS,
    NUMBERS,
    st.none() | USERS,
    st.none() | st.integers(0, HOP_MAX),
    st.none() | st.integers(0, 2),
    NUMBERS,
    OPAQUE,
    OPAQUE,
    NOTICES,
    BODIES,
    st.none() | st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES),
)


@given(COPIES)
def test_every_copy_comes_back_with_its_body(copy):
    assert decode_outbound(encode(copy), copy.body) == copy


def points(most):
    return st.integers(0, most).flatmap(
        lambda count: st.binary(min_size=POINT_BYTES * count, max_size=POINT_BYTES * count)
    )


@given(
    st.builds(TopUp, NUMBERS, st.binary(min_size=1, max_size=OPAQUE_MAX), points(TOKENS_MAX)),
)
def test_every_request_for_tokens_comes_back(request):
    assert decode_inbound(encode(request), b"") == request


GRANTS = st.tuples(points(1), points(TOKENS_MAX), points(2))


@given(st.builds(Issued, NUMBERS, NUMBERS, GRANTS, GRANTS))
def test_every_answer_with_tokens_comes_back(issued):
    assert decode_outbound(encode(issued), b"") == issued


def near_misses():
    """Arrays that start like a frame: the right kind, and items of any type."""
    kinds = st.sampled_from([*range(1, 13), 16, 17, 18, 19, *range(64, 73), 80, 81, 82, 83])
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(1 << 63), (1 << 64) - 1)
        | st.floats()
        | st.binary(max_size=8)
        | st.text(max_size=4)
        | st.lists(st.integers(-5, 5), max_size=3)
    )
    arrays = st.tuples(kinds, st.lists(leaves, max_size=11)).map(lambda pair: [pair[0], *pair[1]])
    return arrays.map(msgpack.packb)


@given(st.binary(max_size=60) | near_misses(), st.sampled_from([b"", b"body"]))
def test_any_bytes_are_a_message_or_a_remote_protocol_error(header, body):
    for decode in (decode_inbound, decode_outbound):
        try:
            message = decode(header, body)
        except RemoteProtocolError:
            continue
        assert msgpack.unpackb(encode(message)) == msgpack.unpackb(header)


REFUSED = {
    "nothing": b"",
    "no array": b"\x01",
    "an empty array": b"\x90",
    "an unknown kind": b"\x91\x63",
    "a bool for a kind": msgpack.packb([True]),
    "trailing bytes": bytes.fromhex("9111") + b"\x00",
    "an item too many": msgpack.packb([17, 0]),
    "an item too few": msgpack.packb([3]),
    "another version": msgpack.packb([1, VERSION + 1, 7, 0, None]),
    "a bool for a number": msgpack.packb([3, True]),
    "a float for a number": msgpack.packb([3, 1.0]),
    "a negative number": msgpack.packb([3, -1]),
    "a number that is too large": msgpack.packb([3, NUMBER_MAX + 1]),
    "a user that is too large": msgpack.packb([1, VERSION, USER_MAX + 1, 0, None]),
    "text for a token": msgpack.packb([1, VERSION, 7, 0, "token"]),
    "a stamp that is too long": msgpack.packb([2, 0, 1, [8], bytes(OPAQUE_MAX + 1), None]),
    "an act without chats": msgpack.packb([2, 0, 1, [], None, None]),
    "a bool for a chat": msgpack.packb([2, 0, 1, [True], None, None]),
    "too many chats": msgpack.packb([2, 0, 1, [1] * (CHATS_MAX + 1), None, None]),
    "a driver without a secret": msgpack.packb([16, VERSION, None]),
    "an act that asks for no notice": msgpack.packb([8, 0, 1, [8], None, None, 0]),
    "an act that asks for an unknown notice": msgpack.packb([8, 0, 1, [8], None, None, 4]),
    "a notice of no kind": msgpack.packb([6, 0, 0, 8, 0, 1]),
    "a notice of two kinds": msgpack.packb([6, 0, 3, 8, 0, 1]),
    "a bool for the kind of a notice": msgpack.packb([6, 0, True, 8, 0, 1]),
    "too many contacts": msgpack.packb([7, [1] * (WATCHED_MAX + 1)]),
    "a contact for a list of contacts": msgpack.packb([7, 1]),
    "a resumption without a count": msgpack.packb([5, VERSION, 7, 0, None, None]),
    "a request for tokens without a ticket": msgpack.packb([12, 1, b"", bytes(32)]),
    "a request for tokens with None for a ticket": msgpack.packb([12, 1, None, bytes(32)]),
    "a request for tokens with a ticket that is too long": msgpack.packb(
        [12, 1, bytes(OPAQUE_MAX + 1), bytes(32)]
    ),
    "a request for tokens with part of a point": msgpack.packb([12, 1, b"t", bytes(33)]),
    "a request for too many tokens": msgpack.packb([12, 1, b"t", bytes(32 * (TOKENS_MAX + 1))]),
    "text for points": msgpack.packb([12, 1, b"t", "0" * 32]),
    "None for points": msgpack.packb([12, 1, b"t", None]),
    "tokens, which only the relay makes": msgpack.packb([72, 1, 0, b"", b"", b"", b"", b"", b""]),
    "a map": msgpack.packb([3, {1: 2}]),
    "an extension": msgpack.packb([3, msgpack.ExtType(1, b"x")]),
    "a copy, which only the relay sends": encode(GOLDEN_OUTBOUND[1][0]),
    "a nest without a bottom": b"\x91" * 5_000,
}


@pytest.mark.parametrize("header", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_message_of_a_client_is_refused(header):
    with pytest.raises(RemoteProtocolError):
        decode_inbound(header, b"")


@pytest.mark.parametrize(
    "header",
    [
        [68, 0, 8, 1],
        [69, 8, 2],
        [69, 8, True],
        [70, 7, 0, 1, None, 0, 0, 9, None, None, 0],
        [72, 1, 0, b"", b"", b"", b"", b""],
        [72, -1, 0, b"", b"", b"", b"", b"", b""],
        [72, 1, None, b"", b"", b"", b"", b"", b""],
        [72, 1, 0, bytes(64), b"", b"", b"", b"", b""],
        [72, 1, 0, b"", bytes(31), b"", b"", b"", b""],
        [72, 1, 0, b"", bytes(32 * (TOKENS_MAX + 1)), b"", b"", b"", b""],
        [72, 1, 0, b"", b"", bytes(96), b"", b"", b""],
        [72, 1, 0, b"", b"", b"", "", b"", b""],
        [72, 1, 0, b"", b"", b"", b"", None, b""],
        [72, 1, 0, b"", b"", b"", b"", b"", bytes(63)],
        [12, 1, b"t", bytes(32)],
    ],
)
def test_what_is_no_message_of_the_relay_is_refused(header):
    with pytest.raises(RemoteProtocolError):
        decode_outbound(msgpack.packb(header), b"")


def test_a_hop_or_label_out_of_range_is_no_copy():
    copy = Copy(7, 0, 1, None, HOP_MAX, 2, 0)
    for wrong in (copy._replace(hop=HOP_MAX + 1), copy._replace(label=3)):
        with pytest.raises(RemoteProtocolError, match="copy"):
            decode_outbound(encode(wrong), b"")


@pytest.mark.parametrize(
    "message", [m for m, _ in GOLDEN_INBOUND if not isinstance(m, Act | QuietAct | Complain)]
)
def test_only_acts_and_complaints_have_a_body(message):
    with pytest.raises(RemoteProtocolError, match="body"):
        decode_inbound(encode(message), b"body")

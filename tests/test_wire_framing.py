"""Frames on a byte stream, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsim.errors import ProtocolError, RemoteProtocolError
from chatsim.wire.framing import (
    FRAME_MAX,
    FRAME_MAX_BEFORE_LOGIN,
    HEADER_MAX,
    LENGTHS,
    Deframer,
    head_of,
    header_of,
)

FRAMES = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=40)), max_size=8)


def stream_of(frames: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(head_of(header, len(body)) + body for header, body in frames)


@given(FRAMES, st.lists(st.integers(1, 12), min_size=1))
def test_frames_come_out_whole_wherever_the_stream_is_cut(frames, cuts):
    stream = stream_of(frames)
    deframer = Deframer()
    out = []
    position = 0
    while position < len(stream):
        size = cuts[len(out) % len(cuts)]
        out += deframer.feed(stream[position : position + size])
        position += size
    assert out == frames
    assert deframer.waiting == 0


def test_a_frame_is_two_lengths_then_header_then_body():
    assert head_of(b"\x91\x01", 3).hex() == "000000070002" + "9101"
    assert header_of(head_of(b"\x91\x01", 3)) == b"\x91\x01"


def test_a_frame_that_is_too_long_is_refused_before_its_bytes_arrive():
    deframer = Deframer()
    with pytest.raises(RemoteProtocolError, match="4097 bytes; at most 4096"):
        list(deframer.feed(LENGTHS.pack(FRAME_MAX_BEFORE_LOGIN + 1, 1)))


def test_a_frame_of_exactly_the_limit_passes():
    body = bytes(FRAME_MAX_BEFORE_LOGIN - 2 - 1)
    assert list(Deframer().feed(head_of(b"h", len(body)) + body)) == [(b"h", body)]


def test_the_limit_can_rise_between_two_frames_of_one_stream():
    deframer = Deframer()
    body = bytes(FRAME_MAX - 2)
    frames = deframer.feed(stream_of([(b"h", b""), (b"", body)]))
    assert next(frames) == (b"h", b"")
    deframer.frame_max = FRAME_MAX
    assert next(frames) == (b"", body)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_header_longer_than_its_frame_is_refused(length):
    with pytest.raises(RemoteProtocolError, match="header"):
        list(Deframer().feed(LENGTHS.pack(length, length)))


def test_our_own_header_must_fit_its_length():
    with pytest.raises(ProtocolError, match="65535"):
        head_of(bytes(HEADER_MAX + 1), 0)


def test_a_cut_stream_leaves_bytes_waiting():
    deframer = Deframer()
    assert list(deframer.feed(head_of(b"header", 0)[:-1])) == []
    assert deframer.waiting == 11


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_a_remote_protocol_error(data):
    deframer = Deframer()
    try:
        list(deframer.feed(data))
    except RemoteProtocolError:
        return
    assert deframer.waiting <= len(data)

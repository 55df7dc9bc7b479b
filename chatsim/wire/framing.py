"""Frames on a byte stream: `u32 length | u16 header length | msgpack header | body`, big-endian.

`length` counts all bytes after itself. The relay reads headers only and passes bodies on as it got them, so a frame
travels as two pieces: its *head* (both lengths and the header) and its body.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from chatsim.errors import ProtocolError, RemoteProtocolError

LENGTHS = struct.Struct(">IH")
PREFIX = LENGTHS.size
"""Bytes before the header."""
HEADER_MAX = 0xFFFF
FRAME_MAX = 256 * 1024
"""Bytes of header and body that a logged-in peer may send in one frame."""
FRAME_MAX_BEFORE_LOGIN = 4 * 1024


def head_of(header: bytes, body_length: int) -> bytes:
    """The first piece of a frame whose body has `body_length` bytes."""
    if len(header) > HEADER_MAX:
        message = f"a header of {len(header)} bytes does not fit a frame; at most {HEADER_MAX} do"
        raise ProtocolError(message)
    return LENGTHS.pack(2 + len(header) + body_length, len(header)) + header


def header_of(head: bytes) -> bytes:
    """The msgpack header within a head."""
    return head[PREFIX:]


class Deframer:
    """Cuts a byte stream into (header, body) pairs, wherever the stream was cut.

    Holds at most one incomplete frame, and refuses an oversized one when its length arrives, before its bytes do. Where
    whole frames arrive nothing is kept, not even an empty buffer.
    """

    __slots__ = ("_buffer", "_wanted", "frame_max")

    def __init__(self, frame_max: int = FRAME_MAX_BEFORE_LOGIN) -> None:
        self._buffer: bytearray | None = None
        self._wanted = PREFIX
        """Bytes that the buffer must hold before anything can be made of it."""
        self.frame_max = frame_max

    def whole(self, data: bytes) -> tuple[bytes, bytes] | None:
        """The frame that `data` is, no more and no less; None for anything else, which is for `feed`."""
        size = len(data)
        if self._buffer is not None or size < PREFIX:
            return None
        length, header_length = LENGTHS.unpack_from(data)
        body_start = PREFIX + header_length
        if length + 4 != size or body_start > size or length > self.frame_max:
            return None
        return data[PREFIX:body_start], data[body_start:]

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The frames that `data` completes. Raises RemoteProtocolError when the stream cannot be frames.

        `frame_max` may be raised between two of them: a login does.
        """
        buffer = self._buffer
        if buffer is None:
            stream = bytes(data)
        else:
            buffer += data
            if len(buffer) < self._wanted:
                return
            stream = bytes(buffer)
            self._buffer = None
        size = len(stream)
        start = 0
        end = PREFIX
        while size - start >= PREFIX:
            length, header_length = LENGTHS.unpack_from(stream, start)
            if length > self.frame_max:
                message = f"a frame of {length} bytes; at most {self.frame_max} are accepted"
                raise RemoteProtocolError(message)
            if header_length > length - 2:
                message = f"a header of {header_length} bytes in a frame of {length}"
                raise RemoteProtocolError(message)
            end = start + 4 + length
            if size < end:
                break
            body_start = start + PREFIX + header_length
            yield stream[start + PREFIX : body_start], stream[body_start:end]
            start = end
            end = start + PREFIX
        if start < size:
            self._buffer = bytearray(stream[start:])
            self._wanted = end - start

    @property
    def waiting(self) -> int:
        """Bytes of an incomplete frame: not 0 at the end of a stream means that it was cut."""
        return 0 if self._buffer is None else len(self._buffer)

"""What a shell tells the relay, and what the relay tells its shell to do.

`Arrived` and `Write` are made for every copy and are NamedTuples, which cost a quarter of a frozen attrs value to make.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

# Events.


@frozen
class Opened:
    """A peer connected; the shell numbers sessions and never uses a number twice."""

    session: int


class Arrived(NamedTuple):
    """A whole frame came from a session."""

    session: int
    header: bytes
    body: bytes


@frozen
class Closed:
    """The session's connection is gone."""

    session: int


@frozen
class Elapsed:
    """About a second has passed: presence is told, old records and old mail go. Never on a driven clock."""


Event = Arrived | Opened | Closed | Elapsed

# Commands.


class Write(NamedTuple):
    """Send these bytes, head then body, in the order of the commands."""

    session: int
    head: bytes
    body: bytes = b""


@frozen
class Widen:
    """The session is logged in: it may send frames of the full size."""

    session: int


@frozen
class Hangup:
    """Close the session once everything written to it has left."""

    session: int


@frozen
class Abort:
    """A driven run cannot go on: stop serving, with this sentence."""

    text: str


Command = Write | Widen | Hangup | Abort

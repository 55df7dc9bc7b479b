"""Headers as msgpack arrays, from the values of `chatsim.wire.messages`: the kind first, then the fields in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack

from chatsim.model import Verdict
from chatsim.wire.fields import VERSION
from chatsim.wire.kinds import (
    ACKNOWLEDGE,
    ACT,
    ACT_WITH_NOTICES,
    BEGIN,
    BEGUN,
    COMPLAIN,
    COPY,
    COPY_WITH_NOTICES,
    DECIDED,
    DRIVE,
    END,
    GO,
    HELLO,
    ISSUED,
    LEAVE,
    NEXT,
    NOTICE,
    NOTIFY,
    PRESENCE,
    QUIET_ACT,
    REFUSAL,
    RESUME,
    SEALED_ACT,
    SEALED_COPY,
    SENT,
    SETTLED,
    SUBSCRIBE,
    TOP_UP,
    WELCOME,
)
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Begin,
    Begun,
    Complain,
    Copy,
    Decided,
    Drive,
    End,
    Go,
    Hello,
    Inbound,
    Issued,
    Leave,
    Next,
    Notice,
    Notify,
    Outbound,
    Presence,
    QuietAct,
    Refusal,
    Resume,
    Sent,
    Settled,
    Subscribe,
    TopUp,
    Welcome,
)

_pack: Callable[[object], bytes] = msgpack.Packer(autoreset=True).pack
"""One packer for all: making one costs more than packing a header."""


def encode(message: Inbound | Outbound) -> bytes:
    """The header of a message; its body, if it has one, travels beside it, behind an act's keys."""
    return _pack(_array(message))


def acknowledgement(count: int) -> bytes:
    """The header of `Acknowledge(count)`, the most frequent of all, without making one."""
    return _pack((ACKNOWLEDGE, count))


def decision(counter: int, verdict: Verdict) -> bytes:
    """The header of `Decided(counter, verdict)`."""
    return _pack((DECIDED, counter, int(verdict.reason), verdict.limit))


def copy_header(
    sender: int,
    device: int,
    counter: int,
    group: int | None,
    hop: int | None,
    label: int | None,
    tick: int,
    stamp: bytes | None,
    outer: bytes | None,
    notices: int,
    key: bytes | None = None,
) -> bytes:
    """The header of a `Copy`."""
    if key is not None:
        return _pack(
            (
                SEALED_COPY,
                *(sender, device, counter, group, hop, label, tick, stamp, outer),
                *(notices, key),
            )
        )
    if notices:
        return _pack(
            (
                COPY_WITH_NOTICES,
                *(sender, device, counter, group, hop, label, tick, stamp, outer),
                notices,
            )
        )
    return _pack((COPY, sender, device, counter, group, hop, label, tick, stamp, outer))


def _array(message: Inbound | Outbound) -> tuple[Any, ...]:
    match message:
        case Acknowledge():
            return (ACKNOWLEDGE, message.acknowledged)
        case Act():
            if message.keys:
                return (SEALED_ACT, *message[:-2])
            return (ACT_WITH_NOTICES, *message[:-2]) if message.notices else (ACT, *message[:-3])
        case QuietAct():
            return (QUIET_ACT, *message[:-1])
        case Complain():
            return (COMPLAIN, *message[:-1])
        case Copy():
            if message.key is not None:
                return (SEALED_COPY, *message[:-2], message.key)
            return (COPY_WITH_NOTICES, *message[:-2]) if message.notices else (COPY, *message[:-3])
        case Decided():
            verdict = message.verdict
            return (DECIDED, message.counter, int(verdict.reason), verdict.limit)
        case TopUp():
            return (TOP_UP, *message)
        case Issued():
            return (ISSUED, message.number, message.day, *message.any_chat, *message.contacts)
        case Hello():
            return (HELLO, VERSION, message.user, message.device, message.token)
        case Resume():
            who = (message.user, message.device, message.token)
            return (RESUME, VERSION, *who, message.received)
        case Notify():
            return (NOTIFY, *message)
        case Subscribe():
            return (SUBSCRIBE, message.users)
        case Leave():
            return (LEAVE, message.acknowledged)
        case Drive():
            return (DRIVE, VERSION, message.secret)
        case Begin():
            return (BEGIN,)
        case Sent():
            return (SENT, message.tick)
        case Next():
            return (NEXT, message.tick)
        case Welcome():
            return (WELCOME, VERSION, message.base, message.counter, message.tick)
        case Notice():
            return (NOTICE, *message)
        case Presence():
            return (PRESENCE, message.user, int(message.online))
        case Refusal():
            return (REFUSAL, message.text)
        case Begun():
            return (BEGUN,)
        case Settled():
            return (SETTLED, message.tick)
        case Go():
            return (GO, message.tick)
        case End():
            return (END,)

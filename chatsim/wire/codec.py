"""Headers as msgpack arrays, from the values of `chatsim.wire.messages` and back.

Version 1. A header is an array whose first item is the kind. Decoding is strict: known kinds, exact lengths, exact
types (a bool is not an int), bounded sizes, no trailing bytes; anything else is a RemoteProtocolError. An added kind
is not a new version; a changed one is. The readers of the frequent kinds check all their fields in one expression,
because they run once per copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack

from chatsim.errors import RemoteProtocolError
from chatsim.model import HOP_MAX, Reason, Verdict
from chatsim.wire.fields import (
    CHATS_MAX,
    KEY_BYTES,
    LABEL_MAX,
    NOTICES_MAX,
    NUMBER_MAX,
    OPAQUE_MAX,
    USER_MAX,
    VERSION,
    WATCHED_MAX,
    chats_of,
    notice_kind,
    notices_of,
    number,
    number_or_none,
    opaque,
    points,
    version,
    wrapped_key,
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

HELLO, ACT, ACKNOWLEDGE, LEAVE = 1, 2, 3, 4
RESUME, NOTIFY, SUBSCRIBE, ACT_WITH_NOTICES, QUIET_ACT, COMPLAIN = 5, 6, 7, 8, 9, 10
SEALED_ACT, TOP_UP = 11, 12
DRIVE, BEGIN, SENT, NEXT = 16, 17, 18, 19
WELCOME, COPY, DECIDED, REFUSAL = 64, 65, 66, 67
NOTICE, PRESENCE, COPY_WITH_NOTICES, SEALED_COPY, ISSUED = 68, 69, 70, 71, 72
BEGUN, SETTLED, GO, END = 80, 81, 82, 83


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


def decode_inbound(header: bytes, body: bytes) -> Inbound:
    """A frame that a client sent. Raises RemoteProtocolError."""
    return _decode(_INBOUND, header, body)  # type: ignore[return-value]


def decode_outbound(header: bytes, body: bytes) -> Outbound:
    """A frame that the relay sent. Raises RemoteProtocolError."""
    return _decode(_OUTBOUND, header, body)  # type: ignore[return-value]


Reader = Callable[[list[Any], bytes], Inbound | Outbound]

_WITH_BODY = (
    *(ACT, COPY, QUIET_ACT, ACT_WITH_NOTICES, COPY_WITH_NOTICES, COMPLAIN),
    *(SEALED_ACT, SEALED_COPY),
)


def _decode(readers: dict[int, tuple[int, Reader]], header: bytes, body: bytes) -> object:
    try:
        items = msgpack.unpackb(
            header,
            max_array_len=CHATS_MAX,
            max_map_len=0,
            max_str_len=OPAQUE_MAX,
            max_bin_len=OPAQUE_MAX,
            max_ext_len=0,
        )
    except Exception as error:  # noqa: BLE001 - msgpack raises many kinds on hostile bytes
        message = f"a header that is no msgpack array: {error}"
        raise RemoteProtocolError(message) from None
    if type(items) is not list or not items or type(items[0]) is not int:
        message = "a header that is no array with its kind first"
        raise RemoteProtocolError(message)
    entry = readers.get(items[0])
    if entry is None:
        message = f"unknown kind of frame {items[0]}"
        raise RemoteProtocolError(message)
    length, read = entry
    if len(items) != length:
        message = f"a frame of kind {items[0]} with {len(items)} items; it has {length}"
        raise RemoteProtocolError(message)
    if body and items[0] not in _WITH_BODY:
        message = (
            f"a frame of kind {items[0]} with a body; only acts, copies and complaints have one"
        )
        raise RemoteProtocolError(message)
    return read(items, body)


def _hello(items: list[Any], _: bytes) -> Hello:
    version(items[1])
    return Hello(number(items[2], USER_MAX), number(items[3], USER_MAX), opaque(items[4]))


def _resume(items: list[Any], _: bytes) -> Resume:
    version(items[1])
    user, device = number(items[2], USER_MAX), number(items[3], USER_MAX)
    return Resume(user, device, opaque(items[4]), number(items[5]))


def _acknowledge(items: list[Any], _: bytes) -> Acknowledge:
    count = items[1]
    if type(count) is not int or not 0 <= count <= NUMBER_MAX:
        number(count)
    return Acknowledge(count)


def _act(items: list[Any], body: bytes) -> Act:
    _, acknowledged, counter, chats, stamp, outer = items[:6]
    if not (
        type(acknowledged) is int
        and type(counter) is int
        and 0 <= acknowledged <= NUMBER_MAX
        and 0 <= counter <= NUMBER_MAX
        and (stamp is None or type(stamp) is bytes)
        and (outer is None or type(outer) is bytes)
    ):
        message = f"an act with a field of a wrong type or size: {items!r:.80}"
        raise RemoteProtocolError(message)
    asked = notices_of(items[6]) if len(items) > 6 else 0
    return Act(acknowledged, counter, chats_of(chats), stamp, outer, asked, body)


def _sealed_act(items: list[Any], body: bytes) -> Act:
    act = _act(items[:6], body)
    size = KEY_BYTES * len(act.chats)
    if len(body) < size:
        message = f"a sealed act to {len(act.chats)} chats with {len(body)} bytes of keys and body; they take {size}"
        raise RemoteProtocolError(message)
    return Act(*act[:5], number(items[6], NOTICES_MAX), body[size:], body[:size])


def _quiet_act(items: list[Any], body: bytes) -> QuietAct:
    _, acknowledged, chats, stamp, outer = items
    chosen = chats_of(chats)
    return QuietAct(number(acknowledged), chosen, opaque(stamp), opaque(outer), body)


def _complain(items: list[Any], body: bytes) -> Complain:
    return Complain(number(items[1]), number(items[2]), opaque(items[3]), body)


def _top_up(items: list[Any], _: bytes) -> TopUp:
    ticket = opaque(items[2])
    if not ticket:
        message = "a request for tokens without a ticket"
        raise RemoteProtocolError(message)
    return TopUp(number(items[1]), ticket, points(items[3]))


def _notify(items: list[Any], _: bytes) -> Notify:
    kind, user, device = notice_kind(items[2]), items[3], items[4]
    sender = number(user, USER_MAX), number(device, USER_MAX)
    return Notify(number(items[1]), kind, *sender, number(items[5]))


def _subscribe(items: list[Any], _: bytes) -> Subscribe:
    users = items[1]
    if type(users) is not list or len(users) > WATCHED_MAX:
        message = f"a subscription without a list of at most {WATCHED_MAX:,} users"
        raise RemoteProtocolError(message)
    return Subscribe(tuple(number(user, USER_MAX) for user in users))


def _drive(items: list[Any], _: bytes) -> Drive:
    version(items[1])
    secret = opaque(items[2])
    if secret is None:
        message = "a driver without a secret"
        raise RemoteProtocolError(message)
    return Drive(secret)


def _welcome(items: list[Any], _: bytes) -> Welcome:
    version(items[1])
    return Welcome(number(items[2]), number(items[3]), number(items[4]))


def _copy(items: list[Any], body: bytes) -> Copy:
    _, sender, device, counter, group, hop, label, tick, stamp, outer = items[:10]
    if not (
        type(sender) is int
        and type(device) is int
        and type(counter) is int
        and type(tick) is int
        and 0 <= sender <= USER_MAX
        and 0 <= device <= USER_MAX
        and 0 <= counter <= NUMBER_MAX
        and 0 <= tick <= NUMBER_MAX
        and (group is None or (type(group) is int and 0 <= group <= USER_MAX))
        and (hop is None or (type(hop) is int and 0 <= hop <= HOP_MAX))
        and (label is None or (type(label) is int and 0 <= label <= LABEL_MAX))
        and (stamp is None or type(stamp) is bytes)
        and (outer is None or type(outer) is bytes)
    ):
        message = f"a copy with a field of a wrong type or size: {items!r:.80}"
        raise RemoteProtocolError(message)
    asked = notices_of(items[10]) if len(items) > 10 else 0
    return Copy(sender, device, counter, group, hop, label, tick, stamp, outer, asked, body)


def _sealed_copy(items: list[Any], body: bytes) -> Copy:
    asked = number(items[10], NOTICES_MAX)
    return _copy(items[:10], body)._replace(notices=asked, key=wrapped_key(items[11]))


def _notice(items: list[Any], _: bytes) -> Notice:
    return Notice(notice_kind(items[1]), number(items[2], USER_MAX), number(items[3]))


def _presence(items: list[Any], _: bytes) -> Presence:
    return Presence(number(items[1], USER_MAX), bool(number(items[2], 1)))


def _decided(items: list[Any], _: bytes) -> Decided:
    reason = Reason(number(items[2], max(Reason)))
    return Decided(number(items[1]), Verdict(reason, number_or_none(items[3])))


def _issued(items: list[Any], _: bytes) -> Issued:
    parts = [
        (points(key, 1), points(made), points(proof, 2))
        for key, made, proof in (items[3:6], items[6:])
    ]
    return Issued(number(items[1]), number(items[2]), *parts)


def _refusal(items: list[Any], _: bytes) -> Refusal:
    if type(items[1]) is not str:
        message = "a refusal without a text"
        raise RemoteProtocolError(message)
    return Refusal(items[1])


_INBOUND: dict[int, tuple[int, Reader]] = {
    HELLO: (5, _hello),
    RESUME: (6, _resume),
    ACT: (6, _act),
    ACT_WITH_NOTICES: (7, _act),
    QUIET_ACT: (5, _quiet_act),
    COMPLAIN: (4, _complain),
    SEALED_ACT: (7, _sealed_act),
    TOP_UP: (4, _top_up),
    NOTIFY: (6, _notify),
    SUBSCRIBE: (2, _subscribe),
    ACKNOWLEDGE: (2, _acknowledge),
    LEAVE: (2, lambda items, _: Leave(number(items[1]))),
    DRIVE: (3, _drive),
    BEGIN: (1, lambda _items, _: Begin()),
    SENT: (2, lambda items, _: Sent(number(items[1]))),
    NEXT: (2, lambda items, _: Next(number_or_none(items[1]))),
}
_OUTBOUND: dict[int, tuple[int, Reader]] = {
    WELCOME: (5, _welcome),
    COPY: (10, _copy),
    COPY_WITH_NOTICES: (11, _copy),
    SEALED_COPY: (12, _sealed_copy),
    NOTICE: (4, _notice),
    PRESENCE: (3, _presence),
    DECIDED: (4, _decided),
    ISSUED: (9, _issued),
    REFUSAL: (2, _refusal),
    BEGUN: (1, lambda _items, _: Begun()),
    SETTLED: (2, lambda items, _: Settled(number(items[1]))),
    GO: (2, lambda items, _: Go(number(items[1]))),
    END: (1, lambda _items, _: End()),
}

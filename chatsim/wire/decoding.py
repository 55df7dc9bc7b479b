"""The values of `chatsim.wire.messages`, from headers that a peer sent.

Decoding is strict: known kinds, exact lengths, exact types (a bool is not an int), bounded sizes, no trailing bytes;
anything else is a RemoteProtocolError. The readers of the frequent kinds check all their fields in one expression,
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
    WITH_BODY,
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


def decode_inbound(header: bytes, body: bytes) -> Inbound:
    """A frame that a client sent. Raises RemoteProtocolError."""
    return _decode(_INBOUND, header, body)  # type: ignore[return-value]


def decode_outbound(header: bytes, body: bytes) -> Outbound:
    """A frame that the relay sent. Raises RemoteProtocolError."""
    return _decode(_OUTBOUND, header, body)  # type: ignore[return-value]


Reader = Callable[[list[Any], bytes], Inbound | Outbound]


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
    if body and items[0] not in WITH_BODY:
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

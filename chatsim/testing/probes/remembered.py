"""Whom a relay remembers: its objects, walked from the relay itself, but for counters and last verdicts of devices."""

from __future__ import annotations

import enum
import gc
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chatsim.model import Verdict
from chatsim.relay.mailbox import Mailbox
from chatsim.testing.probes.looking import users_in

_FOREIGN = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, enum.Enum)
"""What is the program's, and nobody's data."""


def remembered(root: object, users: Sequence[int], left_out: Iterable[object]) -> frozenset[int]:
    """Users whose numbers some object reachable from `root` holds. The roster is for the caller to leave out.

    Excepted is whose device each mailbox is. A mailbox that is empty otherwise holds counters and refused verdicts.
    """
    known = frozenset(users)
    found: set[int] = set()
    for each in _walk(root, left_out):
        if type(each) is int:
            found |= {each} & known
        elif isinstance(each, (bytes, bytearray, str)):
            data = each.encode() if isinstance(each, str) else bytes(each)
            found |= users_in(data, users)
    return frozenset(found)


def objects(root: object, left_out: Iterable[object]) -> int:
    """How many objects are reachable, but for numbers. Sizes would not do: what is emptied does not always shrink."""
    return sum(type(each) is not int for each in _walk(root, left_out))


def _walk(root: object, left_out: Iterable[object]) -> Iterator[object]:
    """Everything reachable, containers once; numbers and texts as often as they are held."""
    seen = {id(each) for each in left_out}
    stack: list[object] = [root]
    kept: list[object] = []  # so that no number is given twice
    while stack:
        each = stack.pop()
        if isinstance(each, _FOREIGN) or id(each) in seen:
            continue
        yield each
        if type(each) is not int and not isinstance(each, (bytes, bytearray, str)):
            seen.add(id(each))
            kept.append(each)
            stack += _parts(each)


def _parts(each: object) -> Sequence[object]:
    if isinstance(each, Mailbox) and _is_bare(each):
        return ()
    if isinstance(each, dict) and _are_mailboxes(each):
        return list(each.values())
    return gc.get_referents(each)


def _is_bare(mailbox: Mailbox) -> bool:
    """Whether nothing but counters and verdicts is in it: they name no chat, no recipient and no content."""
    refused = mailbox.refused or {}
    verdicts = all(
        type(at) is int and isinstance(verdict, Verdict) for at, verdict in refused.items()
    )
    return not mailbox.mail and not mailbox.by_sender and verdicts


def _are_mailboxes(each: dict[Any, Any]) -> bool:
    """The post office's own index."""
    values = each.values()
    return bool(each) and all(
        isinstance(boxes, list) and boxes and all(isinstance(box, Mailbox) for box in boxes)
        for boxes in values
    )

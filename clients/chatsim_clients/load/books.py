"""What one worker knows of its users' messages when nothing is on its way any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from attrs import frozen

from chatsim_clients.load.accounting import Heard, Line
from chatsim_clients.load.bodies import BURST_SLOT, conversation_of
from chatsim_clients.load.client import Client
from chatsim_clients.load.tally import Counts

RecipientsOf = Callable[[int, int], list[int]]
"""Whom a message of a user to one of their chats reaches."""


@frozen(eq=False)
class Books:
    """What the users of one worker sent and heard."""

    counts: Counts
    lines: dict[int, tuple[Line, list[int]]]
    """By conversation, with its recipients."""
    heard: dict[int, Heard]
    """By user."""
    unanswered: int
    """Acts on the wire without a verdict."""
    unsent: int
    """Messages that never left their device."""
    unposted: int
    """Those of them that `counts.sent` has."""
    strangers: tuple[int, ...]
    """Users who never came to log in."""


def books_of(clients: Collection[Client], counts: Counts, recipients_of: RecipientsOf) -> Books:
    return Books(
        counts,
        lines={key: line for client in clients for key, line in _lines(client, recipients_of)},
        heard={client.user: client.heard for client in clients},
        unanswered=sum(len(client.pending) - len(client.unposted) for client in clients),
        unsent=sum(len(client.backlog) + len(client.unposted) for client in clients),
        unposted=sum(len(client.unposted) for client in clients),
        strangers=tuple(client.user for client in clients if not client.known),
    )


def _lines(
    client: Client, recipients_of: RecipientsOf
) -> Iterator[tuple[int, tuple[Line, list[int]]]]:
    """Every conversation that this user began, as its sender knows it, and whom it reaches."""
    unanswered: dict[int, set[int]] = {}
    for act in client.pending.values():
        if act.slot != BURST_SLOT:
            unanswered.setdefault(act.slot, set()).add(act.sequence)
    said = client.said
    for slot, sent in said.following.items():
        line = Line(sent, said.refused.get(slot), frozenset(unanswered.get(slot, ())))
        recipients = recipients_of(client.user, said.chats[slot])
        yield conversation_of(client.user, slot), (line, recipients)

"""The words of the domain as values: contents, labels, verdicts and their reasons."""

from __future__ import annotations

import enum

from attrs import frozen

HOP_MAX = 127
"""A claimed hop stops here, so that it fits one byte of msgpack."""
TOKENS_MAX = 25
"""Under `blind` enforcement: tokens that one request asks for and one act brings, so that no cap is higher."""
ONE_MINUTE = 60
ONE_HOUR = 3_600
ONE_DAY = 86_400


class Label(enum.IntEnum):
    """What the app shows above a copy."""

    NONE = 0
    FORWARDED = 1
    MANY_TIMES = 2


class Reason(enum.IntEnum):
    """Why the relay refused an act; NONE when it did not."""

    NONE = 0
    HOP_LIMIT = 1
    CHATS_PER_ACTION = 2
    GROUPS_PER_ACTION = 3
    CHATS_PER_PERSON = 4
    CHATS_IN_TOTAL = 5
    UNAVAILABLE = 6
    """Unknown user, not a member, or never received: they read alike, so that nothing can be probed."""
    MAILBOX_FULL = 7
    """A contact's mailbox has no room for all copies of the act; never in a driven run."""
    TOO_MANY_COPIES = 8
    """More than one act may make, whatever the policy says; never in a driven run."""
    CHATS_PER_HOUR = 9
    CIRCUIT_BREAKER = 10
    """The content is paused; the verdict's limit is in how many seconds it no longer is."""
    TAKEN_DOWN = 11
    """Nobody may send the content any more."""
    NOT_HEARD = 12
    """Of a complaint: nobody hears any under the policy in force."""
    NOT_SEALED = 13
    """The body can be read, and this relay takes sealed ones only."""


class NoticeKind(enum.IntEnum):
    """What a sender can ask to be told about a message; a message asks for a sum of them."""

    DELIVERED = 1
    """It reached a device."""
    READ = 2
    """A person says so."""


class Enforcement(enum.StrEnum):
    """Who keeps the counter and holds the caps."""

    CLEAR = "clear"
    """The relay counts and refuses; people's apps hold back as well."""
    CLIENT = "client"
    """The counter is in the payload; only the apps hold anybody back."""
    RECEIPT = "receipt"
    """The relay counts and refuses by permits that it hands out and keeps no record of: it need not read bodies."""
    BLIND = "blind"
    """The relay refuses what brings no tokens: it made them without seeing them, and cannot tell what is forwarded."""

    @property
    def relay_counts(self) -> bool:
        """Whether the relay keeps the counter, and so refuses what is over a cap."""
        return self is not Enforcement.CLIENT

    @property
    def has_keys(self) -> bool:
        """Whether what the relay hands out is made with keys, which follow from a root."""
        return self in (Enforcement.RECEIPT, Enforcement.BLIND)


class Traceability(enum.StrEnum):
    """What a report of a copy can bring to light."""

    NONE = "none"
    """Nothing: no record of who created or sent what."""
    FRANK = "frank"
    """Who sent the reported copy."""
    TAG = "tag"
    """Whom the copy names as its originator, to everybody who gets it."""
    TAG_ESCROWED = "tag-escrowed"
    """The same, sealed to the holder of a key in escrow."""
    SIGNED_ORIGIN = "signed-origin"
    """Who originated it, sealed and signed by the relay, which keeps nothing."""
    HASHDB = "hashdb"
    """Who first sent this very text: a database of hashes."""
    TRACEBACK = "traceback"
    """Through whom it came, by an entry for every message."""
    TRACEBACK_SEALED = "traceback-sealed"
    """The same, with entries that only a report opens."""
    TRACEBACK_TREE = "traceback-tree"
    """Everybody whom the lineage reached."""


@frozen
class Verdict:
    """The relay's one answer to an act.

    `limit` is how many chats this act could have had when it was refused, of TOO_MANY_COPIES how many copies, of
    CIRCUIT_BREAKER in how many seconds the pause ends; None where no number is at stake.
    """

    reason: Reason
    limit: int | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is Reason.NONE


ALLOWED = Verdict(Reason.NONE)


@frozen
class Part:
    """A part of the people that a rule can tell from the others."""

    region: str | None = None
    cohort: str | None = None
    treated: bool = True
    """False: a rollout has not reached them."""
    utc_offset_seconds: int = 0


EVERYBODY = (Part(),)
"""The parts of people of whom nothing is told apart."""


def chat_of_group(group: int) -> int:
    """The wire's number of a group chat; a contact's chat is the contact's own number."""
    return ~group

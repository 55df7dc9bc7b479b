"""What a backend hands over of one run: first copies, deeds and copies by the hour.

Two backends agree copy for copy when these values are equal, column by column.
"""

from __future__ import annotations

import numpy as np
from attrs import define, fields
from numpy.typing import NDArray

Column = NDArray[np.int64]

NOBODY = -1
"""The parent of an originator, and the group of a copy that came from a contact."""


@define(eq=False, frozen=True)
class FirstCopies:
    """One row per exposed user, ordered by (tick, user): the copy that counted.

    Originators are rows as well: tick of their post, parent and group NOBODY, hop and label 0.
    """

    user: Column
    tick: Column
    parent: Column
    """Who sent it."""
    group: Column
    """The group it came through, or NOBODY for a contact's chat."""
    hop: Column
    """Forwards since the original, as the copy claims."""
    label: Column


@define(eq=False, frozen=True)
class Deeds:
    """One row per person who wanted to pass the content on (originators included), ordered by user.

    Chats count what went out on the wire and was not refused; copies count deliveries to users.
    """

    user: Column
    tick: Column
    """Of the first action: the reading, or the originator's post."""
    wanted: Column
    """Chats, over all rounds where there are rounds."""
    held_back: Column
    """Chats wanted and not offered: in the first action, or in all where none is tried again; modified clients: 0."""
    denied: Column
    """Chats that modified clients could not have, and chats of refused acts that are not tried again."""
    actions: Column
    """Actions begun: first, repeated and retried; pastes are not counted."""
    refused: Column
    """Acts that the relay refused."""
    forwarded_chats: Column
    forwarded_copies: Column
    original_chats: Column
    """Chats sent to as originals: an originator's post, and pastes."""
    original_copies: Column
    hop_made: Column
    """The hop that this person's forwards claim."""
    abandoned: Column
    """Chats wanted by people who gave up at a prompt."""


@define(eq=False, frozen=True)
class ContentRun:
    """One content in one run."""

    first_copies: FirstCopies
    deeds: Deeds
    copies_by_hour: Column
    """Copies delivered in each hour of the run, length ceil(duration / 3600)."""
    received: Column
    """Copies delivered to each user, exposures included; length users."""
    complaints: int = 0
    """People who complained."""

    def differences(self, other: ContentRun) -> list[str]:
        """The columns in which two runs differ; empty when they agree copy for copy."""
        different = []
        for part in ("first_copies", "deeds"):
            mine, theirs = getattr(self, part), getattr(other, part)
            different += [
                f"{part}.{column.name}"
                for column in fields(type(mine))
                if not np.array_equal(getattr(mine, column.name), getattr(theirs, column.name))
            ]
        different += [
            name
            for name in ("copies_by_hour", "received", "complaints")
            if not np.array_equal(getattr(self, name), getattr(other, name))
        ]
        return different

    def identical_copies(self, other: ContentRun) -> int:
        """Copies delivered to people of whom both runs say the same: first copy, deeds, number of copies."""
        if not self.differences(other):
            return int(self.received.sum())
        mine, theirs = self._by_person(), other._by_person()
        return sum(
            int(copies)
            for user, copies in enumerate(self.received)
            if copies == other.received[user] and mine.get(user) == theirs.get(user)
        )

    def _by_person(self) -> dict[int, list[tuple[int, ...]]]:
        rows: dict[int, list[tuple[int, ...]]] = {}
        for part in (self.first_copies, self.deeds):
            columns = [getattr(part, column.name).tolist() for column in fields(type(part))]
            for row in zip(*columns, strict=True):
                rows.setdefault(row[0], []).append(row)
        return rows


@define(eq=False, frozen=True)
class RunOutcome:
    """One run under one policy: its contents, in the scenario's order."""

    contents: tuple[ContentRun, ...]

    def differences(self, other: RunOutcome) -> list[str]:
        """As `ContentRun.differences`, each prefixed by the content's number."""
        return [
            f"content {i}: {name}"
            for i, (mine, theirs) in enumerate(zip(self.contents, other.contents, strict=True))
            for name in mine.differences(theirs)
        ]

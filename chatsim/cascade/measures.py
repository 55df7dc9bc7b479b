"""What one run says about one content, as a handful of numbers: computed where the run was played.

A copy made by somebody at true depth d has truly been forwarded d times; its label lies when the label of its claimed
hop is not the label of d.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.cascade.trees import Forest, forest, structural_virality
from chatsim.cascade.values import Column, ContentRun, Deeds
from chatsim.model import HOP_MAX, Label
from chatsim.policy.decision import Row, label_of

Labels = NDArray[np.int64]
EXPOSURE_STEPS = 1 << 14
"""When people were reached is known in so many equal steps of the final reach; to the second up to so many instants."""


@define(eq=False, frozen=True)
class Exposure:
    """When people were reached: one entry per instant at which somebody was."""

    ticks: Column
    """Distinct and rising."""
    people: Column
    """How many had been reached when that tick was over."""

    @classmethod
    def of(cls, ticks: Column) -> Self:
        """From each person's tick, rising."""
        instants, first = np.unique(ticks, return_index=True)
        return cls(instants, np.append(first[1:], len(ticks)).astype(np.int64)[: len(instants)])

    def thinned(self) -> Exposure:
        """At most `EXPOSURE_STEPS` instants and the first: those at which the next step of the reach was made.

        A country's run has a million instants, a study hundreds of runs. People are counted late by less than a step.
        """
        if len(self.ticks) <= EXPOSURE_STEPS:
            return self
        steps = np.arange(1, EXPOSURE_STEPS + 1) * int(self.people[-1])
        made = np.searchsorted(self.people, -(-steps // EXPOSURE_STEPS))
        kept = np.unique(np.append(made, 0))
        return Exposure(self.ticks[kept], self.people[kept])


@define(eq=False, frozen=True)
class RunMeasures:
    """One content in one run under one policy. Small, whatever the reach; it travels between processes."""

    reach: int
    """People reached, originators included."""
    copies: int
    """Copies delivered, exposures included: the cascade's size."""
    busiest_hour: int
    """Copies in the busiest hour."""
    forwards: int
    """Chats that forwards went to."""
    held_back: int
    """Chats wanted and not offered in the first action."""
    denied: int
    """Chats that modified clients could not have."""
    refused: int
    """Acts refused by the relay."""
    extra_actions: int
    """Actions after a person's first."""
    pasted: int
    """Chats that got an original from somebody who is not an originator."""
    abandoned: int
    """Chats wanted by people who gave up at a prompt."""
    complaints: int
    """People who complained."""
    labels: tuple[int, int, int]
    """Copies delivered by label: none, forwarded, many times."""
    wrong_labels: int
    """Copies whose label is not the one that the true depth gives."""
    depth_max: int
    depth_mean: float
    structural_virality: float | None
    """None where no tree was kept."""
    breadth: Column
    """People at depth 0, 1, 2..."""
    exposure: Exposure

    @property
    def breadth_max(self) -> int:
        """The most people at one depth."""
        return int(self.breadth.max(initial=0))


ONE_PART = np.zeros(0, dtype=np.uint8)
"""The parts of people of whom nothing is told apart."""


def measure(
    run: ContentRun,
    rows: Sequence[Row],
    of_user: NDArray[np.uint8] = ONE_PART,
    *,
    tree: bool = True,
) -> RunMeasures:
    """The measures of one content's run; without `tree`, those of a tally.

    `rows` are the policy's by part of the people, `of_user` is the number of each user's part (empty: one part).
    """
    first, deeds = run.first_copies, run.deeds
    trees = forest(first, len(run.received))
    depth_of_user = np.zeros(len(run.received), dtype=np.int64)
    depth_of_user[first.user] = trees.depth
    doer_depth = depth_of_user[deeds.user]
    doer_part = of_user[deeds.user] if len(of_user) else np.zeros(len(deeds.user), dtype=np.uint8)
    shown, wrong = labels_shown(deeds, doer_depth, doer_part, rows)
    return RunMeasures(
        reach=len(first.user),
        copies=int(run.received.sum()),
        busiest_hour=int(run.copies_by_hour.max(initial=0)),
        forwards=int(deeds.forwarded_chats.sum()),
        held_back=int(deeds.held_back.sum()),
        denied=int(deeds.denied.sum()),
        refused=int(deeds.refused.sum()),
        extra_actions=int(np.maximum(deeds.actions - 1, 0).sum()),
        pasted=int(deeds.original_chats[doer_depth > 0].sum()),
        abandoned=int(deeds.abandoned.sum()),
        complaints=run.complaints,
        labels=shown,
        wrong_labels=wrong,
        depth_max=int(trees.depth.max(initial=0)),
        depth_mean=float(trees.depth.mean()) if len(trees.depth) else 0.0,
        structural_virality=structural_virality(trees) if tree else None,
        breadth=trees.breadth,
        exposure=Exposure.of(first.tick),
    )


def depths(run: ContentRun) -> Column:
    """The true depth of each row of the first copies; 0 for originators."""
    trees: Forest = forest(run.first_copies, len(run.received))
    return trees.depth


def labels_by_hop(rows: Sequence[Row]) -> Labels:
    """The label of every claimed hop 0..HOP_MAX, by part of the people."""
    return np.array(
        [[label_of(row, hop) for hop in range(HOP_MAX + 1)] for row in rows], dtype=np.int64
    )


def labels_shown(
    deeds: Deeds, doer_depth: Column, doer_part: NDArray[np.uint8], rows: Sequence[Row]
) -> tuple[tuple[int, int, int], int]:
    """Copies delivered by label, and how many of the labels lie; `doer_depth` is each doer's true depth."""
    by_hop = labels_by_hop(rows)
    honest = by_hop[doer_part, np.minimum(doer_depth, HOP_MAX)]
    forwarded = by_hop[doer_part, deeds.hop_made]
    original = by_hop[doer_part, 0]
    shown = [
        int(deeds.forwarded_copies[forwarded == label].sum())
        + int(deeds.original_copies[original == label].sum())
        for label in Label
    ]
    wrong = deeds.forwarded_copies[forwarded != honest].sum()
    wrong += deeds.original_copies[original != honest].sum()
    return (shown[0], shown[1], shown[2]), int(wrong)


def reach_over_time(exposure: Exposure, ticks: Column) -> Column:
    """People reached before each of `ticks`."""
    people = np.append(0, exposure.people)
    reached: Column = people[np.searchsorted(exposure.ticks, ticks, side="left")]
    return reached


def seconds_to_reach(exposure: Exposure, people: int) -> int | None:
    """How long after the first post `people` people were reached; None: never within the run."""
    if people < 1:
        return 0
    if not len(exposure.people) or people > exposure.people[-1]:
        return None
    at = np.searchsorted(exposure.people, people)
    return int(exposure.ticks[at] - exposure.ticks[0])


def imbalances(run: ContentRun) -> list[str]:
    """Which books of a run do not balance, one sentence each; empty where all do.

    Copies delivered = copies of originals + copies of forwards = copies by the hour; everybody reached but the
    originators received a copy, and nobody else did.
    """
    first, deeds = run.first_copies, run.deeds
    delivered = int(run.received.sum())
    sent = int(deeds.original_copies.sum() + deeds.forwarded_copies.sum())
    by_hour = int(run.copies_by_hour.sum())
    found = []
    if delivered != sent:
        found.append(f"{delivered} copies were delivered and {sent} sent")
    if delivered != by_hour:
        found.append(f"{delivered} copies were delivered and {by_hour} counted by the hour")
    reached = np.zeros(len(run.received), dtype=bool)
    reached[first.user] = True
    passive = first.user[first.parent >= 0]
    if (run.received[~reached] > 0).any() or (run.received[passive] == 0).any():
        found.append("who received a copy and who was reached are not the same people")
    return found

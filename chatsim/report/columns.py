"""What stands in the tables: one list of columns for the terminal and the report, each with its meaning in one line."""

from __future__ import annotations

import enum
from collections.abc import Callable

from attrs import frozen

from chatsim.report.words import (
    decimal_range,
    decimals,
    number,
    number_range,
    percent_range,
    split_detail,
)
from chatsim.study.sentences import against_text, half_time_text, percent
from chatsim.study.summary import ContentResult, Estimate, PolicyResult, Summary


class Columns(enum.StrEnum):
    """Which question a column answers; also the headings of the long form."""

    ANSWER = "the answer"
    PRICE = "the price to users"
    SEEN = "what people saw"
    SHAPE = "the shape of the spread"


@frozen
class Cell:
    """What stands in one cell: a text, and what belongs below it in smaller type."""

    text: str
    detail: str = ""


@frozen
class Row:
    """One line of a table: a policy, and the content that the line speaks of."""

    summary: Summary
    policy: PolicyResult
    content: str

    @property
    def result(self) -> ContentResult:
        """The figures of this policy and content."""
        return self.policy.content(self.content)


@frozen
class Column:
    """One measure: its heading, its cell in a row, and what it means."""

    heading: str
    cell: Callable[[Row], Cell]
    meaning: str
    group: Columns
    priority: int = 0
    """Where there is too little room the highest goes first."""
    numeric: bool = True
    of_policy: bool = False
    """Whether it is the same for all contents."""


NOTHING = Cell("-")


def _count(read: Callable[[ContentResult], Estimate]) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        estimate = read(row.result)
        return Cell(number(estimate.value), number_range(estimate))

    return cell


def _figure(read: Callable[[ContentResult], Estimate | None], places: int) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        estimate = read(row.result)
        if estimate is None:
            return NOTHING
        return Cell(decimals(estimate.value, places), decimal_range(estimate, places))

    return cell


def _against(row: Row) -> Cell:
    difference = row.result.against_uncapped
    text = against_text(difference, row.summary.study.runs)
    if difference is None or difference.seen:
        return Cell(*split_detail(text))
    # "no difference", and below it "seen in 40 runs"; a single run has no interval, and nothing is said of seeing.
    head, seen, tail = text.partition(" seen")
    return Cell(head, f"seen{tail}" if seen else "")


def _outbreaks(row: Row) -> Cell:
    chance = row.result.outbreaks
    if chance.runs == 0:
        return NOTHING
    return Cell(f"{chance.count:,} of {chance.runs:,}")


def _half_time(row: Row) -> Cell:
    return Cell(*split_detail(half_time_text(row.result.half_time)))


def _busiest_hour(row: Row) -> Cell:
    return Cell(number(row.result.busiest_hour.value))


def _harmless_lost(row: Row) -> Cell:
    lost = row.policy.harmless_reach_lost
    if lost is None:
        return NOTHING
    if lost.low is not None and not lost.excludes_zero:
        return Cell("none seen", percent_range(lost))
    return Cell(f"{percent(lost.value)} %", percent_range(lost))


def _held_back_per_100(row: Row) -> Cell:
    held = row.result.held_back_per_100
    return NOTHING if held is None else Cell(number(held.value), number_range(held))


def _flips(row: Row) -> Cell:
    difference = row.result.against_uncapped
    return NOTHING if difference is None else Cell(f"{percent(difference.flips)} %")


def _labelled(row: Row) -> Cell:
    shown = row.result.labels
    labelled = shown.forwarded.value + shown.many_times.value
    return (
        Cell(f"{percent(labelled / copies)} %")
        if (copies := shown.none.value + labelled)
        else NOTHING
    )


CHATS_AT_A_TIME = Column(
    "Chats at a time",
    lambda row: Cell(row.policy.chats_at_a_time),
    "How many chats one forward may go to; after “then”, for copies that have been forwarded many times.",
    Columns.ANSWER,
    1,
    numeric=False,
    of_policy=True,
)
REACH = Column(
    "People reached (95 %)",
    _count(lambda result: result.reach),
    "People who received the content at least once, the originators included; mean of the runs.",
    Columns.ANSWER,
)
AGAINST = Column(
    "Against uncapped (paired, 95 %)",
    _against,
    "Each run is compared with the uncapped run of the same seed: same people, same luck, only the policy differs.",
    Columns.ANSWER,
)
OUTBREAKS = Column(
    "Big outbreaks",
    _outbreaks,
    "Further runs with a single originator in which the content reached 20 % of all people, and at least 100.",
    Columns.ANSWER,
    2,
)
HALF_TIME = Column(
    "Half as far takes",
    _half_time,
    "How long half of the people reached uncapped takes, from the first post; median run, “never” counts as longest.",
    Columns.ANSWER,
    3,
)
BUSIEST_HOUR = Column(
    "Busiest hour (copies)",
    _busiest_hour,
    "Copies delivered in the busiest hour of a run: the peak that servers must carry.",
    Columns.ANSWER,
    6,
)
HARMLESS_LOST = Column(
    "Harmless reach lost",
    _harmless_lost,
    "How much less far harmless contents go than uncapped; paired, and the same under every harmful content.",
    Columns.ANSWER,
    4,
    of_policy=True,
)
HELD_BACK = Column(
    "Held back per 100 forwards",
    _held_back_per_100,
    "Chats that people wanted to forward to and were not offered at once, per 100 chats that got a forward.",
    Columns.ANSWER,
    5,
)

MAIN = (
    CHATS_AT_A_TIME,
    REACH,
    AGAINST,
    OUTBREAKS,
    HALF_TIME,
    BUSIEST_HOUR,
    HARMLESS_LOST,
    HELD_BACK,
)
"""Besides the policy's name."""

PRICE = (
    Column(
        "Forwards (chats)",
        _count(lambda result: result.forwards),
        "Chats that forwards went to, per run.",
        Columns.PRICE,
    ),
    Column(
        "Held back (chats)",
        _count(lambda result: result.held_back),
        "Chats that people wanted to forward to and the app did not offer in their first action, per run.",
        Columns.PRICE,
    ),
    Column(
        "Extra actions",
        _count(lambda result: result.extra_actions),
        "Actions after a person's first: people who forward again to the chats that were held back.",
        Columns.PRICE,
    ),
    Column(
        "Refused",
        _count(lambda result: result.refused),
        "Acts that the relay refused whole: over a cap that the app did not know of or a modified app ignored, or of a content paused or taken down.",
        Columns.PRICE,
    ),
    Column(
        "Denied (chats)",
        _count(lambda result: result.denied),
        "Chats that modified apps asked for and could not have, or that an act was refused for and not tried again.",
        Columns.PRICE,
    ),
    Column(
        "Pasted (chats)",
        _count(lambda result: result.pasted),
        "Chats that got the content copied and pasted as if new: the way around every cap.",
        Columns.PRICE,
    ),
)
SEEN = (
    Column(
        "No label (copies)",
        _count(lambda result: result.labels.none),
        "Copies delivered without a label, per run.",
        Columns.SEEN,
    ),
    Column(
        "“Forwarded” (copies)",
        _count(lambda result: result.labels.forwarded),
        "Copies shown with the first label.",
        Columns.SEEN,
    ),
    Column(
        "“Forwarded many times” (copies)",
        _count(lambda result: result.labels.many_times),
        "Copies shown with the second label.",
        Columns.SEEN,
    ),
    Column(
        "Labelled",
        _labelled,
        "Share of the copies that carried a label.",
        Columns.SEEN,
    ),
    Column(
        "Wrong label (copies)",
        _count(lambda result: result.labels.wrong),
        "Copies whose label is not the one that their true number of forwards gives: pasting and modified apps do that.",
        Columns.SEEN,
    ),
)
SHAPE = (
    Column(
        "Copies delivered",
        _count(lambda result: result.copies),
        "All deliveries, to people who held the content already as well: the size of the cascade.",
        Columns.SHAPE,
    ),
    Column(
        "Longest chain",
        _figure(lambda result: result.depth_max, 1),
        "The greatest depth: copies in a row from an originator to the last person, pastes included.",
        Columns.SHAPE,
    ),
    Column(
        "Mean depth",
        _figure(lambda result: result.depth_mean, 2),
        "How many copies away from an originator the people reached are, on average; originators are at 0.",
        Columns.SHAPE,
    ),
    Column(
        "Breadth",
        _count(lambda result: result.breadth_max),
        "The most people at one depth.",
        Columns.SHAPE,
    ),
    Column(
        "Structural virality",
        _figure(lambda result: result.structural_virality, 2),
        "Mean distance between two people of one tree: 2 for a broadcast, (n + 1) / 3 for a chain of n (Goel et al. 2016); "
        "unknown where no tree was kept.",
        Columns.SHAPE,
    ),
    Column(
        "Ranking flips",
        _flips,
        "Share of runs in which this policy and uncapped come out the other way round than on average.",
        Columns.SHAPE,
    ),
)
MORE = (*PRICE, *SEEN, *SHAPE)
"""What only the long form and the report show."""


def big_outbreak(summary: Summary) -> str:
    """What counts as a big outbreak in this study."""
    people = summary.study.outbreak_reach
    return (
        f"A run with one originator that reaches {people:,} people or more: "
        "20 % of all people, and at least 100."
    )


def explanations(summary: Summary) -> tuple[tuple[str, str], ...]:
    """The terms of the main table that need a line of their own, with that line."""
    study = summary.study
    left_out = summary.control.content(study.headline).half_time.left_out
    but = f" ({left_out:,} of {study.runs:,} do not)" if left_out else ""
    half_time = (
        "Time from the first post until half of the people reached uncapped with the same seed are "
        "reached; the median run, “never” counting as longest. Only runs that reach "
        f"{study.outbreak_reach:,} people or more uncapped count{but}."
    )
    return (
        ("Against uncapped", AGAINST.meaning),
        ("Big outbreak", big_outbreak(summary)),
        ("Half as far takes", half_time),
    )

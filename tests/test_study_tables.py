from __future__ import annotations

import polars as pl
from attrs import fields

from chatsim.cascade.values import Deeds
from chatsim.study.tables import Names, PlayedRun, deeds_table, names_table, spread_table
from tests.cascades import NOON, outcome_of, run_of

NAMES = Names(("uncapped", "cap-5"), ("rumour", "joke"))
RUMOUR = run_of(
    [None, 0, 1, 1],
    hops=[0, 0, 1, 0],
    labels=[0, 0, 1, 0],
    groups=[-1, 4, -1, 0],
    deeds=[{"user": 1, "wanted": 2, "hop_made": 1}],
)
PLAYED = [
    PlayedRun.of(run, policy, outcome_of(RUMOUR, run_of([None])))
    for policy in NAMES.policies
    for run in (0, 1)
]


def test_spread_has_one_row_per_person_reached_content_run_and_policy():
    table = spread_table(PLAYED, NAMES)
    assert table.columns == [
        "run",
        "policy",
        "content",
        "user",
        "tick",
        "parent",
        "chat",
        "hop_claimed",
        "depth",
        "label",
    ]
    assert len(table) == 4 * 5
    first = table.filter(
        pl.col("run") == 1, pl.col("policy") == "cap-5", pl.col("content") == "rumour"
    )
    assert first.drop("run", "policy", "content").rows() == [
        (0, NOON, None, None, 0, 0, 0),
        (1, NOON + 60, 0, 4, 0, 1, 0),
        (2, NOON + 120, 1, None, 1, 2, 1),
        (3, NOON + 180, 1, 0, 0, 2, 0),
    ]


def test_rows_stand_in_the_order_in_which_they_were_played():
    table = spread_table(PLAYED, NAMES)
    keys = table.select("policy", "run", "content").unique(maintain_order=True)
    assert keys.rows() == [
        (policy, run, content)
        for policy in NAMES.policies
        for run in (0, 1)
        for content in NAMES.contents
    ]


def test_deeds_keep_the_columns_of_a_run():
    table = deeds_table(PLAYED, NAMES)
    assert table.columns == ["run", "policy", "content", *(each.name for each in fields(Deeds))]
    assert len(table) == 4
    assert table["wanted"].to_list() == [2] * 4


def test_names_stand_by_user():
    assert names_table(["anna", "ben"]).rows() == [(0, "anna"), (1, "ben")]

"""One run as trees: the median one, with the measures of its backend."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatsim.cascade.measures import measure
from chatsim.cascade.values import NOBODY
from chatsim.policy import compile_row
from chatsim.study.one_run import cascade, median_run
from chatsim.study.tables import Names, PlayedRun, spread_table
from tests.cascades import outcome_of, run_of
from tests.reports import spread_of
from tests.studies import UNCAPPED, small_summary
from tests.studies import cascade as random_cascade


def with_reach(*reach: int):
    summary = small_summary()
    control = summary.control
    contents = (evolve(control.contents[0], reach_per_run=reach), *control.contents[1:])
    return evolve(summary, policies=(evolve(control, contents=contents), *summary.policies[1:]))


@pytest.mark.parametrize(
    ("reach", "run"), [((7,), 0), ((9, 1, 5), 2), ((4, 3, 2, 1), 2), ((5, 5, 5), 1)]
)
def test_the_run_shown_is_the_one_whose_uncapped_reach_is_the_median(reach, run):
    assert median_run(with_reach(*reach)) == run


def test_a_cascade_has_the_measures_that_its_backend_gave():
    summary = small_summary()
    shown = cascade(spread_of(summary), summary, summary.control, 2)
    measured = measure(random_cascade(2, 120), [compile_row(UNCAPPED)])
    assert shown.reach == measured.reach == 120
    assert shown.depth_max == measured.depth_max
    assert shown.structural_virality == pytest.approx(measured.structural_virality)


def test_copies_through_groups_are_told_from_those_of_contacts():
    run = run_of([None, 0, 0], groups=[NOBODY, 4, NOBODY], users=600)
    spread = spread_table(
        [PlayedRun.of(0, "uncapped", outcome_of(run))], Names(("uncapped",), ("rumour",))
    )
    summary = small_summary()
    assert cascade(spread, summary, summary.control, 0).through_group.tolist() == [
        False,
        True,
        False,
    ]

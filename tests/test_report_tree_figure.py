"""One run drawn as trees: the right policies, the right numbers, every person, within bounds."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from chatsim.report.theme import COLOURS
from chatsim.report.tree_figure import NAME, cascade_trees, policies_drawn
from chatsim.study.one_run import cascade, median_run
from chatsim.study.tables import Names, PlayedRun, spread_table
from tests.cascades import outcome_of, random_parents, run_of
from tests.reports import six_policies, spread_of, with_policies
from tests.studies import small_summary

STEPS = re.compile(r'd="(M[^"]*)"')


@pytest.fixture(scope="module")
def drawn():
    return cascade_trees(small_summary(), spread_of(small_summary()))


def test_the_control_stands_beside_the_policy_that_slows_most():
    assert [each.name for each in policies_drawn(six_policies())] == ["uncapped", "policy-0"]


def test_where_nothing_was_seen_to_slow_it_the_last_policy_is_drawn():
    summary = with_policies(small_summary(), ["A", "B"])
    alike = evolve(summary.control, name="alike")
    summary = evolve(summary, policies=(summary.control, alike))
    assert [each.name for each in policies_drawn(summary)] == ["uncapped", "alike"]


def test_it_says_how_many_were_reached_how_far_and_how(drawn):
    summary = small_summary()
    shown = cascade(spread_of(summary), summary, summary.control, median_run(summary))
    for text in (drawn.svg, drawn.svg_narrow):
        assert f"120 people, passed on up to {shown.depth_max} times" in text
        assert f"structural virality {shown.structural_virality:.1f}" in text
        assert "60 people" in text
    assert "whose reach is the median uncapped" in drawn.description


def test_a_dot_stands_for_everybody(drawn):
    # Dots are short lines to the right.
    dots = 0
    for path in STEPS.findall(drawn.svg):
        pieces = re.findall(r"M([\d.-]+),([\d.-]+)L([\d.-]+),([\d.-]+)(?=M|$)", path)
        dots += sum(b == d and abs(float(c) - float(a) - 0.1) < 0.01 for a, b, c, d in pieces)
    # An originator's has its halo; the key has 22 and its own originator.
    assert dots == 120 + 60 + 2 + 22 + 1


def test_equal_studies_give_equal_bytes(drawn):
    again = cascade_trees(small_summary(), spread_of(small_summary()))
    assert again == drawn
    assert again.png() == drawn.png()


def test_every_colour_is_one_that_the_page_can_swap(drawn):
    known = {colour.light for colour in COLOURS} | {"none", "transparent"}
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', drawn.svg)) <= known


def test_without_other_policies_the_control_is_drawn_alone():
    summary = small_summary()
    alone = evolve(summary, policies=(summary.control,))
    figure = cascade_trees(alone, spread_of(alone))
    assert figure.name == NAME
    assert "Five chats" not in figure.svg


def test_a_run_that_reached_nobody_is_not_drawn():
    assert cascade_trees(small_summary(), spread_of(small_summary()).clear()) is None


def test_a_large_cascade_stays_a_small_file():
    summary = small_summary()
    summary = evolve(summary, study=evolve(summary.study, users=30_000))
    run = run_of(random_parents(1, 30_000, originators=9), users=30_000, hours=600)
    names = Names(tuple(policy.name for policy in summary.policies), ("rumour",))
    played = [PlayedRun.of(median_run(summary), each, outcome_of(run)) for each in names.policies]
    figure = cascade_trees(summary, spread_table(played, names))
    assert "people in wedges" in figure.svg
    assert len(figure.svg) < 700_000

from __future__ import annotations

import re

import pytest
from attrs import evolve

from chatsim_clients.load.comparing import Run, named
from chatsim_clients.load.report_compare import figures, page, sentences, title
from tests.loads import PLAN, load_result, losing
from tests.pages import CHROMIUM, Page, assert_named, assert_shown, assert_sound


@pytest.fixture(scope="module")
def pair():
    free = load_result(burst=4_500.0, slow=3.0, plan={**PLAN, "policy": "uncapped"})
    capped = load_result(burst=700.0, plan={**PLAN, "policy": "whatsapp-latest"})
    return named(free, capped, ("a", "b"))


@pytest.fixture(scope="module")
def text(pair):
    return page(*pair)


def test_the_title_is_the_finding(pair):
    assert title(*pair) == (
        "WhatsApp, latest: the server's peak falls from 4,929 to 1,205 deliveries a second"
    )
    assert title(*reversed(pair)) == (
        "Uncapped: the server's peak rises from 1,205 to 4,929 deliveries a second"
    )


def test_two_lines_say_how_much_more_is_carried_and_how_long_people_wait(pair):
    carried, waited = sentences(*pair)
    assert (
        "4.1 times as much under “Uncapped” as under “WhatsApp, latest”: 4,929 and 1,205" in carried
    )
    assert "at most 2.76 s under “Uncapped” and 15.8 ms under “WhatsApp, latest”" in waited
    assert "over the whole load 9.23 ms and 3.08 ms" in waited


def test_like_loads_are_said_to_be_alike():
    runs = Run("A", load_result()), Run("B", load_result())
    assert "the same peak" in title(*runs)
    assert "about the same under both" in sentences(*runs)[0]
    assert "about as long under both" in sentences(*runs)[1]


def test_the_page_is_self_contained_and_everything_has_its_name(text):
    assert_sound(text)
    assert_named(text, figures=4)
    assert list(Page(text).sections) == ["answer", "more", "numbers", "repeat"]


def test_peaks_are_pointed_out_in_the_figure(text):
    figure = text[text.index('id="figure-rates"') : text.index('id="figure-waits"')]
    assert ">4,929</text>" in figure
    assert ">1,205</text>" in figure


def test_the_slowest_second_is_one_of_the_stages_in_the_figure_too():
    calm = load_result()
    slow = [
        evolve(each, delivery_p99=999_000) if each.second == 0 else each for each in calm.seconds
    ]
    slow_warm_up = evolve(calm, seconds=tuple(slow))
    svg = figures(*named(slow_warm_up, slow_warm_up, ("a", "b")))["waits"].svg
    same = figures(*named(calm, calm, ("a", "b")))["waits"].svg
    assert dots_across(svg) == dots_across(same)


def dots_across(svg):
    """How far to the right the dots are."""
    marks = svg[svg.index('aria-roledescription="symbol mark container"') :]
    found = re.findall(r'<path transform="translate\(([\d.]+),', marks[: marks.index("</g>")])
    assert len(found) == 2
    return found


def test_plans_that_differ_in_more_than_the_policy_are_told_at_the_top(pair):
    other = load_result(plan={**PLAN, "users": 50})
    told = Page(page(pair[0], Run("other", other))).words("answer")
    assert "Not alike. The plans differ in more than the policy: users: 1000 and 50" in told
    assert "Not alike" not in Page(page(*pair)).words("answer")


def test_numbers_stand_beside_each_other_with_their_ratio(text):
    assert "Most in one second 4,929 1,205 0.244x" in Page(text).words("numbers")


@pytest.mark.parametrize(
    "other",
    [
        load_result(seconds=()),
        losing(load_result(histograms={}, server_cpu_per_delivery=None)),
    ],
    ids=["no seconds", "no latencies and no server"],
)
def test_unusual_loads_can_be_compared(pair, other):
    assert Page(page(pair[0], Run("other", other))).sections


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here to lay the page out")
def test_in_a_browser_nothing_overlaps_is_cut_or_runs_over(tmp_path, text):
    assert_shown(text, tmp_path)

"""The figures: equal bytes for equal summaries, readable without eyes, nothing missing and nothing over the edge."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve

from chatsim.report.drawing import number_ticks, round_ticks
from chatsim.report.figures import figures
from chatsim.report.reach_figure import Span, points, span_of, tick_step, time_ticks
from chatsim.report.row_figures import losses
from chatsim.report.theme import COLOURS
from chatsim.study.summary import Series
from tests.reports import HOSTILE, six_policies, with_policies
from tests.studies import small_summary

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn():
    return figures(six_policies())


def both(figure):
    return [ET.fromstring(text) for text in (figure.svg, figure.svg_narrow)]


def texts(root):
    return [each.text for each in root.iter(f"{SVG}text")]


def test_a_study_has_four_figures(drawn):
    assert list(drawn) == ["reach-over-time", "price", "frontier", "reach-per-run"]


def test_equal_summaries_give_equal_bytes(drawn):
    assert figures(six_policies()) == drawn


def test_every_figure_says_what_it_shows(drawn):
    for figure in drawn.values():
        for root in both(figure):
            assert root.get("role") == "img"
            title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
            assert title.text == figure.title
            assert description.text == figure.description
            assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_no_two_drawings_share_an_id(drawn):
    ids = [
        element.get("id")
        for figure in drawn.values()
        for root in both(figure)
        for element in root.iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids)) == 16


def test_every_colour_is_one_that_the_page_can_swap(drawn):
    known = {colour.light for colour in COLOURS} | {"none", "transparent"}
    for figure in drawn.values():
        for root in both(figure):
            for element in root.iter():
                for way in ("fill", "stroke"):
                    assert element.get(way) in {None, *known}
                assert "style" not in element.attrib


def test_the_main_figure_names_every_line_with_its_reach(drawn):
    for root in both(drawn["reach-over-time"]):
        shown = " ".join(texts(root))
        for policy in six_policies().policies:
            assert policy.title in shown.replace(", fewer", "")
        assert "158" in shown
        assert "315" in shown


def test_a_dot_stands_for_every_run(drawn):
    summary = six_policies()
    dots = sum(len(each.content("rumour").reach_per_run) for each in summary.policies)
    for root in both(drawn["reach-per-run"]):
        circles = [each for each in root.iter(f"{SVG}path") if each.get("opacity") == "0.6"]
        assert len(circles) == dots


def test_the_price_shows_harmful_and_harmless_of_every_policy_but_the_control(drawn):
    found = losses(six_policies())
    assert [each.policy.title for each in found] == [
        each.title for each in six_policies().policies[1:]
    ]
    assert found[0].harmful.value == pytest.approx(50.0, abs=0.5)
    low, high = found[0].harmful.low, found[0].harmful.high
    assert low is not None
    assert high is not None
    assert low <= found[0].harmful.value <= high
    for root in both(drawn["price"]):
        assert "50 %" in texts(root)
        assert "Uncapped" not in texts(root)


def test_there_is_no_price_where_nothing_is_harmless():
    summary = small_summary()
    no_loss = tuple(evolve(each, harmless_reach_lost=None) for each in summary.policies)
    assert "price" not in figures(evolve(summary, policies=no_loss))


def test_names_of_the_users_own_are_text_and_nothing_else():
    for figure in figures(with_policies(small_summary(), [HOSTILE])).values():
        for root in both(figure):
            assert not [each for each in root.iter() if each.tag.endswith("script")]
        assert "\x1b" not in figure.svg


@pytest.mark.parametrize("policies", [0, 1, 20])
def test_any_number_of_policies_can_be_drawn(policies):
    summary = with_policies(small_summary(), [f"Policy {i}" for i in range(policies)])
    for figure in figures(summary).values():
        assert f"Policy {policies - 1}" in figure.description or policies == 0


def test_a_figure_gives_pixels_as_well(drawn):
    assert drawn["reach-over-time"].png(scale=0.2).startswith(b"\x89PNG")


def test_no_figure_calls_for_anything_from_elsewhere(drawn):
    for figure in drawn.values():
        for text in (figure.svg, figure.svg_narrow):
            assert not re.search(r"href|url\(|@import|<image|<style", text)


@pytest.mark.parametrize(
    ("low", "high", "most"), [(0, 1, 6), (0, 1405, 6), (-3.2, 19.9, 7), (0, 2e9, 4)]
)
def test_number_ticks_are_few_and_round(low, high, most):
    ticks = number_ticks(low, high, most)
    assert 1 <= len(ticks) <= most
    assert all(low <= tick <= high for tick in ticks)
    assert 0 in ticks


def test_number_ticks_count_in_ones_twos_and_fives():
    assert number_ticks(0, 1405, 6) == [0, 500, 1000]
    assert number_ticks(0, 900, 6) == [0, 200, 400, 600, 800]
    assert number_ticks(-3.2, 19.9, 7) == [0, 5, 10, 15]


def test_time_ticks_have_names_that_people_use():
    assert [name for _, name in time_ticks(6.0, 8)] == [
        "0",
        "1 h",
        "2 h",
        "3 h",
        "4 h",
        "5 h",
        "6 h",
    ]
    assert [name for _, name in time_ticks(96.0, 4)] == ["0", "1 d", "2 d", "3 d", "4 d"]
    assert [name for _, name in time_ticks(0.5, 8)][-1] == "30 min"
    assert tick_step(1e9, 8) == 2160


def series(hours, mean) -> Series:
    return Series(tuple(hours), tuple(mean), tuple(mean), tuple(mean))


def with_series(*shown: Series):
    summary = small_summary()
    policies = []
    for policy, one in zip(summary.policies, shown, strict=True):
        contents = (evolve(policy.contents[0], over_time=one), *policy.contents[1:])
        policies.append(evolve(policy, contents=contents))
    return evolve(summary, policies=tuple(policies))


def test_the_time_axis_starts_at_the_first_post_and_ends_when_all_has_happened():
    quick = series([0, 12, 13, 14, 336], [0, 0, 50, 100, 100])
    slow = series([0, 12, 13, 14, 18, 336], [0, 0, 1, 2, 100, 100])
    summary = with_series(quick, slow)
    results = [each.content("rumour") for each in summary.policies]
    span = span_of(results)
    assert span.start == 12
    assert 6 < span.end <= 7
    assert figures(summary)


def test_a_line_ends_where_the_axis_does():
    cut = points(series([0, 12, 14, 20], [0, 0, 10, 40]), Span(start=12.0, end=5.0))
    assert [point["x"] for point in cut] == [0, 2, 5]
    assert [point["mean"] for point in cut] == [0, 10, 25]


def test_a_content_that_reaches_its_originators_only_is_drawn_too():
    flat = series([0, 12, 12.1, 336], [0, 0, 5, 5])
    assert figures(with_series(flat, flat))


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(-0.3, 1.1, [0.0, 0.5, 1.0]), (-3, 12, [0.0, 5.0, 10.0])]
)
def test_ticks_between_ends_close_together_are_round_tenths(low, high, ticks):
    assert round_ticks(low, high, 5) == ticks

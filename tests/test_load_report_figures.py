from __future__ import annotations

import math

from attrs import evolve

from chatsim_clients.load.report_curves import logarithm
from chatsim_clients.load.report_figures import (
    POINTS_MAX,
    gaps,
    latency,
    memory,
    over_time,
    percentile_curves,
    processor,
    rates,
    shown,
    spans,
)
from tests.loads import load_result

RESULT = load_result(burst=1_500.0)


def test_figures_begin_with_the_load_and_end_with_what_happened_last():
    seconds = shown(RESULT)
    assert (seconds[0].second, seconds[-1].second) == (0, 32)


def test_stages_are_spans_that_follow_one_another():
    found = [(span.start, span.end, span.name) for span in spans(shown(RESULT))]
    assert found == [(0.0, 3.0, "warm-up"), (3.0, 23.0, "steady"), (23.0, 33.0, "double")]


def test_a_burst_that_pauses_for_a_moment_is_one_span():
    names = ["steady"] * 5 + ["burst"] * 4 + ["steady"] * 2 + ["burst"] * 2 + ["steady"] * 9
    seconds = [evolve(each, stage=name) for each, name in zip(shown(RESULT), names, strict=False)]
    found = [(span.start, span.end, span.name) for span in spans(seconds)]
    assert found == [(0.0, 5.0, "steady"), (5.0, 13.0, "burst"), (13.0, 22.0, "steady")]


def test_rates_show_offered_delivered_and_refused_with_the_peak():
    chart = rates(RESULT)
    assert [curve.name for curve in chart.curves] == ["Offered", "Delivered", "Refused"]
    assert dict(chart.curves[1].points)[10.5] == RESULT.seconds[12].delivered
    assert [(peak.x, peak.text) for peak in chart.peaks] == [(17.5, "1,989 in a second")]
    assert chart.y_ends[1] > 1_989


def test_without_refusals_there_is_no_curve_of_them():
    calm = evolve(RESULT, seconds=tuple(evolve(each, refused=0) for each in RESULT.seconds))
    assert [curve.name for curve in rates(calm).curves] == ["Offered", "Delivered"]


def test_latencies_stand_on_a_logarithmic_scale_in_the_order_of_the_seconds():
    chart = latency(RESULT)
    delivery = dict(chart.curves[0].points)
    assert delivery[10.5] == math.log10(RESULT.seconds[12].delivery_p99)
    assert chart.y_ends[0] <= min(y for curve in chart.curves for _, y in curve.points)


def test_a_second_in_which_nothing_arrived_is_a_gap():
    assert gaps([(0.5, 100.0), (1.5, 0.0)]) == ((0.5, 2.0), (1.5, None))
    assert logarithm(0.0) == 0.0


def test_each_measure_that_has_latencies_is_a_curve_by_percentile():
    chart = percentile_curves(RESULT)
    assert [curve.name for curve in chart.curves] == [
        "Acknowledgement",
        "Delivery",
        "Offline delivery",
    ]
    assert chart.curves[1].detail == "p99 3.08 ms"


def test_a_server_that_is_not_known_has_no_curve():
    unknown = evolve(RESULT, server_cpu_per_delivery=None, server_bytes_peak=None)
    assert [curve.name for curve in processor(RESULT).curves] == ["Server", "Generator"]
    assert [curve.name for curve in processor(unknown).curves] == ["Generator"]
    assert memory(unknown) is None


def test_a_day_is_drawn_in_some_hundred_points_and_no_peak_is_flattened():
    (first, *_) = shown(RESULT)
    day = [evolve(first, second=i, delivery_p99=9_999 if i == 5_000 else 10) for i in range(86_400)]
    points = over_time(day, lambda each: each.delivery_p99, max)
    assert len(points) <= POINTS_MAX
    assert max(y for _, y in points) == 9_999
    assert points[0][0] == points[1][0] - 216

"""The figures of one load: rates, latencies over time and by percentile, the server's use, the generator's lag."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence

from chatsim.report.drawing import Figure
from chatsim.report.theme import CONTROL, SERIES, Colour
from chatsim.report.words import byte_count, listed
from chatsim.units import latency_text
from chatsim_clients.load.percentiles import curve, percentiles
from chatsim_clients.load.quantities import peak, rate_text, recorded
from chatsim_clients.load.report_axes import (
    byte_axis,
    core_axis,
    lag_text,
    latency_axis,
    nines_ticks,
    rate_axis,
    second_ticks,
)
from chatsim_clients.load.report_curves import Chart, Curve, Peak, Span, drawn, logarithm
from chatsim_clients.load.result import LoadResult, Measure, Second

POINTS_MAX = 400
"""Of a curve over time; longer runs are drawn in steps of several seconds."""
PAUSE = 2.0
"""Seconds: a burst's last copies come with such pauses between them."""
OFFERED, DELIVERED, REFUSED = CONTROL, SERIES[1], SERIES[2]
OF_MEASURE = {
    Measure.ACKNOWLEDGEMENT: SERIES[0],
    Measure.DELIVERY: SERIES[1],
    Measure.READ_NOTICE: SERIES[3],
    Measure.OFFLINE: SERIES[2],
}
TIME = "Time since the load began"
PERCENTILE = "Percentile: this share was at least as fast"


def figures(result: LoadResult) -> dict[str, Figure]:
    """All figures of a report by name; one that has nothing to show is left out."""
    if not shown(result):
        return {}
    charts = (rates(result), latency(result), percentile_curves(result), processor(result))
    more = (memory(result), lag(result))
    return {chart.name: drawn(chart) for chart in (*charts, *more) if chart is not None}


def shown(result: LoadResult) -> tuple[Second, ...]:
    """The seconds that figures show: from the start of the load until the last thing happened."""
    seconds = [each for each in result.seconds if each.second >= 0]
    while seconds and not (seconds[-1].offered or seconds[-1].delivered):
        seconds.pop()
    return tuple(seconds)


def over_time(
    seconds: Sequence[Second],
    value: Callable[[Second], float],
    joined: Callable[[Sequence[float]], float] = statistics.fmean,
) -> tuple[tuple[float, float], ...]:
    """The points of a curve over time; where seconds are many, each point joins as many."""
    step = -(-len(seconds) // POINTS_MAX)
    batches = [seconds[i : i + step] for i in range(0, len(seconds), step)]
    return tuple(
        (
            statistics.fmean(each.second + 0.5 for each in some),
            joined([value(each) for each in some]),
        )
        for some in batches
    )


def gaps(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float | None], ...]:
    """Latencies as places on a logarithmic axis; 0 means that nothing arrived, which is a gap."""
    return tuple((x, logarithm(y) if y else None) for x, y in points)


def time_ends(seconds: Sequence[Second]) -> tuple[float, float]:
    """Where an axis of time begins and ends."""
    return 0.0, float(max(each.second for each in seconds) + 1)


def spans(seconds: Sequence[Second]) -> tuple[Span, ...]:
    """The stages as they followed one another; one that merely pauses for a moment goes on."""
    found: list[Span] = []
    for name, some in itertools.groupby(seconds, key=lambda each: each.stage):
        inside = list(some)
        start, end = float(inside[0].second), float(inside[-1].second + 1)
        if len(found) > 1 and found[-2].name == name and found[-1].end - found[-1].start <= PAUSE:
            start = found[-2].start
            del found[-2:]
        found.append(Span(start, end, name))
    return tuple(found)


def timed(
    seconds: Sequence[Second],
    name: str,
    words: tuple[str, str],
    curves: Sequence[Curve],
    axis: tuple[tuple[float, float], tuple[tuple[float, str], ...]],
    peaks: Sequence[Peak] = (),
    height: int = 300,
) -> Chart:
    """A chart over the seconds of a load; `words` are title and description."""
    ends = time_ends(seconds)
    return Chart(
        name=name,
        title=words[0],
        description=words[1],
        curves=tuple(curves),
        x_ends=ends,
        y_ends=axis[0],
        x_ticks=(second_ticks(*ends, 10), second_ticks(*ends, 4)),
        y_ticks=axis[1],
        x_title=TIME,
        spans=spans(seconds),
        peaks=tuple(peaks),
        height=height,
    )


def rates(result: LoadResult) -> Chart:
    """Offered, delivered and refused a second."""
    seconds, most = shown(result), peak(result)
    curves = [
        Curve("Offered", f"{rate_text(result.offered_rate)} a second on average", OFFERED,
              over_time(seconds, lambda each: each.offered), (6, 3)),
        Curve("Delivered", f"{rate_text(result.delivered_rate)} a second on average", DELIVERED,
              over_time(seconds, lambda each: each.delivered)),
    ]  # fmt: skip
    if any(each.refused for each in seconds):
        total = sum(result.accounts.refused.values())
        points = over_time(seconds, lambda each: each.refused)
        curves.append(Curve("Refused", f"{total:,} in all", REFUSED, points))
    peaks = []
    if most is not None and len(seconds) <= POINTS_MAX:
        text = f"{most.delivered:,} in a second"
        peaks.append(Peak(most.second + 0.5, most.delivered, text, DELIVERED))
    highest = [y for each in curves for _, y in each.points if y is not None]
    description = (
        f"Messages offered and refused and deliveries, second by second: "
        f"{rate_text(result.offered_rate)} offered and {rate_text(result.delivered_rate)} delivered on average"
        + (f", at most {most.delivered:,} delivered in a second." if most else ".")
    )
    return timed(
        seconds, "rates", ("Messages a second", description), curves, rate_axis(highest), peaks
    )


def latency(result: LoadResult) -> Chart | None:
    """Medians and 99th percentiles over time, of acknowledgement and delivery."""
    seconds = shown(result)
    found = [
        ("Delivery", "p99", DELIVERED, None, lambda each: each.delivery_p99),
        ("Delivery", "p50", DELIVERED, (6, 3), lambda each: each.delivery_p50),
        ("Acknowledgement", "p99", SERIES[0], None, lambda each: each.acknowledgement_p99),
        ("Acknowledgement", "p50", SERIES[0], (6, 3), lambda each: each.acknowledgement_p50),
    ]
    curves, values = [], []
    for name, which, hue, dash, value in found:
        points = over_time(seconds, value, max)
        values += [y for _, y in points if y]
        slowest = max((y for _, y in points), default=0.0)
        curves.append(
            Curve(name, f"{which} at most {latency_text(slowest)}", hue, gaps(points), dash)
        )
    if not values:
        return None
    description = (
        "Latency from the intended send time of what arrived in each second, logarithmic: "
        + "; ".join(f"{each.name} {each.detail}" for each in curves)
        + "."
    )
    words = ("Latency from the intended send time, second by second", description)
    return timed(seconds, "latency", words, curves, latency_axis(values))


def percentile_curves(result: LoadResult) -> Chart | None:
    """Latency by percentile of everything measured."""
    pairs = [(each, OF_MEASURE[each], each.value.capitalize()) for each in recorded(result)]
    if not pairs:
        return None
    curves = [percentile_curve(result, measure, hue, name) for measure, hue, name in pairs]
    return percentile_chart(
        "percentiles", "Latency by percentile, the whole load without its warm-up", curves
    )


def percentile_curve(result: LoadResult, measure: Measure, hue: Colour, name: str) -> Curve:
    """One measure's latencies by percentile."""
    histogram = result.histograms[measure]
    points = tuple((nines, logarithm(value)) for nines, value in curve(histogram))
    return Curve(name, f"p99 {latency_text(percentiles(histogram).p99)}", hue, points)


def percentile_chart(name: str, title: str, curves: Sequence[Curve]) -> Chart:
    """Curves over percentiles, on an axis on which each further nine takes as much room."""
    end = max(x for each in curves for x, _ in each.points)
    values = [10**y for each in curves for _, y in each.points if y is not None]
    ends, ticks = latency_axis(values)
    told = listed([f"{each.name} {each.detail}" for each in curves])
    return Chart(
        name=name,
        title=title,
        description=f"Latency by percentile, logarithmic: {told}.",
        curves=tuple(curves),
        x_ends=(0.0, end),
        y_ends=ends,
        x_ticks=(nines_ticks(end, narrow=False), nines_ticks(end, narrow=True)),
        y_ticks=ticks,
        x_title=PERCENTILE,
    )


def processor(result: LoadResult) -> Chart:
    """Of the server and of the generator's busiest worker, in per cent of a core."""
    seconds = shown(result)
    generator = over_time(seconds, lambda each: 100 * each.generator_cpu)
    curves = [_of_core("Generator", CONTROL, generator, (6, 3))]
    if result.server_cpu_per_delivery is not None:
        server = over_time(seconds, lambda each: 100 * each.server_cpu)
        curves.insert(0, _of_core("Server", DELIVERED, server))
    description = f"Processor use: {listed([f'{each.name} {each.detail}' for each in curves])}."
    axis = core_axis(y for each in curves for _, y in each.points if y is not None)
    words = ("Processor, in per cent of one core", description)
    return timed(seconds, "processor", words, curves, axis, height=220)


def _of_core(
    name: str,
    hue: Colour,
    points: tuple[tuple[float, float], ...],
    dash: tuple[int, int] | None = None,
) -> Curve:
    return Curve(name, f"at most {max(y for _, y in points):.0f} %", hue, points, dash)


def memory(result: LoadResult) -> Chart | None:
    """Resident memory of the server."""
    if result.server_bytes_peak is None:
        return None
    seconds = shown(result)
    detail = f"at most {byte_count(result.server_bytes_peak)}"
    points = over_time(seconds, lambda each: each.server_bytes, max)
    words = ("Memory of the server", f"Resident memory of the server: {detail}.")
    curve_of = Curve("Server", detail, DELIVERED, points)
    return timed(seconds, "memory", words, [curve_of], byte_axis(y for _, y in points), height=180)


def lag(result: LoadResult) -> Chart:
    """The most that the generator sent later than intended."""
    seconds = shown(result)
    points = over_time(seconds, lambda each: 1_000 * each.generator_lag_ms, max)
    most = max(y for _, y in points)
    detail = f"at most {lag_text(most / 1_000)}"
    words = (
        "How late the generator was",
        f"The most that a message left later than intended, second by second: {detail}.",
    )
    curve_of = Curve("Generator", detail, CONTROL, gaps(points))
    axis = latency_axis(y for _, y in points)
    return timed(seconds, "lag", words, [curve_of], axis, height=180)

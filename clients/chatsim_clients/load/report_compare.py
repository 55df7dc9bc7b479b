"""Two loads on one page: the finding as a picture, then every number beside the other."""

from __future__ import annotations

from collections.abc import Callable

from chatsim.report.drawing import Figure
from chatsim.report.html import PageTable, TableCell, environment, pictures
from chatsim.report.theme import SERIES, Colour
from chatsim.units import latency_text
from chatsim_clients.load import lateness
from chatsim_clients.load.comparing import Run, doubts, rows
from chatsim_clients.load.percentiles import percentiles
from chatsim_clients.load.quantities import peak, rate_text, recorded, worst_p99
from chatsim_clients.load.report_axes import core_axis, latency_axis, rate_axis
from chatsim_clients.load.report_curves import Chart, Curve, Peak, drawn
from chatsim_clients.load.report_figures import (
    POINTS_MAX,
    gaps,
    over_time,
    percentile_chart,
    percentile_curve,
    shown,
    timed,
)
from chatsim_clients.load.report_page import PACKAGE, table
from chatsim_clients.load.report_words import fate, setting
from chatsim_clients.load.result import LoadResult, Measure, Second

HUES = (SERIES[2], SERIES[1])
SAME = 0.05
"""Numbers closer than this share are called alike."""

Pair = tuple[Run, Run]


def page(first: Run, second: Run) -> str:
    """The comparison as the text of an HTML file."""
    pair = (first, second)
    return (
        environment(PACKAGE)
        .get_template("compare.html.j2")
        .render(
            title=title(first, second),
            runs=[(run.name, setting(run.result), fate(run.result.accounts)) for run in pair],
            sentences=sentences(first, second),
            doubts=doubts(first.result, second.result),
            warnings=[(run.name, sentence) for run in pair for sentence in run.result.warnings],
            figures=pictures(figures(first, second)),
            numbers=_numbers(first, second),
            commands=[(run.name, run.result.plan.get("command", "")) for run in pair],
            machine=first.result.machine,
        )
    )


def title(first: Run, second: Run) -> str:
    """The finding in a few words."""
    peaks = tuple(peak(run.result) for run in (first, second))
    if peaks[0] is None or peaks[1] is None:
        return f"{second.name} against {first.name}: nothing was measured"
    rates = peaks[0].delivered, peaks[1].delivered
    if _alike(*rates):
        return f"{second.name}: the same peak of {rates[1]:,} deliveries a second as {first.name}"
    verb = "falls" if rates[1] < rates[0] else "rises"
    return f"{second.name}: the server's peak {verb} from {rates[0]:,} to {rates[1]:,} deliveries a second"


def _alike(first: float, second: float) -> bool:
    return abs(first - second) <= SAME * max(first, second)


def sentences(first: Run, second: Run) -> tuple[str, str]:
    """Two lines below the title: how much more the server carries at the peak, and what a recipient waits."""
    return _peak_sentence(first, second), _wait_sentence(first, second)


def _peak_sentence(first: Run, second: Run) -> str:
    rates = [0 if (most := peak(run.result)) is None else most.delivered for run in (first, second)]
    if _alike(*rates):
        return f"At its peak the server delivers about the same under both, {rates[0]:,} and {rates[1]:,} copies a second."
    high, low = (first, second) if rates[0] > rates[1] else (second, first)
    times = max(rates) / max(1, min(rates))
    return (
        f"At its peak the server delivers {times:.1f} times as much under “{high.name}” as under "
        f"“{low.name}”: {max(rates):,} and {min(rates):,} copies a second."
    )


def _wait_sentence(first: Run, second: Run) -> str:
    worst = [worst_p99(run.result) for run in (first, second)]
    waits = [_wait(each) if each else "-" for each in worst]
    whole = [p99(run.result) for run in (first, second)]
    if all(worst) and _alike(*(each.delivery_p99 for each in worst if each)):
        return (
            f"In the worst second, 99 % of the deliveries take about as long under both, {waits[0]} and {waits[1]}; "
            f"over the whole load {whole[0]} and {whole[1]}."
        )
    return (
        f"In the worst second, 99 % of the deliveries take at most {waits[0]} under “{first.name}” and {waits[1]} under "
        f"“{second.name}”; over the whole load {whole[0]} and {whole[1]}."
    )


def p99(result: LoadResult) -> str:
    """The p99 of delivery over the whole load."""
    if Measure.DELIVERY not in recorded(result):
        return "-"
    found = percentiles(result.histograms[Measure.DELIVERY]).p99
    return f"{latency_text(found)}{_aside(lateness.of_whole(result))}"


def _wait(second: Second) -> str:
    return f"{latency_text(second.delivery_p99)}{_aside(lateness.of_second(second))}"


def _aside(clause: str) -> str:
    """A clause in brackets, for a sentence with two numbers."""
    return f" ({clause.removeprefix(', ')})" if clause else ""


def figures(first: Run, second: Run) -> dict[str, Figure]:
    """Both loads' curves in one figure each."""
    pair = (first, second)
    if not all(shown(run.result) for run in pair):
        return {}
    charts = (_rates(pair), _waits(pair), _percentiles(pair), _processor(pair))
    return {chart.name: drawn(chart) for chart in charts if chart is not None}


def _longer(pair: Pair) -> tuple[Second, ...]:
    return max((shown(run.result) for run in pair), key=len)


def _rates(pair: Pair) -> Chart:
    curves = _curves(pair, lambda each: each.delivered, _average)
    peaks = tuple(
        Peak(most.second + 0.5, most.delivered, f"{most.delivered:,}", hue)
        for run, hue in zip(pair, HUES, strict=True)
        if (most := peak(run.result)) is not None and len(shown(run.result)) <= POINTS_MAX
    )
    told = "; ".join(f"{each.name}: {each.detail}" for each in curves)
    axis = rate_axis(y for each in curves for _, y in each.points if y is not None)
    words = ("Copies delivered each second", f"Deliveries second by second under both: {told}.")
    return timed(_longer(pair), "rates", words, curves, axis, peaks, height=330)


def _average(run: Run) -> str:
    most = peak(run.result)
    average = f"{rate_text(run.result.delivered_rate)} a second on average"
    return average if most is None else f"{average}, {most.delivered:,} at the peak"


def _curves(
    pair: Pair, value: Callable[[Second], float], detail: Callable[[Run], str]
) -> list[Curve]:
    return [
        Curve(run.name, detail(run), hue, over_time(shown(run.result), value))
        for run, hue in zip(pair, HUES, strict=True)
    ]


def _waits(pair: Pair) -> Chart | None:
    curves, values, peaks = [], [], []
    for run, hue in zip(pair, HUES, strict=True):
        seconds = shown(run.result)
        points = over_time(seconds, lambda each: each.delivery_p99, max)
        values += [y for _, y in points if y]
        worst = worst_p99(run.result)
        wait = latency_text(worst.delivery_p99) if worst else "-"
        curves.append(Curve(run.name, f"at most {wait}", hue, gaps(points)))
        if worst is not None:
            peaks += _worst(points, worst, hue)
    if not values:
        return None
    told = "; ".join(f"{each.name}: {each.detail}" for each in curves)
    words = (
        "What 99 % of the deliveries took, second by second",
        f"The 99th percentile of delivery from the intended send time, logarithmic: {told}.",
    )
    return timed(_longer(pair), "waits", words, curves, latency_axis(values), peaks, height=330)


def _worst(points: tuple[tuple[float, float], ...], worst: Second, hue: Colour) -> list[Peak]:
    """A dot where the curve shows that second: neither warm-up nor drain are measured, but both are drawn."""
    wait = worst.delivery_p99
    shown_at = [point for point in points if point[1] == wait > 0]
    if not shown_at:
        return []
    nearest = min(shown_at, key=lambda point: abs(point[0] - worst.second - 0.5))
    return [Peak(x, y, latency_text(wait), hue) for x, y in gaps([nearest]) if y is not None]


def _percentiles(pair: Pair) -> Chart | None:
    if not all(Measure.DELIVERY in recorded(run.result) for run in pair):
        return None
    curves = [
        percentile_curve(run.result, Measure.DELIVERY, hue, run.name)
        for run, hue in zip(pair, HUES, strict=True)
    ]
    return percentile_chart("percentiles", "Delivery by percentile, the whole load", curves)


def _processor(pair: Pair) -> Chart | None:
    if any(run.result.server_cpu_per_delivery is None for run in pair):
        return None
    curves = _curves(pair, lambda each: 100 * each.server_cpu, _per_delivery)
    told = "; ".join(f"{each.name}: {each.detail}" for each in curves)
    axis = core_axis(y for each in curves for _, y in each.points if y is not None)
    words = ("Processor of the server, in per cent of one core", f"{told}.")
    return timed(_longer(pair), "processor", words, curves, axis, height=220)


def _per_delivery(run: Run) -> str:
    return f"{latency_text(run.result.server_cpu_per_delivery or 0.0)} for a delivery"


def _numbers(first: Run, second: Run) -> PageTable:
    shown_rows = []
    for row in rows(first.result, second.result):
        name, *cells = row.cells
        shown_rows.append((TableCell(name, numeric=False), *(TableCell(cell) for cell in cells)))
    headings = ("", first.name, second.name, "Ratio")
    return table("numbers", "Both loads, number by number", headings, shown_rows)

"""A load as it runs: a view on a terminal, renewed once a second, or a line now and then in a pipe; both on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from attrs import define
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chatsim.report.words import byte_count
from chatsim.units import latency_text
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.result import GENERATOR_CPU_MAX, GENERATOR_LAG_MS_MAX, Second

LINES_MAX = 30
"""Of a load whose length is known, in a pipe."""
LINE_SECONDS_MIN = 5

LOGGING_IN = "Everybody logs in..."
"""Before the first second of the load."""

OnSecond = Callable[[Second], None]


@contextlib.contextmanager
def live(plan: LoadPlan, console: Console) -> Iterator[OnSecond]:
    """What to call with each second."""
    if not console.is_terminal:
        yield Lines(plan, console)
        return
    # Without a thread of its own: it is drawn when a second is over, and not otherwise.
    with Live(LOGGING_IN, console=console, auto_refresh=False, transient=True) as shown:

        def second(second: Second) -> None:
            shown.update(view(plan, second), refresh=True)

        yield second


@define(eq=False)
class Lines:
    """A plain line now and then, and one where the stage changes."""

    plan: LoadPlan
    console: Console
    _stage: str | None = None
    _said: int = 0

    def __call__(self, second: Second) -> None:
        every = max(LINE_SECONDS_MIN, round(self.plan.load_seconds / LINES_MAX))
        if second.stage == self._stage and second.second - self._said < every:
            return
        self._stage, self._said = second.stage, second.second
        warning = generator_warning(second)
        told = [*sentence(second), *([warning] if warning else [])]
        self.console.print(", ".join(told), soft_wrap=True, highlight=False, markup=False)


def sentence(second: Second) -> list[str]:
    """One second in a line."""
    if second.second < 0:
        return [f"{second.stage}: {second.sessions:,} sessions"]
    return [
        f"{clock(second.second)} {second.stage}: {second.offered:,} offered",
        f"{second.delivered:,} delivered",
        f"{second.refused:,} refused",
        f"p50 {latency(second.delivery_p50)}",
        f"p99 {latency(second.delivery_p99)}",
        f"{second.sessions:,} sessions",
    ]


def view(plan: LoadPlan, second: Second) -> Table:
    """One second on a terminal."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    length = f" of {clock(plan.load_seconds)}" if plan.stages else ""
    before = second.second < 0
    table.add_row(
        "Time", second.stage if before else f"{clock(second.second)}{length}, {second.stage}"
    )
    table.add_row("Offered", f"{second.offered:,} a second, {second.refused:,} refused")
    table.add_row(
        "Delivered", f"{second.delivered:,} a second; what is lost is known after the drain"
    )
    table.add_row(
        "Delivery", f"p50 {latency(second.delivery_p50)}, p99 {latency(second.delivery_p99)}"
    )
    table.add_row(
        "Acknowledged",
        f"p50 {latency(second.acknowledgement_p50)}, p99 {latency(second.acknowledgement_p99)}",
    )
    table.add_row("Sessions", f"{second.sessions:,}, {second.unanswered:,} messages unanswered")
    table.add_row("Server", server(second))
    table.add_row(
        "Generator",
        f"{second.generator_cpu:.0%} of a core, {second.generator_lag_ms:.1f} ms late at most",
    )
    warning = generator_warning(second)
    if warning:
        table.add_row("Warning", Text(warning, style="yellow"))
    return table


def server(second: Second) -> str:
    """What the server's process uses."""
    if not second.server_bytes:
        return "its process is not known here"
    return f"{second.server_cpu:.0%} of a core, {byte_count(second.server_bytes)}"


def generator_warning(second: Second) -> str:
    """Why this second may measure the generator; empty where it does not."""
    if second.generator_cpu > GENERATOR_CPU_MAX:
        return "the generator is the bottleneck: its busiest worker has no time left"
    if second.generator_lag_ms > GENERATOR_LAG_MS_MAX:
        return f"the generator is {second.generator_lag_ms:,.0f} ms late"
    return ""


def clock(seconds: float) -> str:
    """A time since the start of the load: 75 -> "1:15"."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def latency(microseconds: int) -> str:
    """A latency, or "-" where nothing arrived."""
    return latency_text(microseconds) if microseconds else "-"

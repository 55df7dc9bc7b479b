"""`chatsim load`: a server under load, and two loads compared."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatsim.cli.options import COUNT, Quantity
from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.units import above_zero, read_count, read_duration, read_rate, read_share

if TYPE_CHECKING:
    from rich.console import Console

    from chatsim_clients.load.asserting import Assertion
    from chatsim_clients.load.plan import LoadPlan
    from chatsim_clients.load.result import LoadResult

DEFAULT_OUT = Path("load")
PIPE_WIDTH = 100
FAILURE = 1
"""The exit status where an assertion fails or the server is lost; 2 is for what could not be done at all."""

LENGTH = Quantity("duration", above_zero(read_duration))
TIME = Quantity("duration", read_duration)
RATE = Quantity("rate", above_zero(read_rate))
PART = Quantity("share", read_share)
NUMBER = Quantity("number", above_zero(read_count))
SPEED = Quantity("factor", above_zero(read_rate))


@click.group("load", invoke_without_command=True, short_help="Put a server under load.")
@click.option("--spawn", is_flag=True, help="Start a server for this load, and end it.")
@click.option("--connect", metavar="HOST:PORT", help="The server to load, which runs already.")
@click.option(
    "--policy",
    metavar="NAME_OR_FILE",
    help="The server's policy: a spawned one gets it, people in a burst go by it.  [default: uncapped]",
)
@click.option(
    "--serve", metavar="ARGUMENTS", help="More arguments for the spawned server, in one word."
)
@click.option(
    "--scale",
    type=RATE,
    metavar="N",
    help="Ticks a second of the server's clock.  [default: 3600 with a burst, otherwise 1]",
)
@click.option("--server-pid", type=int, help="Watch this process of a server that runs already.")
@click.option(
    "--users", type=COUNT, metavar="N", help="Users 0 to N-1, without groups.  [default: 1000]"
)
@click.option("--population", metavar="SCENARIO", help="The people of a scenario, groups included.")
@click.option(
    "--tls", is_flag=True, help="Over TLS; a spawned server gets a certificate of its own."
)
@click.option(
    "--tls-authority",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificates to trust, where they are not the system's.",
)
@click.option(
    "--tokens", metavar="FILE|new", help="Tokens, a line `user token` each; new with --spawn."
)
@click.option(
    "--enforcement",
    type=click.Choice([way.value for way in Enforcement]),
    help="Who counts forwards, but not blind: a spawned server is told, of one that runs it has to be said.  "
    "[default: clear, or what the scenario says]",
)
@click.option("--e2ee", is_flag=True, help="Seal bodies between the users. [extra: e2ee]")
@click.option(
    "--rate", type=RATE, metavar="N", help="Open: so many messages a second.  [default: 100]"
)
@click.option(
    "--arrivals", metavar="LAW", help="Open: poisson, bursty or bursty:B.  [default: poisson]"
)
@click.option(
    "--window", type=NUMBER, metavar="N", help="Closed: so many messages of each user in flight."
)
@click.option(
    "--replay", type=click.Path(path_type=Path), metavar="FILE", help="The messages of a trace."
)
@click.option(
    "--speed", type=SPEED, metavar="N", help="How many times as fast a replay is.  [default: 1]"
)
@click.option("--duration", type=LENGTH, help="How long, after the warm-up.  [default: 10s]")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="STAGE",
    help="LENGTH[@FACTORx][:NAME], such as 30s@2x:evening; several follow one another.",
)
@click.option(
    "--warm-up", type=TIME, default="2s", show_default=True, help="Before anything is measured."
)
@click.option(
    "--drain",
    type=LENGTH,
    default="30s",
    show_default=True,
    help="How long what was sent may still arrive; what has not is lost.",
)
@click.option(
    "--ramp", type=RATE, metavar="N", default="1000", show_default=True, help="Logins a second."
)
@click.option(
    "--churn", type=PART, default="0", help="Share of sessions lost and resumed each minute."
)
@click.option(
    "--storm",
    "storms",
    multiple=True,
    metavar="STORM",
    help="SHARE@TIME[/WITHIN]: sessions that are lost at once, such as 30%@20s/5s.",
)
@click.option(
    "--mix",
    metavar="SHARES",
    help="Such as groups=30%,forwards=10%,notices=5%,offline=10%; groups:10-50=20% by size.",
)
@click.option(
    "--body",
    metavar="SIZE",
    default="200",
    show_default=True,
    help="Bytes: 200, 4 KB, 100,200,4000 or lognormal:MEDIAN:SIGMA.",
)
@click.option(
    "--burst",
    metavar="TIME[:N]",
    help="People of the population begin to spread its contents then, N of them each.",
)
@click.option(
    "--workers",
    type=NUMBER,
    default="1",
    show_default=True,
    help="Processes that send and receive.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of every draw."
)
@click.option(
    "--assert",
    "assertions",
    multiple=True,
    metavar="BOUND",
    help="What must hold, such as p99<50ms or lost==0; several are allowed.",
)
@click.option(
    "--find-max",
    multiple=True,
    metavar="BOUND",
    help="Look for the highest rate at which this holds; several are allowed.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUT,
    show_default=True,
    metavar="DIR",
    help="Where report and data go; a former load there is replaced.",
)
@click.pass_context
def command(context: click.Context, /, *, out: Path, **typed: Any) -> None:
    """Put a server under load, and account for every message.

    Sessions of many users log in, send at a rate (open), as fast as they are answered (closed) or as a trace says
    (replay), and note what became of every message: delivered once and in order, or lost, duplicated, reordered or
    refused. Latency counts from the moment at which a message was to be sent, so that a server that stalls cannot hide
    it. Only the stages are measured: neither warm-up nor drain.

    \b
    Bounds for --assert and --find-max are a name, one of < <= > >= == and a
    number with its unit:
      p50 p99 p99.9 max mean   of delivery, or behind acknowledgement.,
                               delivery., read_notice. or offline.
      lost duplicated reordered refused unanswered unsent sent accepted
      expected delivered warnings                  counts
      notices_expected notices                     counts, of what was read
      worst_p99                                    of delivery, in one second
      offered_rate delivered_rate peak_rate        a second
      cpu_per_delivery, memory_peak                of the server

    \b
    A search doubles the rate until a bound does not hold, then halves the
    interval until it is within 5 %. A rate does not count either where
    anything is lost or never sent, less than 99 % of what was due arrives, or the generator
    is the bottleneck.

    \b
    The folder has report.html, load.json, seconds.csv and a log of
    HdrHistogram for each latency.

    Ctrl-C ends the stages; what is on its way may still arrive, and the result is kept. Exit status: 0; 1 when a bound
    does not hold, nothing was found, or the server was lost in the middle; 2 for what could not be done at all.

    \b
    Examples:
      chatsim load --spawn --rate 500 --duration 10s
      chatsim load --spawn --window 1 --workers 2 --assert 'p99<50ms' --assert 'lost==0'
      chatsim load --spawn --find-max 'p99<50ms' --duration 5s
      chatsim load --spawn --rate 200 --stage 20s --stage 10s@4x:evening --storm 30%@25s
      chatsim load --spawn --population default --policy cap-5 --burst 10s --duration 30s
      chatsim load --spawn --replay CollegeMsg.txt.gz --speed 360000
      chatsim load --connect 127.0.0.1:7474 --users 1000 --rate 100
      chatsim load compare uncapped capped --out compared.html
    """  # noqa: D301 - click takes the control character itself as "leave these lines alone"
    if context.invoked_subcommand is not None:
        return
    from chatsim.cli.load_plan import plan_of
    from chatsim.cli.terminating import terminable
    from chatsim_clients.load.asserting import read_assertion
    from chatsim_clients.load.saving import check_folder

    assertions = [read_assertion(text) for text in typed.pop("assertions")]
    goals = [read_assertion(text, "--find-max") for text in typed["find_max"]]
    plan = plan_of(typed)
    check_folder(out)
    line = shlex.join(["chatsim", *context.obj])
    with terminable():
        status = (
            _found(plan, goals, assertions, out, line)
            if goals
            else _told(_played(plan, line), assertions, out)
        )
    context.exit(status)


def _played(plan: LoadPlan, line: str) -> LoadResult:
    from attrs import evolve

    from chatsim_clients.load.live import live
    from chatsim_clients.load.runner import run_load

    with live(plan, _console()) as on_second:
        result = run_load(plan, on_second=on_second)
    return evolve(result, plan={**result.plan, "command": line})


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def _told(result: LoadResult, assertions: list[Assertion], out: Path) -> int:
    """Keeps the load, says what it found, and judges it."""
    from chatsim_clients.load.asserting import judged
    from chatsim_clients.load.report_page import page
    from chatsim_clients.load.report_text import lines
    from chatsim_clients.load.saving import REPORT_FILE, write_load

    _print(lines(result, _width()))  # first: drawing takes seconds
    write_load(out, result, {REPORT_FILE: page(result).encode()})
    judgements = judged(assertions, result)
    _print([each.sentence for each in judgements])
    click.echo(f"Report: {out / REPORT_FILE}")
    kept = not result.server_lost and all(each.holds for each in judgements)
    return 0 if kept else FAILURE


def _found(
    plan: LoadPlan, goals: list[Assertion], assertions: list[Assertion], out: Path, line: str
) -> int:
    """Looks for the highest rate, and keeps its load."""
    from chatsim_clients.load.finding import Probe, find_max
    from chatsim_clients.load.saving import PROBES_FILE, REPORT_FILE, to_json, write_load

    def told(probe: Probe) -> None:
        click.echo(probe.sentence)

    found, best = find_max(plan, goals, lambda each: _played(each, line), told)
    click.echo(found.sentence)
    if best is None:
        return FAILURE
    from chatsim_clients.load.asserting import judged
    from chatsim_clients.load.report_page import page

    files = {PROBES_FILE: to_json(found).encode(), REPORT_FILE: page(best).encode()}
    write_load(out, best, files)
    judgements = judged(assertions, best)
    _print([each.sentence for each in judgements])
    click.echo(f"Report of the load at that rate: {out / REPORT_FILE}")
    return 0 if all(each.holds for each in judgements) else FAILURE


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


@command.command("compare")
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write a page with both loads.",
)
def compare(*, first: Path, second: Path, out: Path | None) -> None:
    """Compare two loads, number by number.

    A and B are folders that chatsim load wrote. The ratio is B's number over A's. Says where the plans differ in more
    than the policy.
    """
    from chatsim.study.atomic_files import one_sentence, write_atomically
    from chatsim_clients.load.comparing import lines, named
    from chatsim_clients.load.report_compare import page
    from chatsim_clients.load.saving import read_load

    if out is not None and out.is_dir():
        raise ConfigurationError(f"--out is {out}, a folder; it takes a file such as compared.html")
    pair = named(read_load(first), read_load(second), (str(first), str(second)))
    _print(lines(*pair, _width()))
    if out is not None:
        with one_sentence("write", out):
            write_atomically(out, page(*pair).encode())
        click.echo(f"Page: {out}")

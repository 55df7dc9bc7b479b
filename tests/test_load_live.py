from __future__ import annotations

import io

from attrs import evolve
from rich.console import Console

from chatsim_clients.load.live import clock, generator_warning, live, view
from chatsim_clients.load.parts import Open, Spawn, Stage
from chatsim_clients.load.plan import LoadPlan
from tests.loads import load_result, seconds_of

PLAN = LoadPlan(Open(500.0), users=10, spawn=Spawn(), stages=(Stage(30.0),), warm_up_seconds=3.0)
SECOND = next(each for each in load_result().seconds if each.second == 10)


def said(seconds, *, terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, color_system=None)
    with live(PLAN, console) as on_second:
        for second in seconds:
            on_second(second)
    return text.getvalue()


def printed(second, plan=PLAN) -> str:
    text = io.StringIO()
    Console(file=text, width=100, color_system=None).print(view(plan, second))
    return text.getvalue()


def test_in_a_pipe_a_line_comes_every_few_seconds_and_with_every_stage():
    told = said(seconds_of(500.0), terminal=False).splitlines()
    times = [line.split()[0] for line in told]
    assert times == ["login:", "0:00", "0:03", "0:08", "0:13", "0:18", "0:23", "0:28", "0:33"]
    assert told[2] == (
        "0:03 steady: 517 offered, 507 delivered, 10 refused, p50 910 us, p99 3.4 ms, 1,000 sessions"
    )


def test_logins_have_no_time_of_the_load():
    login = seconds_of(500.0)[0]
    assert said([login], terminal=False) == "login: 500 sessions\n"
    shown = printed(login)
    assert "login" in shown
    assert "0:02" not in shown


def test_a_line_tells_that_the_generator_is_the_bottleneck():
    busy = evolve(SECOND, generator_cpu=0.97)
    assert said([busy], terminal=False).rstrip().endswith("its busiest worker has no time left")


def test_on_a_terminal_the_view_is_drawn_once_a_second_and_leaves_nothing():
    shown = said([SECOND, evolve(SECOND, second=11)], terminal=True)
    # Once for each second, and once as it goes.
    assert shown.count("Delivered") == 3
    assert shown.index("Everybody logs in...") < shown.index("Delivered")
    assert "0:10 of 0:33, steady" in shown
    assert "0:11 of 0:33, steady" in shown
    assert shown.rstrip("\x1b[?25h\r\n").endswith("\x1b[2K")


def test_the_view_says_everything_of_a_second():
    told = " ".join(printed(SECOND).split())
    for part in (
        "a second",
        "p50",
        "1,000, 3 messages unanswered",
        "64 MB",
        "of a core",
        "ms late",
    ):
        assert part in told
    assert "what is lost is known after the drain" in told
    assert "Warning" not in told


def test_a_late_generator_and_an_unknown_server_are_told():
    late = evolve(SECOND, generator_lag_ms=44.0, server_bytes=0, delivery_p99=0)
    told = printed(late)
    assert "Warning" in told
    assert "the generator is 44 ms late" in told
    assert "its process is not known here" in told
    assert "p99 -" in told


def test_a_generator_in_time_gives_no_warning():
    assert generator_warning(SECOND) == ""


def test_a_time_is_minutes_and_seconds():
    assert [clock(seconds) for seconds in (0, 75, 3_600)] == ["0:00", "1:15", "60:00"]

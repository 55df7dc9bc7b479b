from __future__ import annotations

import pytest

from chatsim.cli.watching import Lines, about


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_say_how_much_is_done_and_about_how_long_the_rest_takes(capsys):
    clock = Clock()
    lines = Lines(clock)
    lines.stage("Playing", 48)
    for _ in range(48):
        clock.now += 0.5
        lines.finished(1)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Playing: 10 of 48 runs, about 19 s left"
    assert said[-1] == "Playing: 48 of 48 runs"
    assert len(said) == 5


def test_long_runs_have_a_line_each(capsys):
    clock = Clock()
    lines = Lines(clock)
    lines.stage("Playing", 48)
    for _ in range(3):
        clock.now += 240.0
        lines.finished(1)
    assert capsys.readouterr().err.splitlines() == [
        "Playing: 1 of 48 runs, about 4 h left",
        "Playing: 2 of 48 runs, about 4 h left",
        "Playing: 3 of 48 runs, about 3 h left",
    ]


def test_a_stage_counts_its_own_time(capsys):
    clock = Clock()
    lines = Lines(clock)
    lines.stage("Looking", 1)
    clock.now = 1_000.0
    lines.stage("Playing", 2)
    clock.now = 1_010.0
    lines.finished(1)
    assert capsys.readouterr().err == "Playing: 1 of 2 runs, about 10 s left\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1 s"), (12.1, "13 s"), (130.0, "3 min"), (3_600.0, "60 min"), (7_000.0, "2 h")],
)
def test_a_time_to_wait_has_one_unit(seconds, text):
    assert about(seconds) == text


def test_a_very_long_wait_is_counted_in_days():
    assert about(100 * 3_600.0) == "5 days"

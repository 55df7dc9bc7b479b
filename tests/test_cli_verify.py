"""`chatsim verify` as a command: the table, the checksum, the exit status."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

import chatsim
from chatsim import api
from chatsim.behaviour.values import Audience
from chatsim.cli.main import main
from chatsim.cli.verify import deviation, table
from chatsim.testing.verify import settings, verification
from chatsim.testing.verify.engine_way import ByEngine
from chatsim.testing.verify.values import Row, weakness
from chatsim.testing.verify.verification import QUICK, WHOLE, Verification
from chatsim.testing.verify.ways import by_twin

EXACT = Row("a", "uncapped", "3,400 copies: twin, tcp", "identical", "identical", True, digest="ab")
THEORY = Row("d", "share reached", "9 big outbreaks", "0.58", "0.59 ± 0.01", True, deviation=1.04)
ROWS = (EXACT, THEORY)


def ended(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> int:
    def verify(**options: object) -> Verification:
        assert options["quick"] is True
        return Verification(rows)

    monkeypatch.setattr(api, "verify", verify)
    with pytest.raises(SystemExit) as end:
        main(["verify", "--quick"])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_where_every_check_passes_the_status_is_0(monkeypatch, capsys) -> None:
    assert ended(monkeypatch, *ROWS) == 0
    out = capsys.readouterr().out
    assert "2 of 2 checks passed." in out
    assert "FAILED" not in out


@pytest.mark.parametrize("failing", range(2))
def test_where_one_fails_the_status_is_1_and_the_table_says_which(
    monkeypatch, capsys, failing: int
) -> None:
    rows = [evolve(row, passed=i != failing) for i, row in enumerate(ROWS)]
    assert ended(monkeypatch, *rows) == 1
    out = capsys.readouterr().out
    assert "1 of 2 checks passed." in out
    (line,) = [line for line in out.splitlines() if "FAILED" in line]
    assert line.startswith(f"({rows[failing].check})")


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    lines = table(Verification(ROWS), width)
    assert all(len(line) <= max(width, 118) for line in lines[-2:])
    assert all(len(line) <= width for line in lines[:-2])
    text = "\n".join(lines)
    for word in ("exact", "+1.0 SE", "3,400", "0.58"):
        assert word in text


def test_a_deviation_is_in_standard_errors_and_equality_is_exact() -> None:
    assert deviation(EXACT) == "exact"
    assert deviation(evolve(THEORY, deviation=-0.26)) == "-0.3 SE"


def test_the_checksum_follows_every_exact_row_and_nothing_else() -> None:
    checksum = Verification(ROWS).checksum
    assert re.fullmatch("[0-9a-f]{64}", checksum)
    assert Verification((evolve(EXACT, digest="ac"), THEORY)).checksum != checksum
    assert Verification((EXACT, evolve(THEORY, deviation=2.0))).checksum == checksum


def test_the_quick_way_is_smaller_and_asks_as_sharply() -> None:
    assert QUICK.in_turns
    assert not WHOLE.in_turns
    assert QUICK.runs_of_theory < WHOLE.runs_of_theory
    assert QUICK.users_of_theory == WHOLE.users_of_theory == 100_000


def test_from_python_every_row_is_heard_of_as_it_comes(monkeypatch) -> None:
    extents = []

    def checked(relayed, extent):
        assert set(relayed) == {"memory", "tcp"}
        extents.append(extent)
        yield from ROWS

    monkeypatch.setattr(verification, "checked", checked)
    heard: list[Row] = []
    assert chatsim.verify(quick=True, watch=heard.append).rows == tuple(heard) == ROWS
    assert chatsim.verify().rows == ROWS
    assert extents == [QUICK, WHOLE]


def test_the_ways_through_a_relay_are_those_of_the_twin_and_the_engine() -> None:
    experiment = settings.lively(Audience.REPEAT, settings.LIFETIME)
    told = by_twin(experiment)
    for way in (ByEngine(), ByEngine(2), *api.relayed_ways().values()):
        assert told.differences(way(experiment)) == []
    assert weakness(experiment, told) == ""

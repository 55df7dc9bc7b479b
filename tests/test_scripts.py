"""The programs in scripts/ run from the checkout and keep what they promise to keep."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import attrs
import polars as pl
import pytest

from chatsim import api
from chatsim.errors import ConfigurationError, StoreError
from chatsim.policy.presets import preset
from chatsim.study.scenario import Generated
from chatsim.study.scenario_files import load_scenario
from chatsim.study.summary import Estimate

SWEEP = "caps_slow_spread"
COSTS = "cost_per_copy"
USERS = 3_000
POLICIES = [preset(name) for name in ("uncapped", "cap-1")]


@pytest.fixture
def scripts(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module


@pytest.fixture
def large(scripts, tmp_path: Path):
    """Plays large runs among few people; gives the study, and which runs were really played."""
    module = scripts("large_runs")

    def play(runs: int, policies=POLICIES, progress=None, **changes):
        scenario = attrs.evolve(
            load_scenario("rumour"), population=Generated(USERS), runs=runs, **changes
        )
        played = []

        class Counted(module.Engine):
            def tally(self, policy, *, run, **options):
                played.append((policy.name, run))
                return super().tally(policy, run=run, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "warm_up", lambda _: None)
            patch.setattr(module, "Engine", Counted)
            directory = tmp_path / "large"
            silence = progress or api.Silence()
            try:
                return module.large_study(scenario, policies, directory, silence), played
            except KeyboardInterrupt:
                return None, played

    return play


def run(script: str, checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "scripts" / f"{script}.py"), *arguments]
    return subprocess.run(command, cwd=checkout, text=True, capture_output=True, check=False)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_sweep_prints_a_table_of_all_scales_and_saves_it_with_its_figure(
    checkout: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    scales = ("--scale", "campus", "--scale", "country", "--users", "150", "--users", "4k")
    options = ("--runs", "2", "--runs", "1", "--share", "60%", "--caps", "20,1")
    done = run(SWEEP, checkout, *scales, *options, "--out", str(out))
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(out / f"{SWEEP}.csv")
    assert table["scale"].to_list() == ["campus"] * 3 + ["country"] * 3
    assert table["cap"].to_list() == ["1", "20", "no cap"] * 2
    assert table["users"].to_list() == [150] * 3 + [4_000] * 3
    share = table["reach_share"].to_list()
    for tight, _, free in (share[:3], share[3:]):
        assert 0.05 < tight < free <= 1
    assert (table["copies_per_person"] * table["users"] - table["copies"]).abs().max() < 1e-6
    assert table["reach_share_low"].is_null().to_list() == [False] * 3 + [True] * 3
    assert table["seconds_per_run"].is_null().to_list() == [True] * 3 + [False] * 3
    assert table["outbreak_runs"].to_list() == [2] * 3 + [0] * 3
    printed = done.stdout.splitlines()
    assert "150 people (generated), 14 days, 2 runs, over sockets." in printed[2]
    assert "4,000 people (generated), 14 days, 1 run, by the engine" in printed[3]
    rows = [cells(line) for line in printed if line.startswith("| c")]
    assert [row[1] for row in rows] == ["1", "20", "no cap"] * 2
    assert [row[2].endswith("(n/a)") for row in rows] == [False] * 3 + [True] * 3
    assert "The interval covers chance between runs only, not the assumptions." in printed
    svg = (out / f"{SWEEP}.svg").read_text()
    for text in ("How forward caps slow the spread", "A country", "People reached", "no cap"):
        assert text in svg
    assert (out / f"{SWEEP}.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.suffix for path in out.iterdir()) == [".csv", ".png", ".svg"]


def test_a_file_that_is_not_there_gives_one_sentence(checkout: Path, tmp_path: Path) -> None:
    done = run(SWEEP, checkout, "--contacts", "nowhere.txt", "--out", str(tmp_path))
    assert done.returncode == 2
    *_, last = done.stderr.splitlines()
    assert last.startswith("Error: nowhere.txt cannot be read")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--contacts", "x.csv"), "contacts are given, which only a campus takes"),
        (("--share", "auto"), "share is auto, which only a campus takes"),
        (
            ("--users", "3", "--users", "4"),
            "--users is given 2 times; it takes one for all scales or one for each, here 1",
        ),
    ],
)
def test_what_a_country_cannot_take_is_refused(
    options, sentence: str, scripts, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        scripts(SWEEP).sweep.main(
            ["--scale", "country", "--out", str(tmp_path), *options], standalone_mode=False
        )


def test_large_runs_are_those_of_a_study(large) -> None:
    study, played = large(2)
    comparison = api.compare(
        "rumour", policies=["cap-1"], users=USERS, runs=2, check_over_tcp=False
    )
    assert played == [("uncapped", 0), ("cap-1", 0), ("uncapped", 1), ("cap-1", 1)]
    for ours, theirs in zip(study.summary.policies, comparison.summary.policies, strict=True):
        mine, other = ours.contents[0], theirs.contents[0]
        assert mine.reach_per_run == other.reach_per_run
        # A study plays single originators too, and its intervals reckon with what those showed.
        assert mine.copies.value == other.copies.value
        assert mine.half_time == other.half_time
        assert mine.outbreaks.runs == 0


def test_an_interrupted_study_goes_on_from_its_last_finished_run(large) -> None:
    class Impatient:
        left = 3  # setting up, and two runs

        def stage(self, title: str, runs: int) -> None:
            pass

        def finished(self, runs: int) -> None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    study, before = large(2, progress=Impatient())
    assert (study, before) == (None, [("uncapped", 0), ("cap-1", 0)])
    study, after = large(2)
    assert after == [("uncapped", 1), ("cap-1", 1)]
    again, none = large(2)
    assert none == []
    assert again.summary == study.summary
    assert again.costs == study.costs
    _, further = large(2, policies=[*POLICIES, preset("cap-2")])
    assert further == [("cap-2", 0), ("cap-2", 1)]
    _, other = large(1, seed=7)
    assert other == [("uncapped", 0), ("cap-1", 0)]


def test_large_runs_share_one_population(large) -> None:
    with pytest.raises(ConfigurationError, match="large runs share one population"):
        large(1, redraw_population=True)


def test_a_damaged_run_is_no_run(scripts) -> None:
    for packed in (b"", b"\x93\x01\x02\x03", b"\x01"):
        with pytest.raises(StoreError, match="damaged"):
            scripts("large_runs").unpack(packed)


def test_the_warm_up_plays_a_crowd_of_at_most_a_few_million(scripts, monkeypatch) -> None:
    module, crowds = scripts("large_runs"), []

    class Watched(module.Engine):
        def tally(self, policy, *, originators, threads, **options):
            crowds.append((self.people.users, originators, threads))
            return super().tally(policy, originators=originators, threads=threads, **options)

    monkeypatch.setattr(module, "Engine", Watched)
    monkeypatch.setattr(module, "STORED_USERS_MAX", 49_999)
    monkeypatch.setattr(module, "workers_here", lambda: 2)
    module.warm_up(attrs.evolve(load_scenario("rumour"), population=Generated(1_500_000_000)))
    crowd = 2 * module.CROWD
    assert sorted(crowds) == [(50_000, crowd, 1), (50_000, crowd, 2)]


@pytest.mark.parametrize(
    ("count", "text"),
    [(98.3, "98.3"), (1_000, "1.00k"), (52_345, "52.3k"), (999_999, "1.00M"), (4.236e9, "4.24B")],
)
def test_counts_are_told_in_three_digits(scripts, count: float, text: str) -> None:
    assert scripts("caps_table").short(count) == text


def test_a_share_has_an_interval_or_says_that_there_is_none(scripts) -> None:
    share_text = scripts("caps_table").share_text
    assert share_text(Estimate(441.0, 290.0, 563.0), 1_000) == "44.1 % (29.0 to 56.3 %)"
    assert share_text(Estimate(441.0, None, None), 1_000) == "44.1 % (n/a)"


def test_the_peak_is_that_since_it_was_forgotten(scripts) -> None:
    machine = scripts("machine")
    if machine.peak_bytes() is None or not machine.CLEAR.exists():
        pytest.skip("this system does not count")
    block = bytearray(b"x" * 200_000_000)
    high = machine.peak_bytes()
    del block
    machine.forget_peak()
    assert machine.peak_bytes() < high - 100_000_000


def test_the_cost_of_a_copy_is_told_for_each_way_to_play(checkout: Path) -> None:
    small = ("--users", "60", "--runs", "1", "--engine-users", "2k", "--engine-runs", "1")
    done = run(COSTS, checkout, *small, "--threads", "1")
    assert done.returncode == 0, done.stderr
    rows = [cells(line) for line in done.stdout.splitlines() if line.startswith("|")][2:]
    policies = ["uncapped", "whatsapp-latest"]
    assert [row[1] for row in rows] == policies * 4
    assert [row[0] for row in rows[::2]] == [
        "memory, relay and people",
        "tcp, server process only",
        "engine, stored 2,000, reach only, 1 thread",
        "engine, stored 2,000, whole tree, 1 thread",
    ]
    assert [row[3].split()[1] for row in rows] == ["us"] * 4 + ["ns"] * 4
    assert rows[4][2] == rows[6][2]  # with and without the tree: the same copies
    assert "load of" in done.stdout


def test_a_tree_that_does_not_fit_is_not_tried(scripts, monkeypatch) -> None:
    module = scripts(COSTS)
    monkeypatch.setattr(module, "memory_free", lambda: 1_000)
    monkeypatch.setattr(module, "warm_up", lambda _: None)
    (row,) = module.engine_rows(2_000, ["uncapped"], 1, [1], [True])
    assert row == "| engine, stored 2,000, whole tree | any | | does not fit into memory |"

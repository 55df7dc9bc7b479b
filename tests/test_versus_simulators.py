"""scripts/versus_simulators.py and the two modules beside it, with stand-ins for the tools of the extra `bench`."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chatsim.behaviour.originators import originators

SCRIPT = "versus_simulators"
STAND_IN = """
import json, pathlib, sys
tool, work, ties, threads = sys.argv[1:]
said = lambda **values: print(json.dumps(values), flush=True)
if tool == "absent":
    said(missing="No module named 'absent'")
    sys.exit()
said(load_seconds=0.5)
for seed in map(int, sys.stdin):
    with pathlib.Path(ties).open("a") as log:
        log.write(f"{tool}{seed} ")
    if tool == "stuck":
        sys.stdin.read()
    if tool == "broken" and seed == 2:
        sys.exit("it fell over")
    said(seconds={"pacer": 1.0, "peer": 1.0 + seed}.get(tool, 1.0), reach=10 * seed, peak_bytes=seed)
"""
STAND_IN_CYNETDIFF = """
class IndependentCascadeModel:
    def __init__(self, starts, edges, activation_prob):
        self.users, self.ties, self.chance = len(starts), len(edges), activation_prob
    def set_rng(self, seed): self.seed = seed
    def set_seeds(self, seeds): (self.hub,) = seeds
    def advance_until_completion(self): assert self.chance == 0.12
    def get_num_activated_nodes(self): return self.users // 2 + self.seed
"""


@pytest.fixture
def scripts(checkout: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    return importlib.import_module


@pytest.fixture
def stage(scripts, monkeypatch, tmp_path: Path):
    """Runs stand-ins side by side: gives results by tool, and the log of who went when."""
    module = scripts("side_by_side")
    program, log = tmp_path / "stand_in.py", tmp_path / "log.txt"
    program.write_text(STAND_IN)
    monkeypatch.setattr(module, "PROGRAM", program)

    def run(*tools: str, repeats: int = 3, limit: float = 60):
        entrants = [module.Entrant(tool, tool, ("W1",)) for tool in tools]
        results = list(module.compared(entrants, "W1", log, repeats, limit))
        return {result.entrant.tool: result for result in results}, log.read_text().split()

    return run


def run(checkout: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "scripts" / f"{SCRIPT}.py"), *arguments]
    environment = {"PYTHONPATH": f"{path}:{checkout}:{checkout / 'clients'}", "HOME": str(path)}
    return subprocess.run(
        command, cwd=checkout, env=environment, text=True, capture_output=True, check=False
    )


def test_contenders_take_turns_after_warming_up_and_ratios_are_of_pairs(stage) -> None:
    results, log = stage("pacer", "peer")
    turns = ["pacer1", "peer1", "pacer2", "peer2", "pacer3", "peer3"]
    assert log == ["pacer0", "peer0", *turns]
    peer = results["peer"]
    assert peer.ratios == (2.0, 3.0, 4.0)
    assert (peer.seconds, peer.least_seconds, peer.ratio) == (3.0, 2.0, 3.0)
    assert (peer.reach, peer.peak_bytes, peer.load_seconds) == (20, 3, 0.5)
    assert results["pacer"].ratio is None
    assert len(results["pacer"].spreads) == 3


def test_whoever_is_missing_fails_or_takes_too_long_is_skipped_with_the_reason(stage) -> None:
    results, _ = stage("pacer", "absent", "broken", "peer")
    assert results["absent"].skipped == "not here: No module named 'absent'"
    assert results["broken"].skipped == "failed: it fell over"
    assert len(results["peer"].spreads) == 3
    results, _ = stage("stuck", "pacer", limit=1)
    assert results["stuck"].skipped == "over 1 s"
    assert results["pacer"].ratios == ()
    assert len(results["pacer"].spreads) == 2  # the second brought it above the limit for all


def test_the_graph_is_the_same_for_a_seed_and_ties_each_new_user_to_five_others(
    scripts, tmp_path: Path
) -> None:
    write, ties = scripts(SCRIPT).write_graph, scripts("spreads").Ties
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write(3_000, seed, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "same").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()
    graph = ties.read(tmp_path / "one")
    assert graph.users == 3_000
    new, old = graph.rows.T
    assert np.bincount(new, minlength=3_000).tolist() == [0] * 5 + [5] * 2_995
    assert (old < new).all()
    assert len(np.unique(graph.rows, axis=0)) == len(graph.rows)
    assert graph.degrees[graph.hub] == graph.degrees.max() > 100
    starts, neighbours = graph.neighbours()
    hub = neighbours[starts[graph.hub] : starts[graph.hub + 1]]
    assert sorted(hub) == sorted([*new[old == graph.hub], *old[new == graph.hub]])


def test_the_runs_that_chatsim_is_given_start_at_the_hub(scripts) -> None:
    run_from = scripts("contenders").run_from
    first = run_from(7, 1_000, 1, after=-1)
    second = run_from(7, 1_000, 1, after=first)
    assert 0 <= first < second
    for number in (first, second):
        assert originators(1, 0, number, 1_000, 1) == [7]


def test_it_prints_a_table_and_saves_it_with_its_figure_and_names_who_is_skipped(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "cynetdiff").mkdir()
    (tmp_path / "cynetdiff" / "models.py").write_text(STAND_IN_CYNETDIFF)
    (tmp_path / "networkit.py").write_text("raise ImportError('no networkit today')")
    out = tmp_path / "out"
    chosen = ("--sizes", "200,1k", "--tools", "cynetdiff,networkit", "--repeats", "3")
    done = run(checkout, *chosen, "--out", str(out), path=tmp_path)
    assert done.returncode == 0, done.stderr
    table = pl.read_csv(out / f"{SCRIPT}.csv")
    assert table["users"].to_list() == [200, 200, 1_000, 1_000]
    assert table["tool"].to_list() == ["CyNetDiff", "networkit"] * 2
    assert table["repeats"].to_list() == [3, 0, 3, 0]
    assert table["reach_share"].to_list() == [0.51, None, 0.502, None]
    assert table["skipped"].to_list() == [None, "not here: no networkit today"] * 2
    assert "Skipped: networkit (not here: no networkit today)." in done.stdout
    assert done.stdout.count("### W1") == 2
    assert "50.2%" in (out / f"{SCRIPT}.md").read_text()
    svg = (out / f"{SCRIPT}.svg").read_text()
    for text in ("CyNetDiff", "1,000 users", "Seconds for one spread"):
        assert text in svg
    assert (out / f"{SCRIPT}.png").read_bytes().startswith(b"\x89PNG")


def test_a_tool_or_a_work_that_nobody_knows_gives_one_sentence(
    checkout: Path, tmp_path: Path
) -> None:
    for wrong in (("--tools", "netlogo"), ("--works", "W3")):
        done = run(checkout, *wrong, "--out", str(tmp_path / "out"), path=tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert wrong[1] in done.stderr
    assert not (tmp_path / "out").exists()

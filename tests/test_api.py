"""`chatsim.compare` as a user calls it from Python."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest
from attrs import evolve

import chatsim
from chatsim.api import verify_over_tcp
from chatsim.errors import ConfigurationError, RunError
from chatsim.policy.presets import preset
from chatsim.policy.values import Local, Policy, Tier
from chatsim.population.parts import Region
from chatsim.study.manifest import Check
from chatsim.study.partial import Partial
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import load_scenario

SMALL = {"users": 150, "runs": 2, "workers": 1, "check_over_tcp": False}


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies without page and figures, which take most of a small one's time."""
    monkeypatch.setattr("chatsim.api.report_files", lambda _: {})


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> chatsim.Comparison:
    out = tmp_path_factory.mktemp("study") / "small"
    return chatsim.compare(policies=["cap-1"], out=out, **SMALL)


def test_uncapped_is_put_first_as_the_control(study: chatsim.Comparison) -> None:
    assert [policy.name for policy in study.summary.policies] == ["uncapped", "cap-1"]
    assert study.summary.control.name == "uncapped"


def test_tables_come_as_data_frames(study: chatsim.Comparison) -> None:
    assert set(study.table["policy"]) == {"uncapped", "cap-1"}
    runs = study.spread.filter(pl.col("content") == "rumour").group_by("run", "policy").len()
    # Two runs and two further ones with one originator, under two policies.
    assert len(runs) == 8
    reach = study.spread.filter(
        (pl.col("content") == "rumour") & (pl.col("policy") == "cap-1") & (pl.col("run") == 0)
    )
    assert len(reach) == study.summary.headline("cap-1").reach_per_run[0]


def test_figures_come_as_svg_and_lie_in_the_folder_as_png_as_well(
    study: chatsim.Comparison,
) -> None:
    assert study.out is not None
    figures = study.figures
    assert {"reach-over-time", "cascade-trees"} <= figures.keys()
    for name, figure in figures.items():
        written = study.out / "figures" / name
        assert written.with_suffix(".svg").read_text() == figure.svg
        assert written.with_suffix(".png").read_bytes() == figure.png()


TREE_FILES = {"spread.parquet", "deeds.parquet"}


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_written_is_read_back(study: chatsim.Comparison) -> None:
    assert study.out is not None
    again = chatsim.read(study.out)
    assert again.summary == study.summary
    assert again.manifest == study.manifest
    assert again.spread.equals(study.spread)


def test_two_equal_commands_differ_in_timing_only(
    study: chatsim.Comparison, tmp_path: Path
) -> None:
    assert study.out is not None
    again = chatsim.compare(policies=["cap-1"], out=tmp_path / "again", **SMALL)
    assert again.out is not None
    assert files_in(study.out) == files_in(again.out) == set(study.manifest.files)
    different = {
        name
        for name in study.manifest.files
        if (study.out / name).read_bytes() != (again.out / name).read_bytes()
    }
    assert different <= {"timing.json"}


def test_several_threads_give_what_one_gives(study: chatsim.Comparison, tmp_path: Path) -> None:
    several = chatsim.compare(policies=["cap-1"], out=tmp_path / "s", **{**SMALL, "workers": 3})
    assert (several.timing.workers, several.timing.threads) == (1, 3)
    assert study.out is not None
    for name in set(study.manifest.files) - {"timing.json"}:
        assert (study.out / name).read_bytes() == (tmp_path / "s" / name).read_bytes()


def test_several_processes_by_memory_give_what_the_engine_gives(study: chatsim.Comparison) -> None:
    several = chatsim.compare(policies=["cap-1"], backend="memory", **{**SMALL, "workers": 2})
    assert (several.timing.workers, several.timing.threads) == (2, 1)
    assert several.summary == study.summary
    assert several.spread.equals(study.spread)


def test_tcp_gives_what_memory_gives_and_says_what_the_server_carried(
    study: chatsim.Comparison,
) -> None:
    tcp = chatsim.compare(policies=["cap-1"], backend="tcp", **SMALL)
    assert tcp.summary == study.summary
    assert tcp.spread.equals(study.spread)
    assert tcp.deeds.equals(study.deeds)
    carried = [policy.carried for policy in tcp.timing.policies]
    assert all(each is not None and each.copies > 0 for each in carried)


def test_two_equal_studies_over_tcp_differ_in_what_the_server_took_only(tmp_path: Path) -> None:
    pages, manifests = [], []
    for name in ("one", "other"):
        options = {**SMALL, "users": 60, "runs": 1}
        study = chatsim.compare(policies=["cap-1"], backend="tcp", out=tmp_path / name, **options)
        page = (tmp_path / name / "report.html").read_text()
        before, section, after = re.split(
            r'(<section id="server">.*?</section>)', page, flags=re.DOTALL
        )
        assert "CPU" in section
        pages.append(before + after)
        manifests.append(study.manifest)
    assert pages[0] == pages[1]
    assert manifests[0] == manifests[1]


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize(("backend", "tree"), [("memory", True), ("engine", False)])
def test_finished_runs_of_a_broken_study_are_picked_up(
    tmp_path: Path, backend: str, tree: bool
) -> None:
    out = tmp_path / "study"

    class BrokenOffError(Exception):
        pass

    class Stops:
        """Somebody who watches and has the study break off at its third run."""

        def stage(self, title: str, runs: int) -> None:
            self.left = 3

        def finished(self, runs: int) -> None:
            self.left -= runs
            if not self.left:
                raise BrokenOffError

    options = {**SMALL, "backend": backend, "tree": tree}
    with pytest.raises(BrokenOffError):
        chatsim.compare(policies=["cap-1"], out=out, progress=Stops(), **options)
    assert not out.exists()
    # The engine's threads may be ahead of whoever watches.
    kept = Partial.beside(out).kept()
    assert kept == 3 or (backend == "engine" and 3 < kept < 8)
    study = chatsim.compare(policies=["cap-1"], out=out, **options)
    assert study.timing.resumed_runs == kept
    assert not Partial.beside(out).folder.exists()
    shutil.rmtree(out)
    assert chatsim.compare(policies=["cap-1"], **options).summary == study.summary


@pytest.mark.usefixtures("no_page")
def test_runs_under_former_rules_of_a_region_are_not_taken_over(tmp_path: Path) -> None:
    class BrokenOffError(Exception):
        pass

    class Stops:
        """Somebody who watches and has the study break off after its first run."""

        def stage(self, title: str, runs: int) -> None:
            pass

        def finished(self, runs: int) -> None:
            raise BrokenOffError

    shares = (Region("east", 0.5), Region("west", 0.5))
    scenario = evolve(load_scenario("rumour"), regions=shares, rollout=None)
    options = {**SMALL, "backend": "memory", "out": tmp_path / "study"}

    def by_region(cap: int) -> Policy:
        return Policy("local", regions=(Local("east", Policy("there", tiers=(Tier(chats=cap),))),))

    with pytest.raises(BrokenOffError):
        chatsim.compare(scenario, policies=[by_region(1)], progress=Stops(), **options)
    study = chatsim.compare(scenario, policies=[by_region(2)], **options)
    assert study.timing.resumed_runs == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"backend": "udp"}, "it takes engine, memory or tcp"),
        ({"users": None, "contacts": "x.txt", "redraw_population": True}, "come from files"),
        ({"policies": ["no-such-policy"]}, "no-such-policy"),
        ({"policies": ["cap--1"]}, "cap--1"),
        ({"users": 1}, "users is 1"),
        ({"originators": 151}, "as many as there are people"),
        ({"share": 1.5}, "share"),
        ({"users": 5_000_001, "backend": "memory"}, "--backend engine"),
        ({"users": 5_000_001, "group_max": "policy"}, "group_max is policy"),
        ({"users": 1_500_000_000, "tree": True}, "it takes --no-tree"),
        ({"users": 3_000_000_000}, "users is 3000000000"),
        ({"runs": 0}, "runs is 0"),
        ({"contacts": "nowhere.txt"}, "users is 150 together with a file"),
        ({"contacts": "nowhere.txt", "users": None}, "nowhere.txt"),
        ({"scenario": "no-such-scenario"}, "no-such-scenario"),
        ({"enforcement": "deaf"}, "clear or client"),
        ({"group_max": "none"}, "population or policy"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    wrong: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Room for a run of the whole world's people, and not for its tree, whatever else this machine does.
    monkeypatch.setattr("chatsim.study.tree.memory_free", lambda: 16 * 10**9)
    with pytest.raises(ConfigurationError) as caught:
        chatsim.compare(**{**SMALL, **wrong})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_study_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError, match="study"):
        chatsim.compare(out=tmp_path, **SMALL)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_check_over_sockets_counts_identical_copies() -> None:
    scenario = Scenario(population=Generated(users=120), runs=1)
    check = verify_over_tcp(scenario, preset("whatsapp-2020-04"))
    assert check.identical == check.copies > 100
    assert check.imbalances == ()


def test_books_that_do_not_balance_end_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatsim.study.backend.imbalances", lambda _: ["one copy too many"])
    with pytest.raises(RunError, match="one copy too many"):
        chatsim.compare(policies=["cap-1"], **SMALL)


def test_without_a_tree_everything_else_is_the_same(
    study: chatsim.Comparison, tmp_path: Path
) -> None:
    bare = chatsim.compare(policies=["cap-1"], tree=False, out=tmp_path / "bare", **SMALL)
    names = files_in(tmp_path / "bare")
    assert names == {*(each for each in study.manifest.files if "tree" not in each)} - TREE_FILES
    assert {"summary.json", "manifest.json", "timing.json", "report.html"} < names
    assert not bare.manifest.tree
    known = "structural_virality"
    assert bare.table.drop(f"{known}", f"{known}_low", f"{known}_high").equals(
        study.table.drop(f"{known}", f"{known}_low", f"{known}_high")
    )
    assert bare.table.schema == study.table.schema
    assert bare.table[known].null_count() == len(bare.table)
    assert bare.summary.headline("cap-1").over_time == study.summary.headline("cap-1").over_time


@pytest.mark.usefixtures("no_page")
def test_without_a_tree_asking_who_reached_whom_is_one_sentence(tmp_path: Path) -> None:
    chatsim.compare(policies=["cap-1"], tree=False, out=tmp_path / "bare", **SMALL)
    bare = chatsim.read(tmp_path / "bare")
    for table in ("spread", "deeds"):
        with pytest.raises(ConfigurationError, match=r"kept no tree.*--tree"):
            getattr(bare, table)


def test_the_engine_is_checked_over_sockets_unless_told_not_to() -> None:
    options = {**SMALL, "users": 60, "runs": 1}
    del options["check_over_tcp"]
    check = chatsim.compare(policies=["cap-1"], **options).manifest.check
    assert isinstance(check, Check)
    assert check.passed
    assert (check.backend, check.copies > 0) == ("engine", True)
    assert chatsim.compare(policies=["cap-1"], backend="memory", **options).manifest.check is None


@pytest.mark.parametrize("backend", ["engine", "memory", "tcp"])
def test_what_is_not_installed_is_told_before_anything_is_played(backend, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nacl", None)
    out = tmp_path / "study"
    with pytest.raises(ConfigurationError, match=r"enforcement blind takes .*chatsim\[e2ee\]"):
        chatsim.compare(
            policies=["cap-1"], enforcement="blind", backend=backend, users=50, runs=1, out=out
        )
    assert not list(tmp_path.iterdir())

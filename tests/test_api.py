"""`chatsim.compare` as a user calls it from Python."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

import chatsim
from chatsim.api import identical_copies, verify_over_tcp
from chatsim.errors import ConfigurationError, RunError
from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.partial import Partial
from chatsim.study.scenario import Generated, Scenario
from chatsim_clients.memory import MemoryBackend

SMALL = {"users": 150, "runs": 2, "workers": 1}


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


def test_figures_come_as_svg(study: chatsim.Comparison) -> None:
    assert study.figures
    assert all(figure.svg.startswith("<svg") for figure in study.figures.values())


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
    names = {path.name for path in study.out.iterdir()}
    assert names == {path.name for path in again.out.iterdir()}
    different = {
        name for name in names if (study.out / name).read_bytes() != (again.out / name).read_bytes()
    }
    assert different <= {"timing.json"}


def test_several_processes_give_what_one_gives(study: chatsim.Comparison) -> None:
    several = chatsim.compare(policies=["cap-1"], **{**SMALL, "workers": 2})
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


def test_finished_runs_of_a_broken_study_are_picked_up(tmp_path: Path) -> None:
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

    with pytest.raises(BrokenOffError):
        chatsim.compare(policies=["cap-1"], out=out, progress=Stops(), **SMALL)
    assert not out.exists()
    assert Partial.beside(out).kept() == 3
    study = chatsim.compare(policies=["cap-1"], out=out, **SMALL)
    assert study.timing.resumed_runs == 3
    assert not Partial.beside(out).folder.exists()
    shutil.rmtree(out)
    assert chatsim.compare(policies=["cap-1"], **SMALL).summary == study.summary


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"backend": "udp"}, "it takes memory or tcp"),
        ({"users": None, "contacts": "x.txt", "redraw_population": True}, "come from files"),
        ({"policies": ["no-such-policy"]}, "no-such-policy"),
        ({"policies": ["cap--1"]}, "cap--1"),
        ({"users": 1}, "users is 1"),
        ({"originators": 151}, "as many as there are people"),
        ({"share": 1.5}, "share"),
        ({"runs": 0}, "runs is 0"),
        ({"contacts": "nowhere.txt"}, "users is 150 together with a file"),
        ({"contacts": "nowhere.txt", "users": None}, "nowhere.txt"),
        ({"scenario": "no-such-scenario"}, "no-such-scenario"),
        ({"enforcement": "blind"}, "clear or client"),
        ({"group_max": "none"}, "population or policy"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(wrong: dict[str, object], says: str) -> None:
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


def test_identical_copies_fall_when_two_runs_differ() -> None:
    with MemoryBackend(Scenario(population=Generated(users=200))) as backend:
        one = backend.play(preset("uncapped"), RunPlan(0, 5))
        other = backend.play(preset("cap-1"), RunPlan(0, 5))
    copies = sum(int(content.received.sum()) for content in one.contents)
    assert identical_copies(one, one) == copies
    assert identical_copies(one, other) < copies


def test_books_that_do_not_balance_end_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatsim.study.playing.imbalances", lambda _: ["one copy too many"])
    with pytest.raises(RunError, match="one copy too many"):
        chatsim.compare(policies=["cap-1"], **SMALL)

"""The commands as a user types them: what they print, and how they end."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatsim.cascade.values import RunOutcome
from chatsim.cli.main import main
from chatsim.study.checking import identical_copies
from tests.ctrl_c import listening


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small studies are quicker without further processes."""
    monkeypatch.setattr("chatsim.study.playing.workers_here", lambda: 1)


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study without page and figures, which take most of a small one's time."""
    monkeypatch.setattr("chatsim.api.report_files", lambda _: {})


COMPARE = ["compare", "--users", "120", "--runs", "2", "--policy", "cap-1", "--no-check"]
BY_MEMORY = ["--backend", "memory"]

LONG = {
    "memory": ["compare", "--users", "400", "--runs", "4", "--policy", "cap-1"],
    "engine": ["compare", "--users", "50k", "--runs", "4", "--no-check", "--no-tree"],
}
"""Long enough to be broken off after a line of progress."""

BACKENDS = pytest.mark.parametrize("backend", ["engine", "memory"])


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def typed(*arguments: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "chatsim", *arguments]
    return listening(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "study"
    assert run(*COMPARE, *BY_MEMORY, "--out", str(folder)) == 0
    return folder


def test_a_comparison_prints_its_table_and_where_the_report_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run(*COMPARE, "--out", str(tmp_path / "s")) == 0
    printed, progress = capsys.readouterr()
    assert printed.startswith("A rumour that 4 readers in 10 forward, 5 originators, 120 people")
    assert "Uncapped" in printed
    assert "The interval covers chance between runs only, not the assumptions." in printed
    assert printed.endswith(f"Report: {tmp_path / 's' / 'report.html'}\n")
    assert "Playing: 8 of 8 runs" in progress
    assert " of 8 runs, about " in progress


@pytest.mark.usefixtures("no_page")
def test_a_comparison_is_checked_over_tcp_unless_told_not_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*COMPARE[:-1], "--out", str(tmp_path / "s")) == 0
    printed, progress = capsys.readouterr()
    assert re.search(r"^checked: (\S+) of \1 copies identical over TCP\.$", printed, re.MULTILINE)
    assert "Checking over TCP" in progress
    assert run(*COMPARE, "--out", str(tmp_path / "s")) == 0
    printed, progress = capsys.readouterr()
    assert "identical over TCP" not in printed
    assert "Checking" not in progress


def test_a_difference_over_tcp_is_a_sentence_and_ends_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_less(one: RunOutcome, other: RunOutcome) -> int:
        return identical_copies(one, other) - 1

    monkeypatch.setattr("chatsim.study.checking.identical_copies", one_less)
    assert run(*COMPARE[:-1], "--out", str(tmp_path / "s")) == 2
    printed, said = capsys.readouterr()
    assert "copies identical over TCP." in printed
    assert "Error: the check over TCP failed: engine and tcp agree on" in said
    assert (tmp_path / "s" / "report.html").exists()


@pytest.mark.usefixtures("no_page")
def test_reach_only_is_said_in_a_line_and_explain_says_how_to_get_a_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*COMPARE, "--no-tree", "--out", str(tmp_path / "s")) == 0
    printed = capsys.readouterr().out
    # 120 people, 2 contents, 4 runs, 2 policies.
    assert "Reach only: trees of up to 1,920 rows were not kept; --tree keeps them.\n" in printed
    assert run("explain", str(tmp_path / "s"), "5") == 2
    assert "--tree" in capsys.readouterr().err
    assert run(*COMPARE, "--out", str(tmp_path / "s")) == 0
    assert "Reach only" not in capsys.readouterr().out


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("columns", [80, 100, 140])
@pytest.mark.parametrize("wide", [[], ["--wide"]])
def test_in_a_pipe_no_line_is_wider_than_asked_and_nothing_is_a_control_character(
    columns: int,
    wide: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(tmp_path)
    assert run(*COMPARE, *wide, "--out", "s") == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= columns
    assert all(character.isprintable() or character == "\n" for character in printed)


def test_json_is_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "s"
    assert run(*COMPARE, "--json", "--out", str(folder)) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads((folder / "summary.json").read_text())


def test_the_manifest_repeats_the_command(out: Path) -> None:
    assert json.loads((out / "manifest.json").read_text())["command"] == shlex.join(
        ["chatsim", *COMPARE, *BY_MEMORY, "--out", str(out)]
    )


def test_one_persons_story_is_told(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import polars as pl

    spread = pl.read_parquet(out / "spread.parquet")
    reached = spread.filter(pl.col("parent").is_not_null() & (pl.col("run") == 0))
    assert run("explain", str(out), str(reached["user"][0])) == 0
    story = capsys.readouterr().out
    assert "from" in story
    assert "cap-1" in story or "1 chat" in story


def test_every_preset_is_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    from chatsim.policy.presets import preset_names

    assert run("policies") == 0
    listed = capsys.readouterr().out
    for name in preset_names():
        assert name in listed
        assert run("policies", "show", name) == 0
        assert "Source" in capsys.readouterr().out
    assert max(map(len, listed.splitlines())) <= 80


BAD = [
    (["compare", "--policy", "whatsap-2019-01"], "whatsapp-2019-01"),
    (["compare", "--users", "many"], "--users"),
    (["compare", "--users", "-5"], "--users"),
    (["compare", "--users", "3B"], "2,147,483,647"),
    (["compare", "--users", "6M", "--backend", "memory"], "--backend engine"),
    (["compare", "--users", "6M", "--group-max", "policy"], "group_max is policy"),
    (["compare", "--users", "200M", "--tree"], "--no-tree"),
    (["compare", "--duration", "14"], "--duration"),
    (["compare", "--duration", "14 parsecs"], "--duration"),
    (["compare", "--share", "140%"], "--share"),
    (["compare", "--duration", "1h"], "12:00"),
    (["compare", "--out", "a" * 300], "a" * 300),
    (["compare", "--contacts", "nowhere.csv"], "nowhere.csv"),
    (["compare", "nowhere.toml"], "nowhere.toml"),
    (["compare", "--backend", "udp"], "engine"),
    (["compare", "--seed", "-1"], "--seed"),
    (["explain", "nowhere", "1"], "nowhere"),
    (["policies", "show", "cap-x"], "cap-x"),
    (["serve", "--host", "192.0.2.1", "--insecure-dev"], "192.0.2.1"),
    (["serve", "--users", "5"], "--tokens"),
    (["tokens", "--users", "0", "--out", "tokens"], "users is 0"),
    (["admin", "nowhere", "status"], "no server answers at nowhere"),
    (["admin", "nowhere", "policy", "cap-x"], "cap-x"),
    (["no-such-command"], "no-such-command"),
]


@pytest.mark.parametrize(("arguments", "names"), BAD, ids=lambda value: " ".join(value)[:40])
def test_bad_input_is_said_in_a_sentence_and_ends_with_status_2(
    arguments: list[str], names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert names in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_malformed_edge_list_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edges = tmp_path / "edges.txt"
    edges.write_text("1 2\n2 3\n3 4 5 6\n")
    assert run("compare", "--contacts", str(edges), "--out", str(tmp_path / "s")) == 2
    said = capsys.readouterr().err
    assert "edges.txt" in said
    assert "3" in said


@BACKENDS
def test_sigterm_ends_a_study_as_ctrl_c_does(tmp_path: Path, backend: str) -> None:
    process = typed(*LONG[backend], "--backend", backend, "--out", str(tmp_path / "s"))
    assert process.stderr is not None
    assert "Playing" in process.stderr.readline()
    process.terminate()
    # Reading to the end ends only when no process is left that holds it.
    assert "Stopped." in process.stderr.read()
    process.communicate()
    assert process.returncode == 143
    assert not (tmp_path / "s").exists()


@BACKENDS
def test_ctrl_c_keeps_finished_runs_and_the_same_command_goes_on(
    tmp_path: Path, backend: str
) -> None:
    command = [*LONG[backend], "--backend", backend, "--out", str(tmp_path / "s")]
    # A session of its own, so that the signal reaches the command alone, as it reaches a foreground job's leader.
    process = typed(*command, start_new_session=True)
    assert process.stderr is not None
    assert "Playing" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "finished runs are kept" in said
    assert not (tmp_path / "s").exists()
    assert list((tmp_path / "s.partial").glob("*.run"))
    again = typed(*command)
    _, said = again.communicate()
    assert again.returncode == 0
    assert "were taken over from" in said
    timing = json.loads((tmp_path / "s" / "timing.json").read_text())
    assert timing["resumed_runs"] > 0
    assert not (tmp_path / "s.partial").exists()


def test_a_disk_that_takes_no_more_is_a_sentence_and_keeps_finished_runs(
    out: Path, tmp_path: Path
) -> None:
    # `out` has compiled what is needed, so that the limit on a file's size meets results only.
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    # Nor does the measuring of coverage write files of its own.
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    command = [sys.executable, "-m", "chatsim", *COMPARE, *BY_MEMORY, "--out", str(tmp_path / "s")]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited,  # noqa: PLW1509 - one call of the system's, and nothing that a thread could hold
        env=environment,
    )
    _, said = process.communicate()
    assert process.returncode == 2
    assert "Traceback" not in said
    assert str(tmp_path / "s") in said
    assert not (tmp_path / "s").exists()
    assert list((tmp_path / "s.partial").glob("*.run"))


def test_a_reader_that_goes_away_is_no_error(out: Path) -> None:
    process = typed("policies", env={**os.environ})
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert "Traceback" not in process.stderr.read()
    process.wait()

"""`chatsim load` as a user types it: what it prints, keeps, and how it ends. The load itself is made up."""

from __future__ import annotations

import json
import shlex

import pytest
from attrs import evolve

from chatsim.cli.main import main
from chatsim.errors import RunError
from chatsim_clients.load.parts import Closed, Open
from chatsim_clients.load.plan import plan_as_json
from chatsim_clients.load.saving import read_load, write_load
from tests.loads import PLAN, load_result, losing


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["load", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


class Server:
    """A server that carries anything, and keeps the plans that it was asked to stand."""

    def __init__(self) -> None:
        self.plans: list = []
        self.limit = float("inf")
        self.lost = 0
        self.changed: dict = {}
        self.error: Exception | None = None

    def __call__(self, plan, *, on_second):
        self.plans.append(plan)
        if self.error is not None:
            raise self.error
        rate = plan.workload.rate if isinstance(plan.workload, Open) else 500.0
        result = load_result(plan=plan_as_json(plan), slow=1.0 if rate <= self.limit else 100.0)
        for second in result.seconds:
            on_second(second)
        result = evolve(result, **self.changed)
        return losing(result, self.lost) if self.lost else result


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Drawing takes seconds, and has tests of its own."""
    monkeypatch.setattr("chatsim_clients.load.report_page.figures", lambda _: {})
    monkeypatch.setattr("chatsim_clients.load.report_compare.figures", lambda *_: {})


@pytest.fixture
def server(monkeypatch, tmp_path):
    made = Server()
    monkeypatch.setattr("chatsim_clients.load.runner.run_load", made)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return made


def test_a_load_prints_its_finding_and_keeps_its_folder(server, tmp_path, capsys):
    assert run("--spawn", "--rate", "500", "--duration", "20s") == 0
    printed, progress = capsys.readouterr()
    assert "copies due arrived: nothing was lost" in printed.replace("\n", " ")
    assert printed.endswith("Report: load/report.html\n")
    assert max(map(len, printed.splitlines())) <= 100
    assert "0:03 steady: 517 offered" in progress
    names = {path.name for path in (tmp_path / "load").iterdir()}
    assert {"load.json", "seconds.csv", "report.html", "delivery.hlog"} <= names
    kept = read_load(tmp_path / "load")
    assert kept.plan["command"] == "chatsim load --spawn --rate 500 --duration 20s"
    assert kept.plan["workload"]["rate"] == 500


def test_assertions_that_hold_end_with_0_and_one_that_fails_with_1(server, capsys):
    held = ["--assert", "p99<50ms", "--assert", "lost==0"]
    assert run("--spawn", *held) == 0
    assert "holds: p99<50ms (3.08 ms)\nholds: lost==0 (0)\n" in capsys.readouterr().out
    server.lost = 12
    assert run("--spawn", *held) == 1
    assert "holds: p99<50ms (3.08 ms)\nFAILED: lost==0 (12)\n" in capsys.readouterr().out


def test_without_assertions_a_loss_is_told_and_is_no_failure(server, capsys):
    server.lost = 3
    assert run("--spawn") == 0
    assert "3 (0.014 %) were lost" in capsys.readouterr().out.replace("\n", " ")


def test_messages_that_never_left_fail_an_assertion(server, capsys):
    server.changed = {"accounts": evolve(load_result().accounts, unsent=482)}
    assert run("--spawn", "--assert", "lost==0") == 0
    assert run("--spawn", "--assert", "unsent==0") == 1
    assert "FAILED: unsent==0 (482)" in capsys.readouterr().out


def test_a_server_that_was_lost_in_the_middle_is_status_1_and_the_load_is_kept(server, tmp_path):
    server.changed = {"server_lost": "the server was lost"}
    assert run("--connect", "127.0.0.1:1") == 1
    assert read_load(tmp_path / "load").server_lost == "the server was lost"


def test_a_search_prints_each_probe_and_the_answer_and_keeps_both(server, tmp_path, capsys):
    server.limit = 300.0
    assert run("--spawn", "--find-max", "p99<50ms", "--duration", "30s", "--rate", "100") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("100 a second: p99 3.08 ms, passes\n200 a second")
    assert "400 a second: p99 308 ms, fails: p99<50ms does not hold (308 ms)" in printed
    assert "300 messages a second keep p99<50ms; 312 do not (7 probes)." in printed
    found = json.loads((tmp_path / "load" / "probes.json").read_text())
    assert (found["rate"], len(found["probes"])) == (300.0, len(server.plans))
    assert read_load(tmp_path / "load").plan["workload"]["rate"] == 300.0


def test_a_search_without_an_answer_ends_with_1(server, tmp_path, capsys):
    server.limit = 0.0
    assert run("--spawn", "--find-max", "p99<50ms", "--duration", "30s") == 1
    assert "No rate that was tried keeps p99<50ms" in capsys.readouterr().out
    assert not (tmp_path / "load").exists()


def test_two_loads_are_compared_in_a_table_and_on_a_page(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    write_load(tmp_path / "a", load_result(burst=4_500.0, plan={**PLAN, "policy": "uncapped"}))
    write_load(tmp_path / "b", load_result(plan={**PLAN, "policy": "cap-5"}))
    page = tmp_path / "compared.html"
    assert run("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(page)) == 0
    printed = capsys.readouterr().out
    assert printed.split("\n")[0].split() == ["Uncapped", "5", "chats", "at", "a", "time", "Ratio"]
    assert "differ" not in printed
    assert "the server&#39;s peak falls from 4,929" in page.read_text()


def test_a_comparison_says_that_the_plans_differ(tmp_path, capsys):
    write_load(tmp_path / "a", load_result())
    write_load(tmp_path / "b", load_result(plan={**PLAN, "users": 7}))
    assert run("compare", str(tmp_path / "a"), str(tmp_path / "b")) == 0
    assert "differ in more than the policy: users: 1000 and 7." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "a load takes a server: --spawn starts one"),
        (["--spawn", "--connect", "127.0.0.1:1"], "--spawn and --connect both say"),
        (["--spawn", "--assert", "p99"], "--assert is 'p99'; it takes a name"),
        (["--spawn", "--find-max", "fast"], "--find-max is 'fast'; it takes a name"),
        (["--spawn", "--workers", "70"], "--workers is 70; it takes a whole number from 1 to 64"),
        (["--spawn", "--replay"], "requires an argument"),
        (["--spawn", "--duration", "10"], "--duration is '10'; it takes a number with a unit"),
        (["--spawn", "--out", "file"], "file is a file; it takes a folder"),
        (["compare", "nothing", "there"], "nothing holds no load"),
        (["compare", "nothing"], "Missing argument 'B'"),
        (["--spawn", "--nonsense"], "No such option"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(
    server, tmp_path, capsys, arguments, sentence
):
    (tmp_path / "file").touch()
    assert run(*arguments) == 2
    printed, said = capsys.readouterr()
    assert sentence in said
    assert said.splitlines()[-1].startswith("Error: ")
    assert printed == ""
    assert server.plans == []


def test_a_server_that_is_not_there_is_one_sentence_and_status_2(server, tmp_path, capsys):
    server.error = RunError("nobody could log in at 127.0.0.1 port 1")
    assert run("--connect", "127.0.0.1:1") == 2
    assert capsys.readouterr().err == "Error: nobody could log in at 127.0.0.1 port 1\n"
    assert not (tmp_path / "load").exists()


def test_a_page_is_not_written_over_a_folder(tmp_path, capsys):
    assert run("compare", "a", "b", "--out", str(tmp_path)) == 2
    assert "a folder; it takes a file such as compared.html" in capsys.readouterr().err


def test_every_example_of_the_help_is_a_load_that_can_be_planned(server, capsys):
    assert run("--help") == 0
    shown = capsys.readouterr().out
    examples = [line.strip() for line in shown.splitlines() if line.startswith("    chatsim load")]
    loads = [shlex.split(line)[2:] for line in examples if " compare " not in line]
    assert len(loads) == 7
    for arguments in loads:
        assert run(*arguments) in {0, 1}, arguments
    assert len(server.plans) >= len(loads)


def test_a_closed_load_is_asked_for_by_its_window(server):
    assert run("--spawn", "--window", "4", "--workers", "2") == 0
    (plan,) = server.plans
    assert plan.workload == Closed(4)
    assert plan.workers == 2

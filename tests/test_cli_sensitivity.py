"""`chatsim sensitivity` as a user types it, and `chatsim.sensitivity` from Python."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import chatsim
from chatsim.cli.main import main
from chatsim.study.sensitivity.files import FOLDER

SMALL = ("rumour", "--users", "150", "--trajectories", "2", "--runs", "5", "--workers", "1")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "found"
    assert run(*SMALL, "--out", str(folder)) == 0
    return folder


def test_the_folder_is_whole_and_nothing_is_left_beside_it(out):
    assert {path.name for path in out.iterdir()} == FOLDER.more_files | {FOLDER.json_file}
    assert [path.name for path in out.parent.iterdir()] == ["found"]


def test_the_same_analysis_from_python_finds_the_same(out):
    again = chatsim.sensitivity("rumour", users=150, trajectories=2, runs=5, workers=1)
    kept = chatsim.read_sensitivity(out)
    assert again.points.equals(kept.points)
    assert again.found.morris == kept.found.morris
    assert again.found.answer == kept.found.answer
    assert again.figures["tornado"].svg.encode() == (out / "tornado.svg").read_bytes()


def test_the_default_policies_are_the_scenarios_last_two(out):
    found = chatsim.read_sensitivity(out).found
    assert (found.first.name, found.second.name) == ("whatsapp-2020-04", "whatsapp-latest")
    assert len(found.factors) == 13
    assert found.left_out == ("chat_delay.median",)


def test_it_prints_the_answer_or_the_json(tmp_path, capsys):
    quick = (
        "--factor",
        "persistence=10%..20%",
        "--policy",
        "cap-1",
        "--policy",
        "cap-5",
        "--runs",
        "2",
    )
    assert run(*SMALL, *quick, "--out", str(tmp_path / "a")) == 0
    said = capsys.readouterr().out
    assert "Compared: 1 chat at a time (cap-1) and 5 chats at a time (cap-5)." in said
    assert said.endswith(f"Report: {tmp_path / 'a' / 'sensitivity.html'}\n")
    assert run(*SMALL, *quick, "--out", str(tmp_path / "a"), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["first"]["name"] == "cap-1"
    assert found["command"].startswith("chatsim sensitivity rumour --users 150")
    by_name = {each["name"]: each for each in found["factors"]}
    assert by_name["persistence"]["high"] == 0.2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--factor", "persistance=0%..50%"], "did you mean persistence?"),
        (["--factor", "persistence=0%..150%"], "it takes a share from 0 to 1"),
        (["--factor", "persistence=50%..20%"], "a low end below its high end"),
        (["--policy", "cap-5"], "policies are cap-5; sensitivity takes exactly two"),
        (["--policy", "cap-5", "--policy", "cap-5"], "both policies are named cap-5"),
        (["--policy", "whatsapp-2022-11", "--policy", "whatsapp-latest"], "have the same rules"),
        (["--policy", "cap-5", "--policy", "whatsap-latest"], "did you mean whatsapp-latest"),
        (["--samples", "64"], "the method is morris; it takes trajectories"),
        (["--method", "sobol", "--trajectories", "4"], "the method is sobol; it takes samples"),
        (["--method", "sobol", "--samples", "60"], "it takes a power of two"),
        (["--runs", "1"], "runs is 1"),
        (["--users", "60"], "a big outbreak takes 100"),
        (["--backend", "memory", "--users", "6M"], "take --backend engine"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_status_2(arguments, said, tmp_path, capsys):
    assert run("rumour", *arguments, "--out", str(tmp_path / "out")) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_left_alone_before_anything_is_played(tmp_path, capsys):
    (tmp_path / "diary.txt").touch()
    assert run("rumour", "--out", str(tmp_path)) == 2
    assert "holds diary.txt" in capsys.readouterr().err


def test_its_help_loads_neither_salib_nor_pandas():
    program = (
        "import sys\nfrom chatsim.cli.main import main\n"
        "try:\n    main(['sensitivity', '--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(' '.join({'SALib', 'pandas', 'numba', 'polars', 'scipy'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

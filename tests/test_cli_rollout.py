"""`chatsim rollout` as a user types it, and `chatsim.rollout` from Python."""

from __future__ import annotations

import json

import pytest

import chatsim
from chatsim.cli.main import main
from chatsim.study.rollout.values import FOLDER

SMALL = ("rumour", "--policy", "cap-1", "--users", "1500", "--runs", "3", "--unit", "user")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["rollout", *arguments])
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


def test_the_same_test_from_python_finds_the_same(out):
    again = chatsim.rollout("rumour", policy="cap-1", users=1500, runs=3, units=["user"])
    kept = chatsim.read_rollout(out)
    assert again.found.tests == kept.found.tests
    assert again.found.answer == kept.found.answer
    assert again.figures["estimates"].svg.encode() == (out / "estimates.svg").read_bytes()


def test_it_prints_the_answer_or_the_json(tmp_path, capsys):
    assert run(*SMALL, "--out", str(tmp_path / "a")) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "If everybody got 1 chat at a time, the rumour would reach" in said
    assert said.endswith(f"Report: {tmp_path / 'a' / 'rollout.html'}")
    assert run(*SMALL, "--json", "--out", str(tmp_path / "a")) == 0
    assert capsys.readouterr().out == (tmp_path / "a" / "rollout.json").read_text()
    assert json.loads((tmp_path / "a" / "rollout.json").read_text())["policy"] == "cap-1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--policy", "uncapped"], "the policy and the control are both uncapped"),
        (["--share", "100%"], "a test takes a share between 0 and 1"),
        (["--unit", "region"], "can be randomised by user"),
        (["--on", "moon"], "on is 'moon'; it takes local, dask or dask://HOST:PORT"),
        (["--runs", "many"], "--runs is 'many'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_status_2(arguments, said, tmp_path, capsys):
    assert run("rumour", *arguments, "--out", str(tmp_path / "out")) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "diary.txt").touch()
    assert run(*SMALL, "--out", str(tmp_path)) == 2
    assert "holds diary.txt" in capsys.readouterr().err

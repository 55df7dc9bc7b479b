"""`chatsim trace` as a user types it, and `chatsim.trace` from Python."""

from __future__ import annotations

import json

import pytest

import chatsim
from chatsim.cli.main import main
from chatsim.study.trace.values import FOLDER

SMALL = ["--users", "120", "--runs", "2", "--queries", "10", "--mode", "none", "--mode", "tag"]


def chatsim_trace(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["trace", *arguments])
    return int(stopped.value.code or 0)


def test_a_trace_prints_its_table_writes_its_folder_and_is_read_back(tmp_path, capsys):
    out = tmp_path / "a"
    assert chatsim_trace("rumour", *SMALL, "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert "Identical cascades in all modes" in said
    assert "Open tag" in said
    assert all(len(line) <= 100 for line in said.splitlines()[:-1])
    assert {path.name for path in out.iterdir()} == FOLDER.more_files | {FOLDER.json_file}
    kept = chatsim.read_trace(out)
    assert json.loads((out / "trace.json").read_text())["modes"] == ["none", "tag"]
    assert kept.found.modes == ("none", "tag")
    assert len(kept.queries) == sum(each.reports for each in kept.found.answers)
    assert {each.mode for each in kept.cpu.cpu} == {"none", "tag"}
    again = chatsim.trace("rumour", users=120, runs=2, queries=10, modes=["none", "tag"])
    assert again.found.answers == kept.found.answers
    assert again.queries.equals(kept.queries)


def test_reports_come_from_copies_under_blind_tokens_too(tmp_path, capsys):
    out = tmp_path / "a"
    few = ["--users", "40", "--runs", "1", "--queries", "3", "--mode", "tag"]
    assert chatsim_trace("rumour", *few, "--enforcement", "blind", "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert "forwards are paid with tokens" in " ".join(said.split())
    answers = chatsim.read_trace(out).found.answers
    assert sum(each.reports for each in answers) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "psychic"], "mode is 'psychic'; it takes none or frank or"),
        (["--queries", "0"], "queries"),
        (["--backend", "engine"], "backend is 'engine'"),
        (["--users", "100001"], "takes at most 100,000"),
        (["--cheat-share", "150%"], "150%"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_status_2(arguments, said, tmp_path, capsys):
    assert chatsim_trace(*arguments, "--out", str(tmp_path / "a")) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not (tmp_path / "a").exists()

"""`chatsim scenario`: list, check, explain."""

from __future__ import annotations

import json

import pytest

from chatsim.cli.main import main
from chatsim.study.scenario_files import packaged_scenarios


def said(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["scenario", *arguments])
    out, err = capsys.readouterr()
    assert ended.value.code in {0, 2}
    return err if ended.value.code else out


def test_the_list_names_every_scenario_with_its_title(capsys):
    listed = said(capsys)
    for name in packaged_scenarios():
        assert f"\n{name} " in f"\n{listed}"


def test_a_scenario_that_can_be_played_is_told_in_a_sentence(capsys):
    told = said(capsys, "check", "india-2018")
    assert told.startswith(
        "india-2018 can be played: 2 contents, 10,000 users, 5 originators of each"
    )
    assert "india-2018, whatsapp-2019-01." in told


def test_people_from_files_are_counted(capsys, tmp_path):
    (tmp_path / "ties.csv").write_text("a,b\nb,c\n")
    mine = tmp_path / "mine.toml"
    mine.write_text("[population]\nkind = 'stored'\ncontacts = 'ties.csv'\n")
    assert "3 users, 3 originators of each" in said(capsys, "check", str(mine))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("user = 3", "user is not a key of this table"),
        ("policies = ['cap-x']", "there is no policy named 'cap-x'"),
        (
            "policies = ['india-2018.toml']",
            "policy india-2018 names the region 'India'; the scenario",
        ),
        ("duration = '6 h'", "a run lasts 6 h, and contents are posted at 12:00"),
        (
            "[behaviour]\nreading_delay = { sigma = 30 }",
            "sigma is 30.0; it takes a number from 0 to 20",
        ),
    ],
)
def test_what_cannot_be_played_is_one_sentence(capsys, tmp_path, text, says):
    (tmp_path / "india-2018.toml").write_text("[regions]\nIndia = 'cap-5'")
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    told = said(capsys, "check", str(mine))
    assert says in told
    assert told.startswith("Error: ")
    assert told.count("\n") == 1


def test_every_value_is_explained_in_a_table_and_as_json(capsys):
    table = said(capsys, "explain", "flood-warning")
    assert "contents.flood" in table
    assert "values have no source" in table
    rows = json.loads(said(capsys, "explain", "flood-warning", "--json"))
    assert {"key", "value", "plausible", "source"} == set(rows[0])
    sources = {row["key"]: row["source"] for row in rows}
    assert sources["contents.flood warning.half_life"].startswith("a guess: a warning is of use")

"""The schemas: up to date, held by what a study writes, and refusing what it does not."""

from __future__ import annotations

import copy
import json

import attrs
import jsonschema
import pytest
from attrs import frozen

from chatsim.cli.main import main
from chatsim.errors import ConfigurationError
from chatsim.study.backend import Carried
from chatsim.study.manifest import Check
from chatsim.study.results_files import write_study
from chatsim.study.schema import DOCUMENTS, NAMES, field_meanings, made, schema_text, write
from chatsim.study.summary import FORMAT_VERSION
from tests.studies import small_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "out"
    study = small_study()
    check = Check("engine", 10, 9, ("a book",))
    write_study(out, attrs.evolve(study, manifest=attrs.evolve(study.manifest, check=check)))
    return out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_packaged_schema_is_that_of_the_value(name):
    assert schema_text(name) == made(name), "python -m chatsim.study.schema writes it anew"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_study_writes_is_valid(folder, name):
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((folder / f"{name}.json").read_text()), schema)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_another_version_a_missing_field_and_a_stranger_are_not(folder, name):
    schema = json.loads(schema_text(name))
    valid = json.loads((folder / f"{name}.json").read_text())
    for wrong in (
        valid | {"format_version": FORMAT_VERSION + 1},
        {key: value for key, value in valid.items() if key != "policies"},
        valid | {"stranger": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_word_in_place_of_a_number_deep_inside_is_refused(folder):
    wrong = copy.deepcopy(json.loads((folder / "summary.json").read_text()))
    wrong["policies"][0]["contents"][0]["reach"]["value"] = "many"
    with pytest.raises(jsonschema.ValidationError, match="many"):
        jsonschema.validate(wrong, json.loads(schema_text("summary")))


def test_fields_say_what_their_source_says():
    schema = json.loads(schema_text("summary"))
    reach = schema["$defs"]["ContentResult"]["properties"]["reach"]
    assert reach == {
        "$ref": "#/$defs/Estimate",
        "description": "People reached, originators included.",
    }


def test_a_meaning_is_what_stands_below_a_field():
    assert field_meanings(Carried) == {
        "mailbox_peak": "The most copies that one device had not acknowledged at one time."
    }


def test_tables_are_described_by_column():
    described = json.loads(schema_text("spread"))
    assert described["file"] == "spread.parquet"
    assert described["columns"][4] == {
        "name": "tick",
        "type": "int32",
        "unit": "seconds",
        "meaning": "when it arrived, or was posted, since the run's midnight UTC",
        "nullable": False,
    }


def test_every_name_has_a_schema_and_no_other():
    assert all(json.loads(schema_text(name)) for name in NAMES)
    with pytest.raises(ConfigurationError, match="it takes one of summary, manifest"):
        schema_text("diary")


def test_a_type_that_json_does_not_have_is_a_mistake_of_ours(monkeypatch):
    @frozen
    class Odd:
        """Holds bytes."""

        format_version: int
        raw: bytes

    monkeypatch.setitem(DOCUMENTS, "odd", Odd)
    with pytest.raises(TypeError, match="bytes"):
        made("odd")


def test_writing_gives_the_packaged_files(tmp_path):
    write(tmp_path)
    for name in DOCUMENTS:
        assert (tmp_path / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_the_command_prints_a_schema_and_refuses_what_there_is_not(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["schema", "timing"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == schema_text("timing")
    with pytest.raises(SystemExit) as ended:
        main(["schema", "diary"])
    assert ended.value.code == 2
    assert "there is no schema 'diary'" in capsys.readouterr().err

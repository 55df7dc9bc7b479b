from __future__ import annotations

import hashlib
import json

import attrs
import pytest

from chatsim.errors import ConfigurationError, StoreError
from chatsim.study.results_files import check_destination, data_files, kept, read_study, write_study
from chatsim.study.summary import FORMAT_VERSION
from tests.studies import small_study

ALWAYS = {"summary.json", "spread.parquet", "deeds.parquet", "manifest.json", "timing.json"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_study_comes_back_as_it_was_written(tmp_path):
    written = write_study(tmp_path / "out", small_study(names=["anna", "ben"]))
    back = read_study(tmp_path / "out")
    assert back.summary == written.summary
    assert back.manifest == written.manifest
    assert back.timing == written.timing
    for table in ("spread", "deeds", "names"):
        assert getattr(back, table).equals(getattr(written, table))
        assert getattr(back, table).schema == getattr(written, table).schema


def test_the_folder_holds_what_the_manifest_lists(tmp_path):
    written = write_study(tmp_path / "out", small_study())
    assert set(contents(tmp_path / "out")) == ALWAYS == set(written.manifest.files)


def test_equal_studies_differ_in_timing_alone(tmp_path):
    write_study(tmp_path / "one", small_study(seconds=1.0))
    write_study(tmp_path / "two", small_study(seconds=2.0))
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert [name for name in one if one[name] != two[name]] == ["timing.json"]


def test_the_manifest_has_the_checksums_of_the_data(tmp_path):
    written = write_study(tmp_path / "out", small_study())
    checksums = {each.file: each.sha256 for each in written.manifest.checksums}
    assert set(checksums) == {"summary.json", "spread.parquet", "deeds.parquet"}
    for name, checksum in checksums.items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == checksum


def test_further_files_may_show_the_checksums(tmp_path):
    def report(study):
        return {"report.html": study.manifest.checksums[0].sha256.encode()}

    written = write_study(tmp_path / "out", small_study(), report)
    assert (tmp_path / "out" / "report.html").read_text() == written.manifest.checksums[0].sha256
    assert "report.html" in written.manifest.files


def test_a_former_study_is_replaced(tmp_path):
    write_study(tmp_path / "out", small_study(), lambda _: {"report.html": b"old"})
    write_study(tmp_path / "out", small_study())
    assert set(contents(tmp_path / "out")) == ALWAYS
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_study_of_another_format_version_may_be_replaced(tmp_path):
    study = small_study()
    write_study(tmp_path / "out", study)
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format_version": 0}))
    write_study(tmp_path / "out", study)


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    write_study(tmp_path / "out", small_study())
    assert set(contents(tmp_path / "out")) == ALWAYS


@pytest.mark.parametrize("study_first", [True, False])
def test_a_folder_with_anything_else_is_refused(tmp_path, study_first):
    if study_first:
        write_study(tmp_path / "out", small_study())
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "diary.txt").write_text("mine")
    before = contents(tmp_path / "out")
    with pytest.raises(ConfigurationError, match=r"holds diary\.txt, which no study wrote there"):
        write_study(tmp_path / "out", small_study())
    assert contents(tmp_path / "out") == before


def test_somebody_elses_manifest_is_not_taken_for_a_study(tmp_path):
    (tmp_path / "manifest.json").write_text('{"program": "another", "files": ["manifest.json"]}')
    with pytest.raises(ConfigurationError, match=r"holds manifest\.json"):
        check_destination(tmp_path)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(ConfigurationError, match="is a file"):
        check_destination(tmp_path / "out")


def test_a_place_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="could not write the study to"):
        write_study(tmp_path / "file" / "out", small_study())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failure_on_the_way_leaves_the_former_study(tmp_path):
    write_study(tmp_path / "out", small_study())
    before = contents(tmp_path / "out")
    with pytest.raises(StoreError):
        write_study(tmp_path / "out", small_study(), lambda _: {"no/such/folder": b""})
    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_without_a_study_is_said_to_have_none(tmp_path):
    with pytest.raises(ConfigurationError, match="holds no study"):
        read_study(tmp_path)


@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_damaged_file_is_named(tmp_path, name):
    write_study(tmp_path / "out", small_study())
    (tmp_path / "out" / name).write_bytes(b"\xff\xfe{")
    with pytest.raises(StoreError, match=name):
        read_study(tmp_path / "out")


@pytest.mark.parametrize("name", sorted(ALWAYS - {"manifest.json"}))
def test_a_missing_file_is_named(tmp_path, name):
    write_study(tmp_path / "out", small_study())
    (tmp_path / "out" / name).unlink()
    with pytest.raises(StoreError, match=name):
        read_study(tmp_path / "out")


def test_the_mode_of_the_folder_is_an_ordinary_one(tmp_path):
    (tmp_path / "ordinary").mkdir()
    write_study(tmp_path / "out", small_study())
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_names_are_written_only_where_people_have_some():
    assert "names.parquet" not in data_files(small_study())
    assert "names.parquet" in data_files(small_study(names=["anna"]))
    assert attrs.evolve(small_study()).names is None


def test_a_study_without_a_tree_has_no_tables_of_people(tmp_path):
    study = small_study()
    bare = attrs.evolve(
        study, spread=None, deeds=None, manifest=attrs.evolve(study.manifest, tree=False)
    )
    written = write_study(tmp_path / "out", bare)
    assert set(contents(tmp_path / "out")) == {"summary.json", "manifest.json", "timing.json"}
    back = read_study(tmp_path / "out")
    assert (back.spread, back.deeds, back.summary) == (None, None, written.summary)
    with pytest.raises(ConfigurationError, match="kept no tree"):
        kept(back.spread)


def test_files_may_have_folders_which_are_replaced_as_well(tmp_path):
    write_study(tmp_path / "out", small_study(), lambda _: {"figures/old.svg": b"old"})
    written = write_study(tmp_path / "out", small_study(), lambda _: {"figures/new.svg": b"new"})
    assert [path.name for path in (tmp_path / "out" / "figures").iterdir()] == ["new.svg"]
    assert "figures/new.svg" in written.manifest.files


def test_a_folder_within_that_holds_anything_else_is_refused(tmp_path):
    write_study(tmp_path / "out", small_study(), lambda _: {"figures/one.svg": b"one"})
    (tmp_path / "out" / "figures" / "mine.svg").touch()
    with pytest.raises(ConfigurationError, match=r"holds figures/mine\.svg"):
        write_study(tmp_path / "out", small_study())


def test_a_folder_of_another_command_is_named(tmp_path):
    (tmp_path / "load.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"holds what chatsim load wrote \(load\.json\)"):
        read_study(tmp_path)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (FORMAT_VERSION + 1, "it takes a newer chatsim"),
        (FORMAT_VERSION - 1, "play it again with the command in its manifest"),
    ],
)
def test_another_format_version_says_how_to_go_on(tmp_path, version, told):
    write_study(tmp_path / "out", small_study())
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format_version": version}))
    with pytest.raises(StoreError, match=told):
        read_study(tmp_path / "out")

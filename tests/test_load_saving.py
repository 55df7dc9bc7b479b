from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from attrs import evolve
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from chatsim.errors import ConfigurationError, StoreError
from chatsim_clients.load.percentiles import percentiles
from chatsim_clients.load.result import Measure, new_histogram
from chatsim_clients.load.saving import HLOG_FILES, check_folder, data_files, read_load, write_load
from tests.loads import load_result, losing


@pytest.fixture
def folder(tmp_path):
    write_load(tmp_path / "run", load_result(), {"report.html": b"<html>"})
    return tmp_path / "run"


def without_histograms(result):
    return evolve(result, histograms={})


def test_what_is_read_is_what_was_written(tmp_path):
    result = losing(
        load_result(server_cpu_per_delivery=None, warnings=("The generator was busy.",))
    )
    write_load(tmp_path / "run", result)
    found = read_load(tmp_path / "run")
    assert without_histograms(found) == without_histograms(result)
    assert found.histograms.keys() == result.histograms.keys()
    for measure, histogram in result.histograms.items():
        assert histogram.equals(found.histograms[measure])
        assert percentiles(histogram) == percentiles(found.histograms[measure])


def test_equal_results_give_equal_bytes():
    assert data_files(load_result()) == data_files(load_result())


def test_the_json_names_its_format_and_quotes_percentiles_in_microseconds(folder):
    plain = json.loads((folder / "load.json").read_text())
    assert (plain["program"], plain["format_version"]) == ("chatsim load", 1)
    told = plain["percentiles"]["delivery"]
    assert told.keys() == {"count", "p50", "p90", "p99", "p99_9", "p99_99", "max", "mean"}
    assert told["p50"] == pytest.approx(800, rel=0.01)
    assert told["p50"] < told["p90"] < told["p99"] < told["p99_9"] <= told["max"]


def test_the_seconds_are_a_table_that_anybody_reads(folder):
    with (folder / "seconds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 38
    assert rows[10]["stage"] == "steady"
    assert int(rows[10]["delivered"]) == load_result().seconds[10].delivered


@pytest.mark.parametrize("measure", list(Measure))
def test_each_measure_has_a_log_that_other_tools_read(folder, measure):
    path = folder / HLOG_FILES[measure]
    reader = HistogramLogReader(str(path), new_histogram())
    found: HdrHistogram = reader.get_next_interval_histogram()
    assert found.equals(load_result().histograms[measure])
    assert reader.get_next_interval_histogram() is None
    assert reader.get_start_time_sec() == 1_772_366_400
    assert path.read_text().splitlines()[-1].startswith("1772366400.000000,30.000000,")
    reader.close()


def test_a_former_load_is_replaced_and_anything_else_is_not(folder, tmp_path):
    write_load(folder, losing(load_result()))
    assert read_load(folder).accounts.lost == 12
    assert not (folder / "report.html").exists()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"holds thesis\.txt, which no load wrote"):
        write_load(folder, load_result())
    with pytest.raises(ConfigurationError, match="is a file; it takes a folder"):
        check_folder(folder / "load.json")
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_a_folder_that_merely_has_a_file_of_that_name_is_not_replaced(tmp_path):
    (tmp_path / "load.json").write_text('{"program": "another"}')
    with pytest.raises(ConfigurationError, match=r"holds load\.json, which no load wrote"):
        check_folder(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused_before_the_load():
    with pytest.raises(ConfigurationError, match="/proc/load cannot be made"):
        check_folder(Path("/proc/load"))


def test_a_folder_without_a_load_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="holds no load; it takes a folder that chatsim"):
        read_load(tmp_path)


def test_another_format_version_is_named(folder):
    plain = json.loads((folder / "load.json").read_text())
    (folder / "load.json").write_text(json.dumps(plain | {"format_version": 2}))
    with pytest.raises(StoreError, match="has format version 2; this version of chatsim reads"):
        read_load(folder)


def test_a_foreign_file_is_named(folder):
    (folder / "load.json").write_text('{"program": "k6", "format_version": 1}')
    with pytest.raises(StoreError, match="was written by k6, not by chatsim load"):
        read_load(folder)


def damaged_histogram(text: str) -> str:
    plain = json.loads(text)
    encoded = plain["histograms"]["delivery"]
    plain["histograms"]["delivery"] = encoded[:40] + "A" * 8 + encoded[48:]
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("load.json", lambda text: text[:-200]),
        ("load.json", lambda _: "[1, 2]"),
        ("load.json", lambda text: text.replace('"lost"', '"gone"')),
        ("load.json", lambda text: text.replace('"delivery": "HIST', '"delivery": "FISH')),
        ("load.json", damaged_histogram),
        ("seconds.csv", lambda text: text.replace("delivered", "arrived")),
        ("seconds.csv", lambda text: text.replace("steady,", "steady,x")),
        ("seconds.csv", lambda text: text[:-40]),
    ],
)
def test_a_damaged_file_is_one_sentence(folder, file, damage):
    path = folder / file
    path.write_text(damage(path.read_text()))
    with pytest.raises(StoreError, match="is damaged: it does not hold what a load writes there"):
        read_load(folder)


def test_a_file_that_is_no_text_is_damaged(folder):
    (folder / "seconds.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match="is damaged"):
        read_load(folder)


def test_a_missing_file_is_one_sentence(folder):
    (folder / "seconds.csv").unlink()
    with pytest.raises(StoreError, match=r"could not read .*seconds\.csv: No such file"):
        read_load(folder)

from __future__ import annotations

import attrs
import pytest

import chatsim
from chatsim.errors import ConfigurationError
from chatsim.study import precision
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenario_files import dump_scenario, read_scenario

SMALL = Scenario(population=Generated(users=120))


def compare(**options):
    given = {"policies": ["uncapped", "cap-1"], "check_over_tcp": False, "persistence": False}
    return chatsim.compare(SMALL, **given, **options)


def test_looks_are_few_and_end_at_the_most_runs():
    assert precision.looks(100) == (20, 30, 45, 68, 100)
    assert len(precision.looks(2_000)) == 13
    assert precision.looks(10) == (10,)
    with pytest.raises(ConfigurationError, match="at least 2 runs"):
        precision.looks(1)


def test_a_study_ends_when_its_difference_is_known_well_enough():
    # The first look knows the difference within 9 points or so, the last within a few.
    study = compare(precision=0.5)
    found = study.summary.precision
    assert found.met
    assert found.policy == "cap-1"
    assert found.looks == (20,)
    assert study.summary.study.runs == 20
    assert found.sentence.startswith("After 20 runs the difference between")


def test_a_study_that_ends_at_the_most_runs_says_so():
    found = compare(precision=0.0001, runs_max=32).summary.precision
    assert not found.met
    assert found.looks == (20, 30, 32)
    assert "The most runs, 32, did not suffice" in found.sentence


def test_results_are_those_of_the_same_number_of_runs():
    given, added = compare(runs=20), compare(precision=0.5)
    assert attrs.evolve(added.summary, precision=None) == given.summary
    assert added.spread.equals(given.spread)


def test_a_study_without_a_tree_has_the_same_results_as_well():
    given, added = compare(runs=20, tree=False), compare(precision=0.5, tree=False)
    assert attrs.evolve(added.summary, precision=None) == given.summary


def test_runs_and_a_precision_contradict_each_other():
    with pytest.raises(ConfigurationError, match="give one of the two"):
        compare(precision=0.02, runs=10)
    with pytest.raises(ConfigurationError, match="runs_max is 10 without a precision"):
        compare(runs_max=10)
    with pytest.raises(ConfigurationError, match=r"precision is 1\.5"):
        compare(precision=1.5)


def test_a_scenario_file_may_ask_for_a_precision(tmp_path):
    path = tmp_path / "precise.toml"
    path.write_text('precision = "2 %"\n')
    scenario = read_scenario(path)
    assert scenario.precision == 0.02
    path.write_text(dump_scenario(scenario))
    assert read_scenario(path).precision == 0.02

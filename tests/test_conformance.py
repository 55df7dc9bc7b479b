"""The conformance vectors: complete, what the script writes, and answered by every way to play; answers scored."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from attrs import evolve

from chatsim.behaviour.values import Audience, FirstSend
from chatsim.cli.main import main
from chatsim.errors import ConfigurationError, StoreError
from chatsim.model import Enforcement
from chatsim.testing import twin
from chatsim.testing.conformance import scoring, vectors
from tests.cases import Case
from tests.engines import played
from tests.test_memory import relayed

NAMES = vectors.names()


def case_of(vector) -> Case:
    return Case(
        population=vector.people.population,
        contents=vector.contents,
        behaviour=vector.behaviour,
        policy=vector.rules,
        seed=vector.seed,
        run=vector.run,
        originators=vector.originators,
        duration_seconds=vector.duration_seconds,
        enforcement=vector.enforcement,
    )


@pytest.fixture(scope="module")
def loaded():
    return [vectors.load(name) for name in NAMES]


@pytest.fixture
def right(loaded):
    return {key: list(copies) for key, copies in scoring.expected_answer(loaded).items()}


@pytest.mark.parametrize("name", NAMES)
def test_engine_relay_and_twin_answer_every_vector(name):
    vector = vectors.load(name)
    case = case_of(vector)
    assert vector.differences(played(case)) == []
    assert vector.differences(relayed(case)) == []
    assert vector.differences(twin.play(**case.arguments())) == []


def test_a_run_with_another_seed_answers_none(loaded):
    for vector in loaded:
        other = evolve(case_of(vector), seed=vector.seed + 1)
        assert f"{vector.contents[0].name}: other first copies" in vector.differences(played(other))


def test_the_vectors_cover_what_a_scenario_can_say(loaded):
    assert {each.behaviour.audience for each in loaded} == set(Audience)
    for cheat in range(4):  # framing and cutting change no cascade
        assert any(each.behaviour.cheats[cheat] for each in loaded)
    assert {each.behaviour.first_send for each in loaded} == set(FirstSend)
    assert {each.enforcement for each in loaded} >= {Enforcement.CLEAR, Enforcement.CLIENT}
    rules = [each.rules for each in loaded]
    for rule in ("cap_person", "cap_total", "hop_limit", "label_forwarded_from", "label_many_from"):
        assert any(getattr(policy, rule) is not None for policy in rules)
    assert any(len(policy.tiers) > 1 for policy in rules)
    assert any(tier.groups for policy in rules for tier in policy.tiers)
    assert any(each.behaviour.paste_probability for each in loaded)
    assert any(each.people.utc_offset_seconds for each in loaded)
    assert any(len(each.contents) > 1 for each in loaded)


def test_no_vector_is_one_of_next_to_nothing(loaded):
    for vector in loaded:
        assert all(len(each.first_copies) >= 40 for each in vector.expected)
        assert all(each.deeds for each in vector.expected)


def test_a_vector_comes_back_as_it_was_written(loaded):
    for name, vector in zip(NAMES, loaded, strict=True):
        assert vectors.read(vectors.write(vector), "x") == vector
        assert vector.name == name


def test_the_script_writes_the_packaged_vectors(monkeypatch):
    scripts = Path(__file__).parents[1] / "scripts"
    if not scripts.is_dir():
        pytest.skip("the scripts are not beside these tests")
    monkeypatch.syspath_prepend(str(scripts))
    script = importlib.import_module("conformance_vectors")
    assert sorted(draft.name for draft in script.DRAFTS) == NAMES
    for draft in script.DRAFTS[:4]:
        made, packaged = script.made(draft), vectors.load(draft.name)
        assert made.rules == packaged.rules
        # A later version may write further rules and columns of deeds, and changes no vector by that.
        assert evolve(made, policy="", expected=()) == evolve(packaged, policy="", expected=())
        assert [each.first_copies for each in made.expected] == [
            each.first_copies for each in packaged.expected
        ]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format_version": 1}'])
def test_what_is_no_vector_is_refused(text):
    with pytest.raises(StoreError, match="x holds no conformance vector"):
        vectors.read(text, "x")


def test_a_vector_of_another_format_is_refused():
    text = vectors.text_of(NAMES[0]).replace('"format_version": 1', '"format_version": 2')
    with pytest.raises(StoreError, match="format version 2; this chatsim reads 1"):
        vectors.read(text, "x")


def test_the_right_answer_scores_all(loaded, right):
    for each in scoring.score(loaded, right):
        assert each.identical == each.people
        assert each.share == 1.0
        assert each.first_difference is None


def test_one_wrong_label_costs_one_copy_and_is_told(loaded, right):
    vector = loaded[0]
    key = vector.name, vector.contents[0].name
    user, tick, parent, group, hop, label = right[key][-1]
    right[key][-1] = (user, tick, parent, group, hop, label + 1)
    first, *others = scoring.score(loaded, right)
    assert first.identical == first.people - 1
    assert f"person {user}" in first.first_difference
    assert f"with hop {hop} and label {label} is expected" in first.first_difference
    assert all(each.share == 1.0 for each in others)


def test_the_first_difference_is_the_earliest(loaded, right):
    vector = loaded[0]
    key = vector.name, vector.contents[0].name
    expected = right[key]
    right[key] = [copy for copy in expected if copy not in {expected[4], expected[9]}]
    told = scoring.score(loaded, right)[0].first_difference
    assert f"person {expected[4][0]}:" in told
    assert told.endswith("no copy was given")


def test_somebody_who_should_not_have_been_reached_counts_as_well(loaded, right):
    vector = loaded[0]
    key = vector.name, vector.contents[0].name
    reached = {copy[0] for copy in right[key]}
    stranger = next(user for user in range(160) if user not in reached)
    right[key].append((stranger, 43_200, -1, -1, 0, 0))
    first = scoring.score(loaded, right)[0]
    assert first.people == first.identical + 1
    assert "no copy is expected, a post at second 43200" in first.first_difference


def test_a_vector_without_an_answer_scores_none(loaded):
    assert all(each.identical == 0 for each in scoring.score(loaded, {}))


def test_an_answer_to_what_nobody_asked_is_refused(loaded):
    with pytest.raises(ConfigurationError, match="no vector 'x' with a content 'y'"):
        scoring.score(loaded, {("x", "y"): []})


def test_answers_come_back_as_they_were_written(right):
    assert scoring.read_answer(scoring.write_answer(right), "x") == right


HEADER = "vector,content,user,tick,parent,group,hop,label\n"


def test_nobody_may_be_empty():
    read = scoring.read_answer(f"{HEADER}a,b,1,43200,,,0,0\n", "x")
    assert read == {("a", "b"): [(1, 43_200, -1, -1, 0, 0)]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user,tick\n", "x has the columns user, tick; it takes vector, content, user"),
        (f"{HEADER}a,b,one,2,3,4,5,6\n", "x, line 2: it takes a whole number"),
        (f"{HEADER}a,b,1,2\n", "x, line 2: it takes a whole number"),
        (
            f"{HEADER}a,b,1,2,3,4,5,6\na,b,1,2,3,4,5,6\n",
            "x, line 3: person 1 stands there a second",
        ),
    ],
)
def test_an_answer_that_cannot_be_read_names_its_line(text, told):
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        scoring.read_answer(text, "x")


def test_the_command_writes_vectors_and_scores_answers(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "export", str(tmp_path / "out")])
    assert ended.value.code == 0
    assert {f"{name}.json" for name in NAMES} < {path.name for path in (tmp_path / "out").iterdir()}
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "score", str(tmp_path / "out" / "answers.csv")])
    assert ended.value.code == 0
    assert "(100.0%)" in capsys.readouterr().out
    (tmp_path / "half.csv").write_text(HEADER)
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "score", str(tmp_path / "half.csv")])
    assert ended.value.code == 1
    assert "first: rumour, person" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "score", str(tmp_path / "none.csv")])
    assert ended.value.code == 2
    assert "could not read" in capsys.readouterr().err

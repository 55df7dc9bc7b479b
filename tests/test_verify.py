"""Every check of `chatsim verify` passes where all is well and fails where an error is planted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from chatsim.behaviour.originators import originators
from chatsim.behaviour.values import Audience
from chatsim.cascade.measures import RunMeasures, measure
from chatsim.cascade.values import ContentRun, RunOutcome
from chatsim.model import Enforcement
from chatsim.policy import compile_row
from chatsim.policy.presets import preset, presets
from chatsim.testing.verify import delays, equality, final_size, keeping, settings, shapes
from chatsim.testing.verify.engine_way import ByEngine
from chatsim.testing.verify.values import Experiment, Measurer, Row, Way, weakness
from chatsim.testing.verify.ways import Measured, by_twin
from tests.cascades import run_of

COMPARED = tuple(way for way in Enforcement if way is not Enforcement.BLIND)
CAPPED = {"five, then one": preset("whatsapp-2020-04")}
Change = Callable[[ContentRun], ContentRun]


def altered(way: Way, change: Change, when: Callable[[Experiment], bool] = lambda _: True) -> Way:
    """The way with one thing wrong about the last content."""

    def play(experiment: Experiment) -> RunOutcome:
        outcome = way(experiment)
        if not when(experiment):
            return outcome
        return RunOutcome((*outcome.contents[:-1], change(outcome.contents[-1])))

    return play


def with_a_copy_less(run: ContentRun) -> ContentRun:
    received = run.received.copy()
    received[np.argmax(received)] -= 1
    return evolve(run, received=received)


def with_another_sender(run: ContentRun) -> ContentRun:
    parent = run.first_copies.parent.copy()
    parent[-1] = parent[-2]
    return evolve(run, first_copies=evolve(run.first_copies, parent=parent))


def with_a_copy_a_second_later(run: ContentRun) -> ContentRun:
    tick = run.first_copies.tick.copy()
    tick[-1] += 1
    return evolve(run, first_copies=evolve(run.first_copies, tick=tick))


def with_one_more_held_back(run: ContentRun) -> ContentRun:
    return evolve(run, deeds=evolve(run.deeds, held_back=run.deeds.held_back + 1))


def without_the_last_person(run: ContentRun) -> ContentRun:
    first = run.first_copies
    names = ("user", "tick", "parent", "group", "hop", "label")
    return evolve(run, first_copies=evolve(first, **{n: getattr(first, n)[:-1] for n in names}))


# (a)


def test_a_every_preset_is_played_and_each_in_one_row_only() -> None:
    names = [name for names in settings.policies() for name in names.split(", ")]
    assert {policy.name for policy in presets()} <= set(names)
    rows = [compile_row(policy) for policy in settings.policies().values()]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("policy", settings.policies().values(), ids=lambda policy: policy.name)
@pytest.mark.parametrize("law", Audience)
def test_a_every_run_is_large_enough_to_mean_something(law, policy) -> None:
    for enforcement in equality.enforcements_of(policy):
        experiment = evolve(settings.lively(law, policy), enforcement=enforcement)
        assert weakness(experiment, by_twin(experiment)) == ""


def in_every_way(way: Way) -> Row:
    (row,) = equality.the_same_in_every_way({"twin": by_twin, "other": way}, CAPPED)
    return row


def test_a_the_same_copies_pass_and_are_counted() -> None:
    row = in_every_way(by_twin)
    assert (row.passed, row.found, row.deviation) == (True, "identical", None)
    assert row.compared.endswith(f" copies, {len(COMPARED) * len(Audience)} runs: twin, other")
    assert int(row.compared.split()[0].replace(",", "")) > 2_000 * len(Audience)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (with_a_copy_less, "received"),
        (with_another_sender, "first_copies.parent"),
        (with_a_copy_a_second_later, "first_copies.tick"),
        (with_one_more_held_back, "deeds.held_back"),
    ],
)
def test_a_one_wrong_copy_is_caught_and_its_way_named(change: Change, column: str) -> None:
    row = in_every_way(altered(by_twin, change))
    assert not row.passed
    assert row.found == f"other differs in content 1: {column}"


@pytest.mark.parametrize("law", Audience)
@pytest.mark.parametrize("enforcement", COMPARED)
def test_a_an_error_under_one_law_and_enforcement_is_caught(law, enforcement) -> None:
    def only(experiment: Experiment) -> bool:
        return experiment.behaviour.audience is law and experiment.enforcement is enforcement

    assert not in_every_way(altered(by_twin, with_a_copy_less, only)).passed


@pytest.mark.parametrize(
    ("in_turns", "ends", "times"),
    [(True, "3 runs: twin, tcp (1 of them)", 1), (False, "9 runs: twin, tcp (3 of them)", 3)],
)
def test_a_every_law_and_enforcement_has_its_turn_over_sockets(in_turns, ends, times) -> None:
    policies = {
        str(number): CAPPED["five, then one"] for number in range(len(COMPARED) * len(Audience))
    }
    taken = []

    def near(experiment: Experiment) -> RunOutcome:
        return RunOutcome((run_of([None, 0]),))

    def over_sockets(experiment: Experiment) -> RunOutcome:
        taken.append((experiment.behaviour.audience, experiment.enforcement))
        return near(experiment)

    ways = {"twin": near, "tcp": over_sockets}
    rows = list(equality.the_same_in_every_way(ways, policies, in_turns=in_turns))
    assert all(row.compared.endswith(ends) for row in rows)
    assert sorted(taken) == sorted([*itertools.product(Audience, COMPARED)] * times)


def test_a_an_error_over_sockets_is_caught_in_whole_and_in_turns() -> None:
    ways = {"twin": by_twin, "tcp": altered(by_twin, with_a_copy_less)}
    for in_turns in (True, False):
        (row,) = equality.the_same_in_every_way(ways, CAPPED, in_turns=in_turns)
        assert (row.passed, row.found) == (False, "tcp differs in content 1: received")


def test_a_a_run_that_is_too_small_fails() -> None:
    experiment = settings.lively(Audience.PICK, CAPPED["five, then one"])
    tiny = evolve(experiment, duration_seconds=43_300)
    row = equality.row_of("a", "tiny", [equality.Match.of(tiny, {"twin": by_twin})])
    assert not row.passed
    assert row.found.startswith("too small")


def test_a_a_cap_that_binds_nobody_fails() -> None:
    experiment = settings.lively(Audience.PICK, preset("uncapped"))
    outcome = by_twin(experiment)
    assert weakness(experiment, outcome) == ""
    capped = evolve(experiment, policy=preset("cap-5"))
    assert weakness(capped, outcome) == "nobody was held back"
    assert weakness(evolve(experiment, policy=preset("cap-1000")), outcome) == ""


# (b)

CROWD = settings.crowd(Audience.PICK, 800)


def test_b_people_kept_alike_pass_and_others_fail() -> None:
    same = settings.crowd(Audience.PICK, 800)
    places = {"stored": CROWD, "implicit": same}
    assert keeping.wherever_people_are_kept(by_twin, Audience.PICK, places).passed
    contacts = CROWD.contacts.copy()
    user = int(np.argmax(np.diff(CROWD.contact_offsets)))
    # One person's contacts are their neighbours by number.
    start, end = CROWD.contact_offsets[user : user + 2]
    contacts[start:end] = (contacts[start:end] + 1) % CROWD.users
    for wrong in (evolve(CROWD, contacts=contacts), evolve(CROWD, seed=2)):
        places = {"stored": CROWD, "implicit": wrong}
        row = keeping.wherever_people_are_kept(by_twin, Audience.PICK, places)
        assert not row.passed
        assert row.found.startswith("implicit differs in")


@pytest.mark.parametrize("law", Audience)
def test_b_stored_materialised_and_implicit_people_get_the_same_copies(law: Audience) -> None:
    row = keeping.wherever_people_are_kept(ByEngine(), law, keeping.places(law, 1_000))
    assert row.passed, row.found
    assert "stored, materialised, implicit" in row.compared


def test_b_people_read_from_files_get_the_same_copies(tmp_path: Path) -> None:
    assert keeping.from_files(by_twin, CROWD, tmp_path).passed


def test_b_a_tie_lost_on_the_way_to_a_file_is_caught(tmp_path, monkeypatch) -> None:
    write = keeping.write_contacts

    def forgetful(people, path: Path) -> None:
        write(people, path)
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-40]))

    monkeypatch.setattr(keeping, "write_contacts", forgetful)
    assert not keeping.from_files(by_twin, CROWD, tmp_path).passed


# (c)


def test_c_results_that_depend_on_threads_are_caught() -> None:
    ways = {"1 thread": by_twin, "4 threads": by_twin}
    assert equality.on_any_threads(ways, Audience.PICK, CROWD).passed
    ways["4 threads"] = altered(by_twin, with_another_sender)
    row = equality.on_any_threads(ways, Audience.PICK, CROWD)
    assert not row.passed
    assert row.found.startswith("4 threads differs")


# (d)

RUNS = 16
TREE, UNIFORM = final_size.questions(100_000)
BLANK: RunMeasures = measure(run_of([None]), [compile_row(preset("uncapped"))])


def percolating(experiment: Experiment) -> tuple[RunMeasures]:
    """Whoever can be reached from the originator over ties kept by coins of numpy's: nothing of ours plays."""
    people, (content,) = experiment.population, experiment.contents
    owners = np.repeat(np.arange(people.users), np.diff(people.contact_offsets))
    kept = np.random.default_rng(experiment.run).random(len(owners)) < content.share_probability
    ties = coo_matrix((np.ones(kept.sum()), (owners[kept], people.contacts[kept])))
    ties.resize((people.users, people.users))
    (start,) = originators(experiment.seed, 0, experiment.run, people.users, 1)
    reached = breadth_first_order(ties.tocsr(), start, return_predecessors=False)
    return (evolve(BLANK, reach=len(reached)),)


def reaching(factor: float) -> Measurer:
    return lambda experiment: (evolve(BLANK, reach=int(factor * percolating(experiment)[0].reach)),)


def verdicts(measurer: Measurer, question: final_size.Question, runs: int = RUNS) -> list[bool]:
    return [row.passed for row in final_size.as_theory_has_it(measurer, question, runs)]


@pytest.mark.parametrize("question", [TREE, UNIFORM], ids=lambda question: question.name)
def test_d_percolation_by_other_means_passes_and_2_percent_less_fail(question) -> None:
    assert verdicts(percolating, question) == [True, True]
    assert verdicts(reaching(0.98), question) == [False, True]
    assert verdicts(reaching(1.02), question) == [False, True]


def test_d_a_wrong_input_of_the_formula_is_caught() -> None:
    assert verdicts(percolating, evolve(TREE, share=UNIFORM.share)) == [False, True]
    assert verdicts(percolating, evolve(TREE, chance=0.05)) == [True, False]


def test_d_too_few_runs_fail() -> None:
    size, _ = final_size.as_theory_has_it(percolating, TREE, 2)
    assert not size.passed
    assert size.found.endswith("too wide")


@pytest.mark.parametrize("question", final_size.questions(1_000), ids=lambda each: each.name)
def test_d_the_cascades_asked_for_end_by_themselves(question: final_size.Question) -> None:
    played: list[RunOutcome] = []

    def noted(experiment: Experiment) -> RunOutcome:
        played.append(by_twin(experiment))
        return played[-1]

    list(final_size.as_theory_has_it(Measured(noted), question, 6))
    assert max(len(outcome.contents[0].first_copies.user) for outcome in played) > 300
    assert all(outcome.contents[0].copies_by_hour[-24:].sum() == 0 for outcome in played)


# (e)


def delay_rows(way: Way, count: int) -> Sequence[Row]:
    return list(itertools.islice(delays.when_and_never_who(way), count))


def test_e_delays_change_when_and_who_only_in_time() -> None:
    rows = list(delays.when_and_never_who(ByEngine()))
    assert [row.name for row in rows if not row.passed] == []
    assert [row.expected for row in rows] == ["the same people"] + ["others"] * (len(rows) - 1)


def test_e_somebody_lost_to_slow_reading_is_caught() -> None:
    def slow(experiment: Experiment) -> bool:
        return experiment.behaviour.reading_delay == delays.SLOW

    (row,) = delay_rows(altered(by_twin, without_the_last_person, slow), 1)
    assert not row.passed
    assert row.found == "2 people apart"


def test_e_a_delay_that_changes_nothing_is_caught() -> None:
    def deaf(experiment: Experiment) -> RunOutcome:
        behaviour = evolve(experiment.behaviour, reading_delay=delays.QUICK)
        return by_twin(evolve(experiment, behaviour=behaviour))

    (row,) = delay_rows(deaf, 1)
    assert (row.passed, row.found) == (False, "the same times")


def test_e_staleness_that_has_no_effect_is_caught() -> None:
    def ever_fresh(experiment: Experiment) -> RunOutcome:
        return by_twin(evolve(experiment, contents=(delays.FRESH,)))

    plain, stale = delay_rows(ever_fresh, 2)
    assert plain.passed
    assert (stale.passed, stale.found) == (False, "the same people")


# (f)

COPIES = Measured(by_twin)


def tally(experiment: Experiment) -> tuple[RunMeasures, ...]:
    return tuple(evolve(measures, structural_virality=None) for measures in COPIES(experiment))


def wrong_by(measurer: Measurer, **changes: Callable[[RunMeasures], object]) -> Measurer:
    def planted(experiment: Experiment) -> tuple[RunMeasures, ...]:
        return tuple(
            evolve(measures, **{name: change(measures) for name, change in changes.items()})
            for measures in measurer(experiment)
        )

    return planted


def test_f_a_star_and_a_chain_have_their_measures() -> None:
    rows = list(shapes.shapes(COPIES, tally))
    assert [row.passed for row in rows] == [True, True]
    assert "virality 1.9667" in rows[0].found
    assert "depth 59, breadth 1, virality 20.3333" in rows[1].found


OFF_BY_ONE: dict[str, Callable[[RunMeasures], object]] = {
    "breadth": lambda m: np.append(m.breadth, 1),
    "depth_mean": lambda m: m.depth_mean + 1 / 60,
    "reach": lambda m: m.reach - 1,
    "copies": lambda m: m.copies + 1,
}


@pytest.mark.parametrize("name", OFF_BY_ONE)
def test_f_a_measure_off_by_one_is_caught(name: str) -> None:
    change = {name: OFF_BY_ONE[name]}
    for rows in (
        shapes.shapes(wrong_by(COPIES, **change), tally),
        shapes.shapes(COPIES, wrong_by(tally, **change)),
    ):
        assert [row.passed for row in rows] == [False, False]


def test_f_a_virality_off_by_one_pair_is_caught() -> None:
    def off(measures: RunMeasures) -> float:
        return (measures.structural_virality or 0.0) + 2 / (60 * 59)

    rows = list(shapes.shapes(wrong_by(COPIES, structural_virality=off), tally))
    assert [row.passed for row in rows] == [False, False]
    assert rows[0].found.startswith("copies: ")


def test_f_copies_without_a_virality_are_caught() -> None:
    assert [row.passed for row in shapes.shapes(tally, tally)] == [False, False]


LARGE = settings.wide(Audience.PICK, preset("whatsapp-latest"), CROWD)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("wrong_labels", lambda m: m.wrong_labels + 1),
        ("exposure", lambda m: evolve(m.exposure, ticks=m.exposure.ticks + 1)),
        ("busiest_hour", lambda m: m.busiest_hour + 1),
    ],
)
def test_f_a_tally_must_be_that_of_the_copies_of_a_large_run(name: str, change: Any) -> None:
    assert shapes.counted_alike(COPIES, tally, LARGE).passed
    row = shapes.counted_alike(COPIES, wrong_by(tally, **{name: change}), LARGE)
    assert not row.passed
    assert row.found.startswith("tally differs in ")


def test_f_measures_of_a_small_run_say_too_little() -> None:
    assert not shapes.counted_alike(COPIES, tally, evolve(LARGE, duration_seconds=43_201)).passed


# The checksum


def test_the_digest_of_a_row_follows_every_copy() -> None:
    right = equality.on_any_threads({"1 thread": by_twin}, Audience.PICK, CROWD)
    again = equality.on_any_threads({"1 thread": by_twin}, Audience.PICK, CROWD)
    wrong = equality.on_any_threads(
        {"1 thread": altered(by_twin, with_a_copy_a_second_later)}, Audience.PICK, CROWD
    )
    assert right.digest == again.digest
    assert right.digest != wrong.digest
    assert len(right.digest) == 64

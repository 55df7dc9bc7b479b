"""Check (d): sizes of cascades as theory has them."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order

from chatsim.behaviour.originators import originators
from chatsim.cascade.measures import RunMeasures, measure
from chatsim.cascade.values import RunOutcome
from chatsim.policy import compile_row
from chatsim.policy.presets import preset
from chatsim.testing.verify import final_size
from chatsim.testing.verify.values import Experiment, Measurer
from chatsim.testing.verify.ways import Measured, by_twin
from tests.cascades import run_of

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
def test_percolation_by_other_means_passes_and_2_percent_less_fail(question) -> None:
    assert verdicts(percolating, question) == [True, True]
    assert verdicts(reaching(0.98), question) == [False, True]
    assert verdicts(reaching(1.02), question) == [False, True]


def test_a_wrong_input_of_the_formula_is_caught() -> None:
    assert verdicts(percolating, evolve(TREE, share=UNIFORM.share)) == [False, True]
    assert verdicts(percolating, evolve(TREE, chance=0.05)) == [True, False]


def test_too_few_runs_fail() -> None:
    size, _ = final_size.as_theory_has_it(percolating, TREE, 2)
    assert not size.passed
    assert size.found.endswith("too wide")


@pytest.mark.parametrize("question", final_size.questions(1_000), ids=lambda each: each.name)
def test_the_cascades_asked_for_end_by_themselves(question: final_size.Question) -> None:
    played: list[RunOutcome] = []

    def noted(experiment: Experiment) -> RunOutcome:
        played.append(by_twin(experiment))
        return played[-1]

    list(final_size.as_theory_has_it(Measured(noted), question, 6))
    assert max(len(outcome.contents[0].first_copies.user) for outcome in played) > 300
    assert all(outcome.contents[0].copies_by_hour[-24:].sum() == 0 for outcome in played)

"""Parts of the people: shares, ranges, arms, and what cannot be divided."""

from __future__ import annotations

import numpy as np
import pytest

from chatsim.errors import ConfigurationError
from chatsim.model import EVERYBODY
from chatsim.population.parts import (
    NO_PARTS,
    Cohort,
    Partition,
    Region,
    Rollout,
    Unit,
    bounds,
    divide,
)

INDIA = (Region("India", 0.2, 19_800), Region("Brazil", 0.3, -10_800), Region("elsewhere", 0.5))
TESTERS = (Cohort("testers", 0.1), Cohort("others", 0.9))


def counts(partition, users=10_000, *, communities=False, seed=1):
    parts = divide(partition, users, seed, communities=communities)
    found = np.bincount(parts.of_user, minlength=len(parts))
    return dict(zip(parts.parts, found.tolist(), strict=True))


def test_people_of_whom_nothing_is_told_apart_have_one_part_and_no_table():
    parts = divide(Partition(), 1_000, 1, communities=True)
    assert (parts.parts, len(parts.of_user), parts.part_of(7)) == (EVERYBODY, 0, 0)
    assert NO_PARTS.of(np.arange(3)).tolist() == [0, 0, 0]


def test_regions_of_generated_people_are_ranges_of_users():
    parts = divide(Partition(INDIA), 11, 1, communities=True)
    assert parts.of_user.tolist() == [0] * 2 + [1] * 3 + [2] * 6
    assert parts.utc_offsets == (19_800, -10_800, 0)
    assert parts.of(np.array([0, 10])).tolist() == [0, 2]


def test_elsewhere_every_user_draws_a_region():
    by_part = list(counts(Partition(INDIA)).values())
    assert by_part == pytest.approx([2_000, 3_000, 5_000], abs=200)
    assert by_part != [2_000, 3_000, 5_000]


def test_the_seed_of_the_population_decides_who_is_where():
    one, same, other = (
        divide(Partition(INDIA, TESTERS), 500, seed, communities=False).of_user
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_parts_are_every_region_with_every_cohort_and_both_arms():
    partition = Partition(INDIA, TESTERS, Rollout())
    parts = partition.parts
    assert len(parts) == 12
    assert (parts[0].region, parts[0].cohort, parts[0].treated) == ("India", "testers", False)
    assert (parts[3].region, parts[3].cohort, parts[3].treated) == ("India", "others", True)
    assert (parts[4].region, parts[4].cohort) == ("Brazil", "testers")
    assert sum(counts(partition).values()) == 10_000


@pytest.mark.parametrize(
    ("share", "treated"), [(0.5, 5_000), (0.25, 2_500), (0.00004, 0), (1, 10_000)]
)
def test_a_rollout_by_user_reaches_exactly_its_share(share, treated):
    found = counts(Partition(rollout=Rollout(Unit.USER, share)))
    assert [number for part, number in found.items() if part.treated] == [treated]


def test_a_rollout_by_community_reaches_whole_communities():
    parts = divide(Partition(rollout=Rollout(Unit.COMMUNITY, 0.3)), 10 * 1_024, 1, communities=True)
    by_community = parts.of_user.reshape(10, 1_024)
    assert (by_community == by_community[:, :1]).all()
    assert by_community[:, 0].sum() == 3


def test_a_rollout_by_region_reaches_whole_regions():
    regions = tuple(Region(f"r{i}", 0.1) for i in range(10))
    found = counts(Partition(regions, rollout=Rollout(Unit.REGION, 0.4)))
    reached = {part.region for part, number in found.items() if part.treated and number}
    kept = {part.region for part, number in found.items() if not part.treated and number}
    assert len(reached) == 4
    assert not reached & kept


def test_the_rollout_s_own_seed_decides_whom_it_reaches():
    one, other = (
        divide(Partition(rollout=Rollout(seed=seed)), 500, 1, communities=False).of_user
        for seed in (1, 2)
    )
    assert (one != other).any()


def test_named_regions_and_cohorts_are_reached_whole():
    rollout = Rollout(regions=("Brazil",), cohorts=("testers",))
    found = counts(Partition(INDIA, TESTERS, rollout))
    for part, number in found.items():
        wanted = part.region == "Brazil" or part.cohort == "testers"
        assert (number > 0) == (part.treated == wanted)


def test_bounds_are_exact_in_decimal_numbers():
    assert bounds([0.28, 0.32, 0.4], 100).tolist() == [28, 60, 100]
    assert bounds([], 7).tolist() == [7]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Partition((Region("a", 0.5),)), "the shares of the regions are 0.5 together"),
        (
            lambda: Partition((Region("a", 0.5), Region("a", 0.5))),
            "two regions are named 'a'; each takes a name of its own",
        ),
        (lambda: Region("a", 0.0), "share is 0.0; it takes a share above 0"),
        (lambda: Region("a", 1.0, 90_000), "utc_offset_seconds is 90000"),
        (
            lambda: Partition(INDIA, rollout=Rollout(regions=("China",))),
            "rollout names the region 'China'; it takes one of India, Brazil, elsewhere",
        ),
        (
            lambda: Partition(rollout=Rollout(cohorts=("testers",))),
            "rollout names the cohort 'testers'; the scenario names no cohorts",
        ),
        (lambda: Partition(rollout=Rollout(Unit.REGION)), "a rollout by region has no regions"),
        (
            lambda: Partition(
                tuple(Region(f"r{i}", 0.01) for i in range(100)),
                tuple(Cohort(f"c{i}", 0.25) for i in range(4)),
            ),
            "make 400 parts of the people; it takes at most 255",
        ),
        (
            lambda: divide(Partition(rollout=Rollout(Unit.COMMUNITY)), 9, 1, communities=False),
            "a rollout by community takes generated people",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_in_a_sentence(make, says):
    with pytest.raises(ConfigurationError) as refusal:
        make()
    assert says in str(refusal.value)
